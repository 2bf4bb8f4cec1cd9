"""一户一案: everything kept about one household, for whoever may see it."""
