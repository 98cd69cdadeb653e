"""What every cloud's stack promises, as a table of rules and clouds that is checked and published."""
