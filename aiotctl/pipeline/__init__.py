"""From files to a bundle: pure functions, one a stage."""
