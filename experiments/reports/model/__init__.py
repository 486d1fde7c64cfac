"""From the runs to values: what tables and figures show."""
