"""One order for every list: highest score first, ties broken by a seeded hash of the household.

The position of a row in a file carries information (ids, streets, dates of registration), so it must
never decide who is visited. The same seed gives every policy the same tie-break.
"""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.intp]


def household_hash(household_ids: pd.Series, *, seed: int, salt: str = "") -> Hashes:
    """Return one 64-bit hash per row, equal for equal ids, unrelated across seeds and salts."""
    codes, unique = pd.factorize(household_ids, use_na_sentinel=False)
    key = blake2b(f"{seed}|{salt}".encode(), digest_size=16).digest()
    digests = b"".join(
        blake2b(str(household).encode(), key=key, digest_size=8).digest() for household in unique
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)[codes]


def best_first(scores: Floats, tie_break: Hashes) -> Positions:
    """Return row positions from highest to lowest score; rows without a score come last."""
    return np.lexsort((tie_break, -np.nan_to_num(scores, nan=-np.inf, posinf=np.inf)))


def ranks(frame: pd.DataFrame, scores: Floats, *, seed: int) -> npt.NDArray[np.int64]:
    """Return the rank of every row among the rows of its ``as_of_date``; 1 is visited first.

    Two rows of one household on one date would tie in score and hash; that is refused.

    Raises:
        ValueError: a household appears twice on one date.
    """
    if bool(frame.duplicated(["household_id", "as_of_date"]).any()):
        raise ValueError(
            "cannot rank: a household appears twice on one as_of_date; a matrix holds one row per"
            " household and date"
        )
    order = best_first(scores, household_hash(frame["household_id"], seed=seed))
    ranked = np.empty(len(frame), dtype=np.int64)
    dates = pd.factorize(frame["as_of_date"])[0][order]
    ranked[order] = pd.Series(dates).groupby(dates).cumcount().to_numpy() + 1
    return ranked
