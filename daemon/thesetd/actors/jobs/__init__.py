"""What jobs do: their steps, and what the steps use."""
