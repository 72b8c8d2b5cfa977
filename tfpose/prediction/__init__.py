"""Prediction: from an image or video to the people in it."""
