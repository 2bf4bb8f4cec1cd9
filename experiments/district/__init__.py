"""A simulated district: people, shocks and departments, with the truth kept apart."""
