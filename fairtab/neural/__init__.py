"""What every neural synthesizer shares: batches, training, sampling."""
