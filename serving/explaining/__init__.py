"""Why a household stands where it stands: how the rules were answered, and where help had a gap."""
