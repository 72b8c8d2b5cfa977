"""Converters, one file per data set."""
