"""Two groups of the district: enough for tests about the matrix itself."""
