"""Many cells: which there are, and how they came out."""
