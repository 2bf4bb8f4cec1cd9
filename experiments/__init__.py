"""Questions asked of the past, or of a district that never was."""
