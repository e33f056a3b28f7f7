"""The calls to AWS: sessions, pace, what a failure means, and what CodePipeline answers.

The SDK is loaded with the first client, so that importing this package costs nothing.
"""
