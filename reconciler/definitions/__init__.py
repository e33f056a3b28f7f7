"""Text of a repository to pipelines, or to problems with file and line. Pure."""
