"""The whole walk, from a declaration to a registered version."""
