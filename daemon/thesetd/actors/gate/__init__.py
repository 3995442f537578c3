"""What a call passes between its lane and the wire.

Tested in tests/actors/gate
"""
