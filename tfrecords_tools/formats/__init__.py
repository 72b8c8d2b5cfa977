"""Readers of annotation file formats, shared by the data sets."""
