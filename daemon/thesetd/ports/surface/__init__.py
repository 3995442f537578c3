"""The control surface told once: its routes with their scopes, and the documents that they take and answer with.

OpenAPI, the handlers, the doors and `thesetctl` derive from these tables. To add a member to a document, add an
attribute to its class, and the column or value that fills it; to add a route, add a row to `routes.py` and its handler.

Tested in tests/adapters/web
"""
