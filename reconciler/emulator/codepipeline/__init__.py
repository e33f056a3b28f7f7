"""The 44 operations of CodePipeline, each answered by the world or by the rules of definitions (reference F.1)."""
