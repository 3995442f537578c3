"""Jobs, batches, schedules and their progress.

Tested in tests/domain/work, tests/actors
"""
