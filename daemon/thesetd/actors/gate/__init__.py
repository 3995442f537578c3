"""The checks that a call passes between its lane and the network.

Tested in tests/actors/gate
"""
