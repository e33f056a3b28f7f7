"""The git repository that says what should be: fetch a branch, read the tree of its head, tell when it moves."""
