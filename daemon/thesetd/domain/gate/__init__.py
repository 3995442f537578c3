"""Limits, lanes, penalties, breakers, lifetimes: which call may go, and when."""
