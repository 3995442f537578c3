"""Artists, songs, recordings, shows and venues: names, classes, days, and what is the same.

Tested in tests/domain/music, tests/domain/identity
"""
