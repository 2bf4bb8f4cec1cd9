"""Contributions of inputs to any model's log-odds: Shapley values by drawn orders (Strumbelj and Kononenko 2014).

Starting from a background row, inputs take the explained row's values one after another in a drawn order; what each
step changes belongs to that input. Averaged over orders, and each time adding up to the log-odds exactly. Slow: rows
times inputs times orders predictions, so only for a shortlist.
"""

from collections.abc import Callable

import numpy as np

from models.encoding import Matrix
from models.ordering import Floats

ORDERS = 6


def shares_by_permutation(
    log_odds: Callable[[Matrix], Floats], matrix: Matrix, *, background: Matrix, seed: int = 0
) -> tuple[Floats, Floats]:
    """Return what each input adds to each row, and what remains: the mean log-odds of the background rows used.

    Args:
        log_odds: the model.
        matrix: rows to explain.
        background: rows that stand for households in general.
        seed: of the orders and of the background rows met.
    """
    rows, inputs = matrix.shape
    generator = np.random.default_rng((seed, 53))
    found, base = np.zeros((rows, inputs)), np.zeros(rows)
    for _ in range(ORDERS):
        met = background[generator.integers(0, len(background), rows)].copy()
        before = log_odds(met)
        base += before
        for at in generator.permutation(inputs):
            met[:, at] = matrix[:, at]
            after = log_odds(met)
            found[:, at] += after - before
            before = after
    return found / ORDERS, base / ORDERS
