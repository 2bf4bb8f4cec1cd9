"""Measurements as commands; none of them is a test, because what they show depends on the machine."""
