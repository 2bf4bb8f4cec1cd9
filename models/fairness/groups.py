"""Which groups a household belongs to, from features declared for reporting or for finding need.

Bands are few and wide, so that groups are large enough to say something of. A null stays unknown and is reported as a
group of its own: those nobody could place are easily missed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from features.matrix_contract import TO_FIND_NEED, require_purpose
from features.registry import FeatureGroup, Purpose

REPORTED: frozenset[Purpose] = TO_FIND_NEED | {"report_groups"}


class NobodyToCompare(LookupError):
    """None of the features that make groups is in the matrix."""


@dataclass(frozen=True)
class Attribute:
    """One question: its name, the feature it is read from, and how values become groups."""

    name: str
    feature: str
    place: Callable[[pd.Series], pd.Series]


def banded(edges: Sequence[float], names: Sequence[str]) -> Callable[[pd.Series], pd.Series]:
    """Return what puts numbers into bands: below the first edge, from each edge on; unknown stays unknown."""
    if len(names) != len(edges) + 1:
        raise ValueError(f"{len(edges)} edges make {len(edges) + 1} bands, not {len(names)}")

    def place(values: pd.Series) -> pd.Series:
        bins = [-float("inf"), *edges, float("inf")]
        numbers = pd.to_numeric(values).astype("Float64").astype("float64")
        return pd.cut(numbers, bins=bins, right=False, labels=list(names)).astype("object")

    return place


def as_named(values: pd.Series) -> pd.Series:
    """Return classes under their own name."""
    return values.astype("object")


THIN_FILE_MONTHS = 12
"""With less than a year of bills and contributions, no season can be compared with the one before."""

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        "age_of_head",
        "household_head_age",
        banded((35, 60, 75), ("under 35", "35-59", "60-74", "75 and older")),
    ),
    Attribute("sex_of_head", "household_head_sex", as_named),
    Attribute(
        "hukou",
        "household_members_hukou_elsewhere",
        banded((1,), ("all registered here", "somebody registered elsewhere")),
    ),
    Attribute("disability", "disability_members", banded((1,), ("none certified", "certified"))),
    Attribute(
        "household_size", "household_size", banded((2, 3, 5), ("1", "2", "3-4", "5 or more"))
    ),
    Attribute(
        "thin_file",
        "data_months_of_history",
        banded((THIN_FILE_MONTHS,), ("under a year of history", "a year or more")),
    ),
)
STREET = "street"


def groups_of(
    rows: pd.DataFrame,
    declared: Sequence[FeatureGroup],
    *,
    streets: Mapping[str, str] | None,
    attributes: Sequence[Attribute] = ATTRIBUTES,
) -> pd.DataFrame:
    """Return one column per question, in row order.

    Args:
        rows: matrix rows with ``area_id``.
        declared: feature groups of the deployment; questions whose feature it does not have are left out.
        streets: street of every area, by id; None where areas are what is compared.
        attributes: the questions.

    Raises:
        MatrixRefused: a feature is declared for a purpose that does not allow reporting on groups.
        NobodyToCompare: no question can be answered.
    """
    known = {feature.name for group in declared for feature in group.features}
    asked = [one for one in attributes if one.feature in known and one.feature in rows]
    require_purpose(
        [one.feature for one in asked], groups=declared, use="a report on groups", purposes=REPORTED
    )
    found = {one.name: one.place(rows[one.feature]).reset_index(drop=True) for one in asked}
    if "area_id" in rows and rows["area_id"].notna().any():
        areas = rows["area_id"].reset_index(drop=True)
        found[STREET] = areas.map(streets) if streets is not None else areas
    if not found:
        raise NobodyToCompare(
            f"none of {[one.feature for one in attributes]} is declared and in the matrix, and no area is: there are"
            " no groups to report on; add a feature of purpose report_groups"
        )
    return pd.DataFrame(found)
