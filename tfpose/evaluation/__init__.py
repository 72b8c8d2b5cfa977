"""From a trained model and records to numbers, with everything one must know to compare them."""
