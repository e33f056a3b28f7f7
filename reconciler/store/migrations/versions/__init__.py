"""The steps, oldest first: `<revision>_<what>.py`. A published one is never edited."""
