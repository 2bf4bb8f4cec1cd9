"""Serving's own database: what ran, what was published, what was decided, sent and found."""

from serving.store.connection import Store, open_store

__all__ = ["Store", "open_store"]
