"""Linking judged and shown: against the truth of a simulated district, or a bureau's checked pairs."""
