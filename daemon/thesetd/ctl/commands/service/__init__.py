"""Commands about the service as a whole: its version, its state and its faults.

Tested in tests/ctl/commands/service
"""
