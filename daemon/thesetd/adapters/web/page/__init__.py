"""The status page for an operator's browser: read-only, without external resources, usable without scripts.

`glance` gathers, `render` writes, `assets` holds the style and the script. Tested in tests/adapters/web/page.
"""
