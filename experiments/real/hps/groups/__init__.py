"""Feature groups over the survey's parts; found by being here."""
