"""Made-up worlds with a known truth, where the remedies of ``models.selection`` must hold what they promise."""
