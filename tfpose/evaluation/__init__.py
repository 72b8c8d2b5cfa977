"""Evaluation of trained models on records: rates, tables, curves and files."""
