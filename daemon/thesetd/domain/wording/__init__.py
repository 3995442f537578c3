"""The words that announce a recording's class, in many languages, and the rules for where they count.

Tested in tests/domain/music/test_titles.py, tests/domain/music/test_recordings.py
"""
