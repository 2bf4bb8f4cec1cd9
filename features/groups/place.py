"""Place: what is known of the other households of the same grid.

The household itself is left out of its own rates: they speak of neighbours. A grid of one household has
no neighbours, so its rates are unknown.
"""

import ibis.expr.types as ir
from ibis import _

from features.bills import bills_of_homes, season_of_homes
from features.groups.benefits import COVERING_SCHEMES
from features.groups.contact_history import CONFIRMING_FINDINGS
from features.groups.tickets import HELP, tickets_of_homes
from features.point_in_time import ENTITY, PointInTime, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import count

FLAGS = ("in_arrears", "is_covered", "need_found", "visited", "asked_for_help", "lost_work")
AMOUNTS = ("visits", "nobody_found", "power_paired", "power_before")


def _of_each(view: PointInTime) -> ir.Table:
    """Return each household whose grid is known: ``grid_id``, its flags (0 or 1) and its amounts."""
    grids = view.members("grid")
    homes = grids.group_by(list(KEYS)).agg(grid_id=grids[ENTITY].min())
    bills = bills_of_homes(view)
    benefits = view.current("benefits")
    covered = benefits.filter(benefits.scheme.isin(COVERING_SCHEMES))
    visits = view.windowed(
        "visits",
        visits=count(days=365),
        nobody_found=count(days=365, where=_.finding == "not_found"),
        need=count(days=365, where=_.finding.isin(CONFIRMING_FINDINGS)),
    )
    calls = tickets_of_homes(view)
    rows = side_by_side(
        homes,
        bills.select(*KEYS, in_arrears=bills.unpaid_bills > 0),
        covered.select(*KEYS, is_covered=True).distinct(),
        visits.mutate(visited=visits.visits > 0, need_found=visits.need > 0),
        calls.group_by(list(KEYS)).agg(
            asked_for_help=(calls.category.isin(HELP) & (calls.calls_365d > 0)).any()
        ),
        view.windowed("unemployment_benefit", claims=count(days=365)),
        season_of_homes(view).select(*KEYS, "power_paired", "power_before"),
    )
    rows = rows.mutate(lost_work=rows.claims > 0)
    return rows.select(
        *KEYS,
        "grid_id",
        **{flag: rows[flag].fill_null(False).cast("int64") for flag in FLAGS},
        **{amount: rows[amount].fill_null(0) for amount in AMOUNTS},
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household whose grid is known."""
    rows = _of_each(view)
    grid = ["as_of_date", "grid_id"]
    sums = rows.group_by(grid).agg(
        households=rows.count(),
        **{f"{name}_in_grid": rows[name].sum() for name in (*FLAGS, *AMOUNTS)},
    )
    joined = rows.join(sums, grid)

    def others(name: str) -> ir.NumericValue:
        return joined[f"{name}_in_grid"] - joined[name]

    def share(flag: str) -> ir.FloatingValue:
        return others(flag) / (joined.households - 1).nullif(0)

    own_power = joined.power_paired / joined.power_before.nullif(0)
    grid_power = others("power_paired") / others("power_before").nullif(0)
    return joined.mutate(
        place_arrears_share=share("in_arrears"),
        place_covered_share=share("is_covered"),
        place_need_found_share_365d=share("need_found"),
        place_visited_share_365d=share("visited"),
        place_help_calls_share_365d=share("asked_for_help"),
        place_unemployment_share_365d=share("lost_work"),
        place_nobody_found_share_365d=others("nobody_found") / others("visits").nullif(0),
        place_power_use_change_90d=grid_power - 1,
        place_own_power_against_grid_90d=own_power / grid_power.nullif(0) - 1,
    ).select(*KEYS, *GROUP.columns)


GROUP = FeatureGroup(
    name="place",
    title="The other households of the grid",
    sensitivity="S2",
    sources=(
        "residents",
        "addresses",
        "utility_accounts",
        "utility_bills",
        "benefits",
        "visits",
        "tickets",
        "unemployment_benefit",
    ),
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
        Feature(
            name="place_help_calls_share_365d",
            unit="share",
            missing="unknown",
            sources=("tickets",),
            description="Households of the grid that called for help with income, medical cost, care,"
            " disability or school.",
        ),
        Feature(
            name="place_unemployment_share_365d",
            unit="share",
            missing="unknown",
            sources=("unemployment_benefit",),
            description="Households of the grid with a member who claimed unemployment benefit.",
        ),
        Feature(
            name="place_nobody_found_share_365d",
            unit="share",
            missing="unknown",
            sources=("visits",),
            description="Visits in the grid that found nobody; unknown without a visit. Where this is"
            " high, the last steps to the door fail, not the list.",
        ),
        Feature(
            name="place_power_use_change_90d",
            unit="share",
            missing="unknown",
            sources=("utility_bills",),
            description="Change of power metered in the grid against the same months a year before, on the"
            " same meters: a hot summer or a factory that closed.",
        ),
        Feature(
            name="place_own_power_against_grid_90d",
            unit="share",
            missing="unknown",
            sources=("utility_bills",),
            description="How much more (or, below 0, less) of its use of a year before the household still"
            " uses than the other households of the grid do of theirs.",
            phrase="用电变化与同网格其他住户相比{value}",
            worrying="low",
        ),
    ),
    build=build,
)
