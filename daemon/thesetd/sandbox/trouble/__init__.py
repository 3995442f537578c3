"""What goes wrong at the emulated providers, and when.

Tested in tests/sandbox
"""
