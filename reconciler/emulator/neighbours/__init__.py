"""The services around CodePipeline that a client of it asks: who am I, what is tagged, who did what."""
