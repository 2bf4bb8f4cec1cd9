"""How sure a share is: the interval of Wilson (1927), JASA 22, p. 209."""

from math import sqrt

_Z = 1.959963984540054
"""Standard normal quantile of 97.5 %."""


def wilson(found: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, each end rounded to 0.001.

    Raises:
        ValueError: there is nothing to take a share of.
    """
    if not 0 <= found <= of or of == 0:
        raise ValueError(f"{found} of {of} is no share")
    share, spread = found / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)
