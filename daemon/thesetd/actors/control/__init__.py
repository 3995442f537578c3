"""What operators and listeners ask of a running node."""
