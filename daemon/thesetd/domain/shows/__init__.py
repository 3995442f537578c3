"""Shows: which events are one concert, which are gone, and how a year of them is read."""
