"""Defines the control surface: its routes with their scopes, and the documents that they take and return.

OpenAPI, the handlers, the listeners' access rules and `thesetctl` derive from these tables. To add a member to a
document, add an attribute to its class, and the column or value that fills it; to add a route, add a row to `routes.py`
and its handler.

Tested in tests/adapters/web
"""
