"""Housing: by what right a household lives where it does, how safely, how crowded, rent owed."""

import ibis
import ibis.expr.types as ir
from ibis import _

from features.households import addresses_lived_at, addresses_since, own_addresses, sizes
from features.point_in_time import PointInTime, newest, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import count, lowest, total

HERE = (*KEYS, "address_id")


def _owed(rents: ir.Table) -> ir.NumericValue:
    return (rents.rent_due - rents.rent_paid.fill_null(0)).clip(lower=0)


def _is_owed(rents: ir.Table) -> ir.BooleanValue:
    return rents.rent_due > rents.rent_paid.fill_null(0)


def _left(view: PointInTime, homes: ir.Table) -> ir.Table:
    """Return the tenure that ended last within 730 days, at an address that is no home any more."""
    spells = view.facts("housing_tenure")
    two_years_ago = spells.as_of_date - ibis.interval(days=730)
    ended = spells.filter(
        (spells.valid_to < spells.as_of_date) & (spells.valid_to >= two_years_ago)
    )
    left = ended.anti_join(homes, HERE)
    last_first = ibis.window(
        group_by=list(KEYS),
        order_by=[left.valid_to.desc(), left.event_date.desc(), left.tenure_id.desc()],
    )
    left = left.mutate(place=ibis.row_number().over(last_first))
    return left.filter(left.place == 0).select(
        *KEYS, tenure_left="tenure", rent_left="monthly_rent", housing_left_on="valid_to"
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household; danger and rent arrears only of its own time at the address."""
    homes = addresses_since(view)
    tenures = newest(
        view.current("housing_tenure").semi_join(homes, HERE), per=KEYS, fact_id="tenure_id"
    ).select(
        *KEYS,
        "floor_area",
        housing_tenure="tenure",
        housing_monthly_rent="monthly_rent",
        housing_tenure_on="event_date",
    )

    graded = newest(view.current("housing_danger"), per=HERE, fact_id="assessment_id")
    grade = graded.grade.cases(("A", 1), ("B", 2), ("C", 3), ("D", 4))
    danger = graded.group_by(list(KEYS)).agg(
        housing_danger_grade=grade.max(), housing_danger_on=graded.event_date.max()
    )

    ledger = view.windowed(
        "public_rent_ledger",
        link=own_addresses(view),
        housing_rent_arrears_365d=total(_owed, days=365),
        housing_rent_arrears_months_365d=count(days=365, where=_is_owed),
        housing_rent_owed_since=lowest(_.event_date, days=365, where=_is_owed),
    )

    moves = homes.group_by(list(KEYS)).agg(housing_moved_in_on=homes.since.max())
    doors = homes.group_by(["as_of_date", "address_id"]).agg(households=homes.count())
    shared = homes.join(doors, ["as_of_date", "address_id"])
    shared = shared.group_by(list(KEYS)).agg(households=shared.households.max())
    rows = side_by_side(
        view.spine, tenures, _left(view, homes), danger, ledger, moves, shared,
        addresses_lived_at(view, days=730), sizes(view),
    )  # fmt: skip
    has_ledger = rows.housing_rent_arrears_months_365d.notnull()
    owed_days = rows.as_of_date.delta(rows.housing_rent_owed_since, unit="day").fill_null(0)
    gave_up = (rows.tenure_left == "owned") & (rows.housing_tenure != "owned")
    return rows.mutate(
        housing_floor_area_per_person=rows.floor_area / rows.size,
        housing_days_at_address=rows.as_of_date.delta(rows.housing_moved_in_on, unit="day"),
        housing_rent_oldest_arrears_days=ibis.ifelse(has_ledger, owed_days, None),
        housing_other_addresses_730d=(rows.addresses - 1).clip(lower=0),
        housing_other_households_at_address=rows.households - 1,
        housing_rent_change_730d=rows.housing_monthly_rent - rows.rent_left,
        housing_gave_up_own_home_730d=gave_up,
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
        "housing_left_on",
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
            name="housing_rent_oldest_arrears_days",
            unit="days",
            missing="unknown",
            sources=_RENT,
            monotone=1,
            description="Days since the first of the oldest month of public rent within a year not paid"
            " in full; 0 if all were, unknown if no ledger.",
            phrase="最早一笔公租房欠租距今{value}天",
            dated_by="housing_rent_owed_since",
        ),
        Feature(
            name="housing_monthly_rent",
            unit="yuan per month",
            missing="unknown",
            sensitivity="S3",
            sources=_TENURE,
            description="Rent on record for their own address; unknown if owned or not declared.",
            phrase="每月房租{value}元",
            dated_by="housing_tenure_on",
        ),
        Feature(
            name="housing_rent_change_730d",
            unit="yuan per month",
            missing="unknown",
            sensitivity="S3",
            sources=_TENURE,
            description="Rent now less the rent of the home they left last within two years: below 0, they"
            " moved to a cheaper place. Unknown unless both are on record.",
            phrase="搬家后月租变化{value}元",
            dated_by="housing_left_on",
            worrying="low",
        ),
        Feature(
            name="housing_gave_up_own_home_730d",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_TENURE,
            description="The home they left last within two years was their own; the one they live in"
            " is not.",
            phrase="两年内搬离自有住房，现住房非自有",
            dated_by="housing_left_on",
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
        Feature(
            name="housing_other_addresses_730d",
            unit="addresses",
            dtype="integer",
            missing="unknown",
            sources=("residents",),
            description="Addresses other than the present one at which any one member lived within two"
            " years, the most of any member.",
            phrase="两年内换过{value}处住址",
            dated_by="housing_moved_in_on",
        ),
        Feature(
            name="housing_other_households_at_address",
            unit="households",
            dtype="integer",
            missing="unknown",
            sources=("residents",),
            description="Other households that live at the same address: rooms let one by one, families"
            " doubled up.",
            phrase="同一住址还住着另外{value}户",
        ),
    ),
    build=build,
)
