"""Intervals of two shares held against each other, from counts alone.

Difference: Newcombe (1998), Statistics in Medicine 17, method 10, from two Wilson intervals. Ratio: Katz et al.
(1978), Biometrics 34, on the logarithm. Both 95 %, for independent samples.
"""

import math
from statistics import NormalDist

from models.resampling import LEVEL, Interval, wilson

_NAN = float("nan")


def difference(
    first: int, of_first: int, second: int, of_second: int, *, comparisons: int = 1
) -> Interval:
    """Return ``first/of_first - second/of_second``; NaN where a denominator is 0.

    With ``comparisons`` looked at together the interval is as much wider (Bonferroni): among forty
    streets some two are always far apart.
    """
    level = 1 - (1 - LEVEL) / comparisons
    one = wilson(first, of=of_first, level=level)
    other = wilson(second, of=of_second, level=level)
    value = one.value - other.value
    return Interval(
        value,
        value - math.hypot(one.value - one.low, other.high - other.value),
        value + math.hypot(one.high - one.value, other.value - other.low),
    )


def ratio(first: int, of_first: int, second: int, of_second: int) -> Interval:
    """Return ``(first/of_first) / (second/of_second)``.

    NaN where a denominator or ``second`` is 0; with ``first`` 0 the value is 0 and its bounds unknown.
    """
    if not of_first or not of_second or not second:
        return Interval(_NAN, _NAN, _NAN)
    value = (first / of_first) / (second / of_second)
    if not first:
        return Interval(0.0, _NAN, _NAN)
    spread = math.sqrt(1 / first - 1 / of_first + 1 / second - 1 / of_second)
    factor = math.exp(NormalDist().inv_cdf(0.5 + LEVEL / 2) * spread)
    return Interval(value, value / factor, value * factor)
