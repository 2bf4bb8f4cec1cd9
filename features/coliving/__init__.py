"""Who lives with whom: households concluded from the evidence of every department."""
