"""Artists, songs, recordings, shows and venues: names, classes, days, and which of them are the same.

Tested in tests/domain/music, tests/domain/identity
"""
