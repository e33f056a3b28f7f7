"""Plans for people and programs: text, Markdown, JSON. Pure."""
