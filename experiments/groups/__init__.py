"""Model groups: one recipe over many splits, expanded from a grid, kept by content, compared and chosen."""
