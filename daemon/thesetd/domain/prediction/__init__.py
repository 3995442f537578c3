"""Predictions of setlists from past concerts, and how good they were.

Tested in tests/domain/prediction
"""
