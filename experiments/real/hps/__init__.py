"""The US Household Pulse Survey of spring 2020, read as if six departments had sent its parts.

A wave is one delivery of each part on the day it closed. The engine sees contracts, groups, a cohort and an
outcome (:mod:`experiments.real.hps.deployment`, :mod:`experiments.real.hps.outcomes`), as for any place.
"""
