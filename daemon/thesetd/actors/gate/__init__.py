"""What a call passes between its lane and the wire."""
