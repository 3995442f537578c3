"""The providers, one folder each; they know nothing of one another."""
