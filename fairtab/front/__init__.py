"""The front door: from a table of one's own to a fair table with a report on it."""
