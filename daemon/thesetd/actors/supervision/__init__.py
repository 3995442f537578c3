"""Who starts, watches and restarts the actors, and who proves what they depend on."""
