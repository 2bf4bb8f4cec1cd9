"""Words to people: one digest per visitor and night, and what operators must hear at once."""
