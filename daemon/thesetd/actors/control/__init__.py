"""The actors behind the requests of operators and listeners to a running node.

Tested in tests/actors/control, tests/actors/test_importer.py
"""
