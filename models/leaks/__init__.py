"""The leak alarm: signs that a column knows the answer, for the district's matrices and for any wide table alike.

No alarm is a proof, and no silence is one either. Every finding names a column or a group, says how strong the sign is
and what to do. Begin with :func:`models.leaks.look.look_for_leaks`.
"""
