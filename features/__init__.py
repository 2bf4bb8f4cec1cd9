"""What was true of a household, as it was known on a date."""
