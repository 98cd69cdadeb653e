"""What carries out units: the only importers of the programs' libraries."""
