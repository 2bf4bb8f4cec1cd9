"""The honest pipeline on any wide table with a label: no code to write, nothing known beforehand."""
