"""The emulated providers, a folder each."""
