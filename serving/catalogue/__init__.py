"""Help packages and organisations a visitor may suggest: dated, sourced, by place. Never a decision."""

from serving.catalogue.entries import (
    Catalogue,
    CatalogueError,
    Organisation,
    Package,
    load_catalogue,
)
from serving.catalogue.suggesting import Suggestion, suggest

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Organisation",
    "Package",
    "Suggestion",
    "load_catalogue",
    "suggest",
]
