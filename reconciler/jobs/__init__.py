"""Lambda handlers run for real under CodePipeline's job contract, without network."""
