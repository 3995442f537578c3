"""A world of recorded real responses, read from a folder outside the project."""
