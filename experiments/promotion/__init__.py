"""Promotion: evidence gathered from a home and its runs, decided by the gate, recorded, carried out."""
