"""Who lives in a household, in the sentences of the features, as a role may read them.

From the matrix of the night it was last listed; called for the page of a household. What nobody knows is
not said, and what is zero is not said either.
"""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from features.groups.composition import GROUP as COMPOSITION
from serving.access.fields import CHILDREN, WITHHELD, is_shown, shown_classes
from serving.access.roles import Role

GROUP = "composition"

LIVES_HERE = {
    feature.name: feature.phrase for feature in COMPOSITION.features if feature.phrase is not None
}
"""The sentences the engine ships, by feature."""


def people(
    home: Path | None,
    *,
    household_id: str,
    night: date,
    phrases: Mapping[str, str],
    roles: Collection[Role],
) -> list[str] | None:
    """Return the sentences; None if that night's matrix is not kept or did not know the household.

    ``phrases``: sentence by feature of the group; ``{value}`` stands for the number.
    """
    if home is None:
        return None
    matrix = home / "matrices" / f"{night.isoformat()}.parquet"
    if not matrix.exists():
        return None
    there = [name for name in phrases if name in pq.read_schema(matrix).names]
    # The file is sorted by household: all row groups but one are passed over by their statistics.
    rows = pq.read_table(
        matrix, columns=there, filters=[("household_id", "==", household_id)]
    ).to_pylist()
    if not rows:
        return None
    found = rows[0]
    children = found.get(CHILDREN)
    shown = shown_classes(roles, has_child=children is None or children > 0)
    if not is_shown(GROUP, shown):
        return [WITHHELD]
    return [
        phrases[name].format(value=value if isinstance(value, bool) else int(value))
        for name, value in found.items()
        if value
    ]
