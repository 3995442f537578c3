"""Jobs, batches, schedules, progress: what work there is and how far it is."""
