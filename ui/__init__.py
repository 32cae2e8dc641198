"""Everything between the engine's records and the screen."""
