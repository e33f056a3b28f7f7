"""The long-running side: when to look, when to try again, how to stop."""
