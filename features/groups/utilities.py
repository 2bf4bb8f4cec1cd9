"""Utilities: use against the household's own same season a year before, bills left unpaid, cut-offs.

Use is read from the meter, never from the amount due: a subsidised bill falls while consumption
does not. A bill is unpaid if its due day had passed when the company last reported it. Bills of
whoever lived at the address before are left out. No bill known means unknown, not paid up.
"""

import operator
from functools import reduce
from typing import Literal

import ibis
import ibis.expr.types as ir

from features.bills import SERVICES, YEAR_ROUND, bills_of_homes, in_arrears, season_of_homes
from features.households import since_moving_in, sizes
from features.point_in_time import PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Dtype, Feature, FeatureGroup
from features.season import added
from features.windows import SCALE, within


def _use(view: PointInTime) -> ir.Table:
    rows = side_by_side(season_of_homes(view), sizes(view))
    change = {
        f"{name}_use_change_90d": rows[f"{name}_paired"] / rows[f"{name}_before"].nullif(0) - 1
        for name in SERVICES
    }
    per_person = {
        f"{name}_use_per_person_90d": rows[f"{name}_90d"]
        / SCALE
        / rows[f"{name}_bills_90d"].nullif(0)
        / rows.size
        for name in ("power", "water")
    }
    told = rows.mutate(**change, **per_person)
    # Spark's least of nulls and numbers passes over the nulls, and so does DuckDB's.
    fall = ibis.least(*(told[name] for name in change))
    return told.select(*KEYS, *change, *per_person, utility_lowest_use_change_90d=fall)


def _silence(bills: ir.Table) -> ir.Table:
    """Which services had been used and now are billed at nothing, or no longer billed."""
    latest = bills.group_by("as_of_date").agg(
        **{f"{name}_latest": bills[f"{name}_billed_on"].max() for name in YEAR_ROUND}
    )
    rows = bills.join(latest, "as_of_date")
    silent = {}
    for name in YEAR_ROUND:
        billed, used = rows[f"{name}_billed_on"], rows[f"{name}_used_on"]
        behind = rows[f"{name}_latest"].delta(billed, unit="day")
        without = (billed > used) | (behind > in_force_on("silent_after_days", rows.as_of_date))
        silent[name] = ibis.ifelse(billed.isnull(), None, used.notnull() & without)
    is_known = reduce(operator.or_, (one.notnull() for one in silent.values()))
    number = added(one.cast("int64") for one in silent.values())
    return rows.select(
        *KEYS,
        water_is_silent=silent["water"],
        utility_silent_services=ibis.ifelse(is_known, number, None),
        utility_water_used_on="water_used_on",
    )


def _payment(bills: ir.Table) -> ir.Table:
    behind = ((bills[f"{name}_arrears_180d"] > 0).cast("int64") for name in SERVICES)
    owed = {
        f"{name}_unpaid_amount": ibis.ifelse(
            bills[f"{name}_billed_on"].isnull(), None, bills[f"{name}_unpaid"].fill_null(0)
        )
        for name in YEAR_ROUND
    }
    a_year_and_90_days_ago = bills.as_of_date - ibis.interval(days=365 + 90)
    anew = (bills.arrears_90d > 0) & (bills.arrears_455d == bills.arrears_90d)
    billed = bills.due_365d + bills.subsidy_365d
    return bills.select(
        *KEYS,
        utility_unpaid_bills="unpaid_bills",
        utility_unpaid_amount=bills.unpaid_amount.fill_null(0),
        **owed,
        utility_oldest_unpaid_days=bills.as_of_date.delta(
            bills.oldest_unpaid_on, unit="day"
        ).fill_null(0),
        utility_arrears_services_180d=added(behind),
        utility_late_bills_365d="late_365d",
        utility_late_share_365d=(bills.late_365d + bills.unpaid_365d)
        / bills.was_due_365d.nullif(0),
        utility_days_late_mean_365d=bills.days_late_365d / bills.late_365d.nullif(0),
        utility_is_first_arrears_90d=ibis.ifelse(
            bills.first_bill_on < a_year_and_90_days_ago, anew, None
        ),
        utility_billed_before_subsidy_365d=billed,
        utility_subsidy_share_365d=bills.subsidy_365d / billed.nullif(0),
        utility_oldest_unpaid_on="oldest_unpaid_on",
        utility_last_arrears_on="last_arrears_on",
        utility_last_bill_on="last_bill_on",
    )


def _joint(view: PointInTime) -> ir.Table:
    """In how many months two or more services had arrears at once."""
    bills = since_moving_in(view, "utility_bills", days=180)
    # What cannot fail DuckDB asks while it reads the files; how many days late somebody was it asks at the end.
    bills = bills.filter(bills.paid_on.isnull() | (bills.paid_on > bills.due_date))
    bills = bills.filter(in_arrears(bills))
    month = bills.due_date.year() * 12 + bills.due_date.month()
    monthly = bills.group_by([*KEYS, month.name("month")]).agg(
        services_180d=bills.service.nunique(),
        services_90d=bills.service.nunique(where=within(bills, days=90)),
    )
    return monthly.group_by(list(KEYS)).agg(
        joint_90d=monthly.count(where=monthly.services_90d >= 2),
        joint_180d=monthly.count(where=monthly.services_180d >= 2),
    )


def _cut_offs(view: PointInTime) -> ir.Table:
    cuts = since_moving_in(view, "utility_interruptions")
    cuts = cuts.filter(cuts.reason == "arrears")
    a_year_ago = (cuts.as_of_date - ibis.interval(days=365)).cast("date")
    year = within(cuts, days=365)
    until = ibis.least(cuts.restored_on.fill_null(cuts.as_of_date), cuts.as_of_date)
    without = until.delta(ibis.greatest(cuts.event_date, a_year_ago), unit="day")
    return cuts.group_by(list(KEYS)).agg(
        utility_cut_offs_365d=cuts.count(where=year),
        utility_reconnections_365d=cuts.count(where=cuts.restored_on >= a_year_ago),
        utility_days_without_supply_365d=ibis.greatest(without, 0).sum(),
        utility_is_cut_off=(year & cuts.restored_on.isnull()).any(),
        utility_last_cut_off_on=cuts.event_date.max(where=year),
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household; features of bills are null without any bill in 730 days."""
    bills = bills_of_homes(view)
    rows = side_by_side(
        view.spine, _payment(bills), _joint(view), _silence(bills), _use(view), _cut_offs(view)
    )
    billed = rows.utility_last_bill_on.notnull()
    months = {
        f"utility_joint_arrears_months_{days}d": ibis.ifelse(
            billed, rows[f"joint_{days}d"].fill_null(0), None
        )
        for days in (90, 180)
    }
    return rows.mutate(**months).select(*KEYS, *GROUP.columns)


def _change(service: str, words: str) -> Feature:
    return Feature(
        name=f"{service}_use_change_90d",
        unit="share",
        missing="unknown",
        sources=_BILLS,
        description=f"Change of {service} metered against the same months a year before, on the same"
        " meters; unknown without a bill in both.",
        phrase=f"近三个月{words}比去年同期变化{{value}}",
        dated_by="utility_last_bill_on",
        worrying="low",
    )


def _bill(
    name: str,
    unit: str,
    description: str,
    phrase: str | None,
    *,
    dated_by: str,
    monotone: Literal[-1, 0, 1] = 0,
    dtype: Dtype = "number",
) -> Feature:
    return Feature(
        name=name,
        unit=unit,
        dtype=dtype,
        missing="unknown",
        sources=_BILLS,
        monotone=monotone,
        description=f"{description} Unknown without any bill.",
        phrase=phrase,
        dated_by=dated_by,
    )


def _owed(service: str, words: str) -> Feature:
    return Feature(
        name=f"{service}_unpaid_amount",
        unit="yuan",
        missing="unknown",
        sources=_BILLS,
        monotone=1,
        description=f"Sum of {service} bills past due and unpaid, after subsidy; unknown without any"
        f" {service} bill.",
        phrase=f"{words}欠费{{value}}元",
        dated_by=_OLDEST,
    )


def _cut(name: str, unit: str, description: str, phrase: str, dtype: Dtype = "number") -> Feature:
    return Feature(
        name=name,
        unit=unit,
        dtype=dtype,
        missing="zero",
        sources=("utility_interruptions",),
        monotone=0 if name.startswith("utility_reconn") else 1,
        description=description,
        phrase=phrase,
        dated_by="utility_last_cut_off_on",
    )


_BILLS = ("utility_bills",)
_OLDEST, _LAST = "utility_oldest_unpaid_on", "utility_last_arrears_on"
_LAST_BILL = "utility_last_bill_on"

GROUP = FeatureGroup(
    name="utilities",
    title="Use of power, water, gas and heating; unpaid bills; cut-offs",
    sensitivity="S2",
    sources=("residents", "utility_accounts", *_BILLS, "utility_interruptions"),
    evidence=(_OLDEST, _LAST, _LAST_BILL, "utility_water_used_on", "utility_last_cut_off_on"),
    features=(
        _change("power", "用电"),
        _change("water", "用水"),
        _change("gas", "用气"),
        _change("heating", "用热"),
        Feature(
            name="utility_lowest_use_change_90d",
            unit="share",
            missing="unknown",
            sources=_BILLS,
            description="The strongest fall of any one service, heating included.",
            phrase="近三个月水电气热中有一项比去年同期变化{value}",
            dated_by=_LAST_BILL,
            worrying="low",
        ),
        Feature(
            name="power_use_per_person_90d",
            unit="kWh per month",
            missing="unknown",
            sources=("residents", *_BILLS),
            description="Mean metered power per bill and member.",
            phrase="近三个月人均月用电{value}度",
            dated_by=_LAST_BILL,
            worrying="low",
        ),
        Feature(
            name="water_use_per_person_90d",
            unit="t per bill",
            missing="unknown",
            sources=("residents", *_BILLS),
            description="Mean metered water per bill and member; a bill covers two months.",
            phrase="近三个月人均每期用水{value}吨",
            dated_by=_LAST_BILL,
            worrying="low",
        ),
        Feature(
            name="water_is_silent",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            sources=_BILLS,
            description="Water had been used, and now the last bill shows none or none came while those"
            " of others did. Somebody may lie helpless, or nobody live there. Unknown without any"
            " water bill in two years.",
            phrase="以前有用水，最近一期没有用水，请先确认人是否平安",
            dated_by="utility_water_used_on",
        ),
        _bill("utility_silent_services", "services",
              "Of power, water and gas: used before, and now billed at nothing or no longer billed. Unknown"
            " without a bill of any of the three.",
              "水电气中有{value}项突然停用", dated_by=_LAST_BILL, dtype="integer"),
        _bill("utility_subsidy_share_365d", "share",
              "Part of the bills, as they were before subsidy, that a hardship tariff took off.",
              None, dated_by=_LAST_BILL),
        _bill("utility_billed_before_subsidy_365d", "yuan",
              "What the bills would come to without the hardship tariff.",
              None, dated_by=_LAST_BILL),
        _bill("utility_unpaid_bills", "bills", "Bills past due and unpaid when last reported.",
              "有{value}笔水电气热账单逾期未缴", dated_by=_OLDEST, monotone=1),
        _bill("utility_unpaid_amount", "yuan", "Sum of those bills, after subsidy.",
              "水电气热欠费{value}元", dated_by=_OLDEST, monotone=1),
        _owed("power", "电费"),
        _owed("water", "水费"),
        _owed("gas", "燃气费"),
        _bill("utility_oldest_unpaid_days", "days", "Days the oldest of them is past due.",
              "最早一笔欠费已逾期{value}天", dated_by=_OLDEST, monotone=1),
        _bill("utility_joint_arrears_months_90d", "months",
              "Calendar months with arrears at two or more services at once.",
              "近三个月有{value}个月两项以上公用事业同时欠费", dated_by=_LAST, monotone=1),
        _bill("utility_joint_arrears_months_180d", "months",
              "Calendar months with arrears at two or more services at once.",
              "近半年有{value}个月两项以上公用事业同时欠费", dated_by=_LAST, monotone=1),
        _bill("utility_arrears_services_180d", "services", "Services with any arrears.",
              "近半年有{value}项公用事业欠费", dated_by=_LAST, monotone=1),
        _bill("utility_is_first_arrears_90d", "yes/no",
              "Arrears after a whole year without any; also unknown where that year was not billed.",
              "一年来首次欠费", dated_by=_LAST, dtype="boolean"),
        _bill("utility_late_bills_365d", "bills", "Bills paid after their due day.",
              "近一年有{value}笔账单迟缴", dated_by=_LAST_BILL),
        _bill("utility_late_share_365d", "share",
              "Part of the bills due when last reported that were paid late or not at all.",
              "近一年账单中迟缴或未缴占{value}", dated_by=_LAST_BILL),
        _bill("utility_days_late_mean_365d", "days",
              "Days after the due day on which late bills were paid, on the mean; also unknown if none"
              " was late.", "迟缴账单平均晚{value}天", dated_by=_LAST_BILL),
        _cut("utility_cut_offs_365d", "cut-offs",
             "Supply cut for arrears (not for safety or faults).", "近一年因欠费停供{value}次"),
        _cut("utility_is_cut_off", "yes/no",
             "A supply cut for arrears within a year has not been restored, as far as reported.",
             "因欠费停供，至今未恢复", dtype="boolean"),
        _cut("utility_reconnections_365d", "reconnections",
             "Supplies cut for arrears that came back.", "近一年欠费停供后恢复{value}次"),
        _cut("utility_days_without_supply_365d", "days",
             "Days any supply was cut for arrears, one day for each service.",
             "近一年因欠费停供共{value}天"),
    ),
    build=build,
)  # fmt: skip
