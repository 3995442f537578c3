"""What the jobs of schedules do themselves: whom to look at, which profiles to read, and which stretch of the year."""
