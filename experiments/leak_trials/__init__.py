"""How good the leak alarm is: made-up tables without a leak and with one planted, and how often it rings on each."""
