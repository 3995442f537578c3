"""Sockets and connections: the Unix socket, TCP, HTTP/1.1 with hard bounds, and places for each kind of request."""
