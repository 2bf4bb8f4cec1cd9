"""Deterministic models: thresholds and points that anyone can check by hand."""
