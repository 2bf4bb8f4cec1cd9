"""Contracts of the survey's parts, read as if departments had sent them."""
