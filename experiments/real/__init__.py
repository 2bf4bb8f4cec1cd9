"""Public real data through the engine: one package per dataset, each a deployment like any other."""
