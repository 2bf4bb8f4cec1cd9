"""Two years of visits under one policy after the other, in the same simulated world: the closed loop."""
