"""The steps of schedules' own jobs: which artists to refresh, which profiles to read, and which part of the year."""
