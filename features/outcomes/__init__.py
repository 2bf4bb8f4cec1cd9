"""Outcome definitions, one module each. Closed to serving by an import rule."""
