"""Dated, sourced numbers: definitions used by features, published triggers, rules of thumb."""
