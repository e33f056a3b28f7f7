"""GitOps for AWS CodePipeline, without Kubernetes."""

__version__ = "0.1.0"
