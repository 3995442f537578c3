"""Commands about artists, their songs, setlists and venues, and operators' decisions about them.

Tested in tests/ctl
"""
