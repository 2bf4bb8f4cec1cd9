"""What supervisors are told: counts in which nobody can be found, and notices about their people."""
