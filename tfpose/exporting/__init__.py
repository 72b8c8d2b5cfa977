"""Export of a trained model to a SavedModel, ONNX or LiteRT."""
