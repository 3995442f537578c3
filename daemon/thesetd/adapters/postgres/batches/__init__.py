"""Batches: all that one step stores, in one transaction, with its events."""
