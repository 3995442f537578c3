"""Shows: which events are one concert, which are withdrawn, and how a year of them is read."""
