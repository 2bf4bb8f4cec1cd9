"""What was attempted for which date and how far it came; one night at a time."""
