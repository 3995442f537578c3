"""Commands about the service as a whole: what it is, how it does, and what is wrong with it.

Tested in tests/ctl/commands/service
"""
