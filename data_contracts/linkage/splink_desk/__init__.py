"""The only rooms that talk to Splink: its settings, unsupervised training, and scoring.

Splink compares an account with a dwelling column by column. Each comparison falls into a level; the model knows
how often that level occurs among matches (m) and among random pairs (u), and log2(m/u) is the level's match
weight. u is counted on random pairs, m comes from expectation maximisation; nobody labels anything.
"""
