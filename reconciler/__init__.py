"""GitOps for AWS CodePipeline, without Kubernetes."""
