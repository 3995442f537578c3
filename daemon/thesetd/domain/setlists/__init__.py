"""Setlists: what a page describes, which show it belongs to, and which songs it names.

Tested in tests/domain/setlists
"""
