"""What the daemon answers over HTTP, on this machine: whether it lives, what it counts, and webhooks."""
