"""What is played next, from what was played before, and how good a prediction was.

Tested in tests/domain/prediction
"""
