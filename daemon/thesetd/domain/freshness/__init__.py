"""Freshness: which of many ageing copies is worth a call now, and how many calls a day may be spent on that."""
