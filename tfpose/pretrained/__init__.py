"""Trained models that come with the package, each a `.keras` file of `weights/` and a model card of `cards/`."""
