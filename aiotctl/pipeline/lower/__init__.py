"""From a deployment to primitives."""
