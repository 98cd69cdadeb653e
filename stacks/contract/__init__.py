"""What a stack is asked for and what it gives, the same for every cloud. Standard library only."""
