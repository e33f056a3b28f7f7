"""What the reconciler remembers: what it saw, what it read, what it did, and how every pipeline stands.

Losing it costs time and history, never correctness: the next pass reads everything again from git and from AWS.
"""
