"""Learners to choose from by configuration: a scorecard, a line, trees, anybody's estimator, and mixtures of them."""
