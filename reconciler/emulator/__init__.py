"""A CodePipeline on this machine: the simulated world behind the AWS protocol, with the few neighbours it needs."""
