"""A cloud for tests of the engine's side: things in a folder, made and removed in no time."""
