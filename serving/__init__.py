"""Acting on scores: the night, the lists, their delivery, and what the visitors found."""
