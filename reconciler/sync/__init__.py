"""One pass from git to AWS, as a list of steps over ports."""
