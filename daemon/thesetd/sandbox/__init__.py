"""The three providers, emulated over HTTP on loopback."""
