"""May a candidate become the champion? Eight conditions on evidence, answered with figures and reasons."""
