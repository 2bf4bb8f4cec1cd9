"""What a district of a million households costs, measured on made-up ones; run by ``zhaoren bench``."""
