"""What operators and listeners ask of a running node.

Tested in tests/actors/control, tests/actors/test_importer.py
"""
