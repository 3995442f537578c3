"""The steps about an artist's past setlists: what was edited since a moment, and the whole history."""
