"""Setlists: what a page describes, which show it belongs to, which songs it names, and what is played next.

Tested in tests/domain/setlists
"""
