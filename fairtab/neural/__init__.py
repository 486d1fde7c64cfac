"""What neural methods share: batches, training, sampling, and the base class `NeuralSynthesizer`."""
