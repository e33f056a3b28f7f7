"""Definitions against live pipelines: what differs, what would be changed, what is held and why. Pure."""
