"""Housing: by what right a household lives where it does, how safely, how crowded, rent owed."""

import ibis.expr.types as ir

from features.households import addresses_since, since_moving_in, sizes
from features.point_in_time import PointInTime, newest, side_by_side
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return one row per household; danger and rent arrears only of its own time at the address."""
    homes = addresses_since(view)
    here = [*KEYS, "address_id"]
    tenures = newest(
        view.current("housing_tenure").semi_join(homes, here), per=KEYS, fact_id="tenure_id"
    ).select(*KEYS, "floor_area", housing_tenure="tenure", housing_tenure_on="event_date")

    graded = newest(view.current("housing_danger"), per=here, fact_id="assessment_id")
    grade = graded.grade.cases(("A", 1), ("B", 2), ("C", 3), ("D", 4))
    danger = graded.group_by(list(KEYS)).agg(
        housing_danger_grade=grade.max(), housing_danger_on=graded.event_date.max()
    )

    rents = since_moving_in(view, "public_rent_ledger", days=365)
    owed = (rents.rent_due - rents.rent_paid.fill_null(0)).clip(lower=0)
    ledger = rents.group_by(list(KEYS)).agg(
        housing_rent_arrears_365d=owed.sum(),
        housing_rent_arrears_months_365d=rents.count(where=owed > 0),
        housing_rent_owed_since=rents.event_date.min(where=owed > 0),
    )

    moves = homes.group_by(list(KEYS)).agg(housing_moved_in_on=homes.since.max())
    rows = side_by_side(view.spine, tenures, danger, ledger, moves, sizes(view))
    return rows.mutate(
        housing_floor_area_per_person=rows.floor_area / rows.size,
        housing_days_at_address=rows.as_of_date.delta(rows.housing_moved_in_on, unit="day"),
    ).select(*KEYS, *GROUP.columns)


_TENURE, _RENT = ("housing_tenure",), ("public_rent_ledger",)

GROUP = FeatureGroup(
    name="housing",
    title="Housing: tenure, danger, space, rent owed",
    sensitivity="S2",
    sources=("residents", "housing_tenure", "housing_danger", "public_rent_ledger"),
    evidence=(
        "housing_tenure_on",
        "housing_danger_on",
        "housing_rent_owed_since",
        "housing_moved_in_on",
    ),
    features=(
        Feature(
            name="housing_tenure",
            unit="class",
            dtype="category",
            missing="unknown",
            sources=_TENURE,
            description="By what right they live at their own address: the newest record there.",
        ),
        Feature(
            name="housing_danger_grade",
            unit="grade",
            dtype="integer",
            missing="unknown",
            sources=("housing_danger",),
            monotone=1,
            description="1 safe (A) to 4 dangerous as a whole (D); unknown if never assessed.",
            phrase="房屋安全鉴定为{value}级（1为A级，4为D级）",
            dated_by="housing_danger_on",
        ),
        Feature(
            name="housing_floor_area_per_person",
            unit="m2",
            missing="unknown",
            sources=_TENURE,
            description="Floor area on record over members.",
            phrase="人均住房面积{value}平方米",
            dated_by="housing_tenure_on",
            worrying="low",
        ),
        Feature(
            name="housing_rent_arrears_365d",
            unit="yuan",
            missing="unknown",
            sources=_RENT,
            monotone=1,
            description="Public rent due and not paid as far as reported; unknown if no ledger.",
            phrase="近一年公租房欠租{value}元",
            dated_by="housing_rent_owed_since",
        ),
        Feature(
            name="housing_rent_arrears_months_365d",
            unit="months",
            missing="unknown",
            sources=_RENT,
            monotone=1,
            description="Months of public rent not paid in full; unknown if no ledger.",
            phrase="近一年有{value}个月公租房租金未缴清",
            dated_by="housing_rent_owed_since",
        ),
        Feature(
            name="housing_days_at_address",
            unit="days",
            missing="unknown",
            sources=("residents",),
            description="Days since the household came to its newest address.",
            dated_by="housing_moved_in_on",
            worrying="low",
        ),
    ),
    build=build,
)
