"""Trunks: networks from images to features, which the heads of the models turn into maps."""
