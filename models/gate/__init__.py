"""May a candidate become the champion? Conditions on evidence, answered with figures and reasons."""
