"""An application's own tables become the catalogue: same tables, same rows, same ids.

The tables are set aside, the migrations make theirs, and what those have is put on the application's: columns, keys,
triggers, views. Whatever depends on the application's tables stays on them untouched: votes, views, policies, grants.
All of it is one transaction.
"""
