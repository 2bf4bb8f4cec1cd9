"""Who is missed: rates per group at the operating capacity, with intervals, and "cannot tell" where few are in need.

A group's share missed is a yearly statement: 96 positives at a prevalence of 3 % are about 3,200 random visits. Begin
with :func:`models.fairness.report.who_is_missed`.
"""
