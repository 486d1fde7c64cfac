"""All results as one HTML page: python -m experiments.reports page."""
