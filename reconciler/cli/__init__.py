"""The command line: one file a verb. Data goes to standard output, messages to standard error."""
