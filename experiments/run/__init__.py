"""One cell of the benchmark, from its configuration to its metrics."""
