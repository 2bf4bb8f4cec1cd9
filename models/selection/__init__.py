"""Learning and judging where staff chose whom to visit.

``lots`` is a random slice as arrays, and which of its rows a list would hold; ``estimates`` judges a policy on it
with intervals (called by backtests, the promotion gate and the trials); ``survey`` is the variance those intervals
rest on; ``importance`` weighs labelled rows by the chance they had of being looked at (called in fitting);
``unlabelled`` learns where need hides among households nobody looked at (called in fitting).
"""
