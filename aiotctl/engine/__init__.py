"""Plans and applies. Knows backends and stores by their protocol classes alone."""
