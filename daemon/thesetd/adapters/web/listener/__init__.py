"""Sockets and connections: the Unix socket, TCP, HTTP/1.1 with hard limits, and a capacity for each kind of request."""
