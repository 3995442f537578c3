"""Access control: by a token on TCP, by the peer's user and groups on the control socket."""
