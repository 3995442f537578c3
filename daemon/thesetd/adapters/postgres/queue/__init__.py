"""Jobs, schedules and nodes: who does what, and what people ask about it."""
