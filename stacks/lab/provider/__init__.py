"""The lab's provider program: what the engine starts as `pulumi-resource-lab`."""
