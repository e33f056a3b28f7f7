"""What `reconciler doctor` looks at: a table of checks, each one small function."""
