"""What a team agreed on: naming, separation of environments, safe pipelines; judged over every path."""
