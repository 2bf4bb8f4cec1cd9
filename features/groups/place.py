"""Place: what is known of the other households of the same grid.

The household itself is left out of its own rates: they speak of neighbours. A grid of one household has
no neighbours, so its rates are unknown.
"""

import ibis.expr.types as ir

from features.groups.benefits import COVERING_SCHEMES
from features.groups.contact_history import CONFIRMING_FINDINGS
from features.households import since_moving_in
from features.point_in_time import ENTITY, PointInTime, side_by_side
from features.registry import KEYS, Feature, FeatureGroup


def _having(facts: ir.Table, name: str) -> ir.Table:
    return facts.group_by(list(KEYS)).agg(**{name: facts.count() > 0})


def build(view: PointInTime) -> ir.Table:
    """Return one row per household whose grid is known."""
    grids = view.members("grid")
    homes = grids.group_by(list(KEYS)).agg(grid_id=grids[ENTITY].min())
    bills = since_moving_in(view, "utility_bills", days=730)
    owed = bills.filter(bills.paid_on.isnull() & (bills.due_date < bills.reported_on))
    benefits = view.current("benefits")
    covered = benefits.filter(benefits.scheme.isin(COVERING_SCHEMES))
    visits = view.facts("visits", days=365)
    found = visits.filter(visits.finding.isin(CONFIRMING_FINDINGS))
    flags = ("in_arrears", "is_covered", "need_found", "visited")
    rows = side_by_side(
        homes,
        _having(owed, "in_arrears"),
        _having(covered, "is_covered"),
        _having(found, "need_found"),
        _having(visits, "visited"),
    )
    rows = rows.mutate(**{flag: rows[flag].fill_null(False).cast("int64") for flag in flags})
    grid = ["as_of_date", "grid_id"]
    sums = rows.group_by(grid).agg(
        households=rows.count(), **{f"{flag}_in_grid": rows[flag].sum() for flag in flags}
    )
    joined = rows.join(sums, grid)
    others = (joined.households - 1).nullif(0)

    def rate(flag: str) -> ir.FloatingValue:
        return (joined[f"{flag}_in_grid"] - joined[flag]) / others

    return joined.mutate(
        place_arrears_share=rate("in_arrears"),
        place_covered_share=rate("is_covered"),
        place_need_found_share_365d=rate("need_found"),
        place_visited_share_365d=rate("visited"),
    ).select(*KEYS, *GROUP.columns)


GROUP = FeatureGroup(
    name="place",
    title="The other households of the grid",
    sensitivity="S2",
    sources=("residents", "addresses", "utility_accounts", "utility_bills", "benefits", "visits"),
    features=(
        Feature(
            name="place_arrears_share",
            unit="share",
            missing="unknown",
            sources=("utility_bills",),
            description="Households of the grid with a utility bill past due.",
        ),
        Feature(
            name="place_covered_share",
            unit="share",
            missing="unknown",
            sources=("benefits",),
            description="Households of the grid covered by a relief scheme.",
        ),
        Feature(
            name="place_need_found_share_365d",
            unit="share",
            missing="unknown",
            sources=("visits",),
            description="Households of the grid where a visit confirmed need.",
        ),
        Feature(
            name="place_visited_share_365d",
            unit="share",
            missing="unknown",
            sources=("visits",),
            description="Households of the grid visited at all: where nobody looks, nothing is found.",
        ),
    ),
    build=build,
)
