"""Linux machines as containers of podman, on this one. Standard library only."""
