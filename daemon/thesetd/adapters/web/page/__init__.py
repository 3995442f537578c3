"""The status page: what an operator sees in a browser. Read only, no outside address, useful without script.

`glance` gathers, `render` writes, `assets` holds the style and the script. Tested in tests/adapters/web/page.
"""
