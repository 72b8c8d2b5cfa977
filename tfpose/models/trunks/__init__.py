"""Trunks: networks from an image to a feature map, which the heads of the models share."""
