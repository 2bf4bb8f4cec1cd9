"""The HTTP door: one endpoint per file, each translating and calling one function."""
