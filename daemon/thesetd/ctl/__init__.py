"""thesetctl: a thin client over the control socket.

Tested in tests/ctl
"""
