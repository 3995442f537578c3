"""The configuration: where it comes from, and the frozen classes it becomes."""
