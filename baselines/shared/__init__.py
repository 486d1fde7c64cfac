"""Parts that several baselines are built of."""
