"""Lists for one event (cold, heat, typhoon, price), drawn up during the day from last night's matrix."""
