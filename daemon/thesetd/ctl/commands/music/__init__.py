"""Commands about artists, their songs, setlists and venues: what is known, and what people decide about it.

Tested in tests/ctl
"""
