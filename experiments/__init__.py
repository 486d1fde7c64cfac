"""The benchmark around the methods: one cell after another through the pipeline, into the store, out as reports."""
