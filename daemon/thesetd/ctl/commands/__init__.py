"""The commands of thesetctl, by what they are about.

Tested in tests/ctl
"""
