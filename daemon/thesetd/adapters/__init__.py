"""The outside, one module or folder per technology."""
