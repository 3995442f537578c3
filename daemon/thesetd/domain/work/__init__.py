"""Jobs, batches, schedules, progress: what work there is and how far it is.

Tested in tests/domain/work, tests/actors
"""
