"""Serving's own database: what ran, what was published, what was decided, sent and found."""

from serving.store.connection import Store, StoreUnavailable, open_store

__all__ = ["Store", "StoreUnavailable", "open_store"]
