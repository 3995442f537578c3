"""How the process starts, waits, reloads and stops."""
