"""Plans, applies and records, knowing backends and stores by their protocols alone."""
