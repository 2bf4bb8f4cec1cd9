"""Utilities: use against the household's own same season a year before, bills left unpaid, cut-offs.

Use is read from the meter, never from the amount due: a subsidised bill falls while consumption
does not. A bill is unpaid if its due day had passed when the company last reported it. Bills of
whoever lived at the address before are left out. No bill known means unknown, not paid up.
"""

import ibis.expr.types as ir

from features.households import since_moving_in, sizes
from features.point_in_time import PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import within


def _use(view: PointInTime, bills: ir.Table) -> ir.Table:
    """Use of the last 90 days over that of the same accounts and calendar months a year before."""
    month = bills.event_date.year() * 12 + bills.event_date.month()
    metered = bills.select(*KEYS, "account_id", "service", "usage", "event_date", month=month)
    recent = metered.filter(within(metered, days=90))
    before = metered.select(
        *KEYS, "account_id", month=metered.month + 12, usage_before=metered.usage
    )
    pairs = recent.join(before, [*KEYS, "account_id", "month"])
    services = pairs.group_by([*KEYS, "service"]).agg(
        ratio=pairs.usage.sum() / pairs.usage_before.sum().nullif(0)
    )
    changes = services.group_by(list(KEYS)).agg(
        **{
            f"{name}_use_change_90d": services.ratio.max(where=services.service == name) - 1
            for name in ("power", "water", "gas")
        },
        utility_lowest_use_change_90d=services.ratio.min() - 1,
    )
    power = recent.filter(recent.service == "power")
    levels = power.group_by(list(KEYS)).agg(power_per_bill=power.usage.mean())
    rows = side_by_side(view.spine, changes, levels, sizes(view))
    return rows.mutate(power_use_per_person_90d=rows.power_per_bill / rows.size).drop(
        "power_per_bill", "size"
    )


def _payment(bills: ir.Table) -> ir.Table:
    days_late = bills.paid_on.delta(bills.due_date, unit="day")
    unpaid = bills.paid_on.isnull() & (bills.due_date < bills.reported_on)
    was_in_arrears = unpaid | (days_late > in_force_on("arrears_after_days", bills.as_of_date))
    overdue_days = bills.as_of_date.delta(bills.due_date, unit="day")
    signal = bills.mutate(
        signal=was_in_arrears.fill_null(False),
        month=bills.due_date.year() * 12 + bills.due_date.month(),
    )
    monthly = signal.group_by([*KEYS, "month"]).agg(
        services=signal.service.nunique(where=signal.signal),
        services_90d=signal.service.nunique(where=signal.signal & within(signal, days=90)),
    )
    joint = monthly.group_by(list(KEYS)).agg(
        utility_joint_arrears_months_90d=monthly.count(where=monthly.services_90d >= 2),
    )
    owing = bills.group_by(list(KEYS)).agg(
        utility_unpaid_bills=bills.count(where=unpaid),
        utility_unpaid_amount=bills.amount_due.sum(where=unpaid).fill_null(0),
        utility_oldest_unpaid_days=overdue_days.max(where=unpaid).fill_null(0),
        utility_arrears_services_180d=bills.service.nunique(
            where=was_in_arrears & within(bills, days=180)
        ),
        utility_late_bills_365d=bills.count(where=(days_late > 0) & within(bills, days=365)),
        utility_oldest_unpaid_on=bills.due_date.min(where=unpaid),
        utility_last_arrears_on=bills.due_date.max(where=was_in_arrears),
        utility_last_bill_on=bills.event_date.max(),
    )
    return side_by_side(owing, joint)


def build(view: PointInTime) -> ir.Table:
    """Return one row per household; features of bills are null without any bill in 730 days."""
    bills = since_moving_in(view, "utility_bills", days=730)
    cuts = since_moving_in(view, "utility_interruptions", days=365)
    cuts = cuts.filter(cuts.reason == "arrears")
    interrupted = cuts.group_by(list(KEYS)).agg(
        utility_cut_offs_365d=cuts.count(),
        utility_is_cut_off=cuts.restored_on.isnull().any(),
        utility_last_cut_off_on=cuts.event_date.max(),
    )
    rows = side_by_side(view.spine, _use(view, bills), _payment(bills), interrupted)
    return rows.select(*KEYS, *GROUP.columns)


def _change(service: str, words: str) -> Feature:
    return Feature(
        name=f"{service}_use_change_90d",
        unit="share",
        missing="unknown",
        sources=_BILLS,
        description=f"Change of {service} metered against the same months a year before.",
        phrase=f"近三个月{words}比去年同期变化{{value}}",
        dated_by="utility_last_bill_on",
        worrying="low",
    )


def _unpaid(
    name: str, unit: str, description: str, phrase: str, *, dated_by: str, monotone: bool = True
) -> Feature:
    return Feature(
        name=name,
        unit=unit,
        missing="unknown",
        sources=_BILLS,
        monotone=1 if monotone else 0,
        description=f"{description} Unknown without any bill.",
        phrase=phrase,
        dated_by=dated_by,
    )


_BILLS = ("utility_bills",)
_OLDEST, _LAST = "utility_oldest_unpaid_on", "utility_last_arrears_on"

GROUP = FeatureGroup(
    name="utilities",
    title="Use of power, water, gas and heating; unpaid bills; cut-offs",
    sensitivity="S2",
    sources=("residents", "utility_accounts", *_BILLS, "utility_interruptions"),
    evidence=(_OLDEST, _LAST, "utility_last_bill_on", "utility_last_cut_off_on"),
    features=(
        _change("power", "用电"),
        _change("water", "用水"),
        _change("gas", "用气"),
        Feature(
            name="utility_lowest_use_change_90d",
            unit="share",
            missing="unknown",
            sources=_BILLS,
            description="The strongest fall of any one service, heating included.",
            phrase="近三个月水电气热中有一项比去年同期变化{value}",
            dated_by="utility_last_bill_on",
            worrying="low",
        ),
        Feature(
            name="power_use_per_person_90d",
            unit="kWh per month",
            missing="unknown",
            sources=("residents", *_BILLS),
            description="Mean metered power per bill and member.",
            phrase="近三个月人均月用电{value}度",
            dated_by="utility_last_bill_on",
            worrying="low",
        ),
        _unpaid("utility_unpaid_bills", "bills", "Bills past due and unpaid when last reported.",
                "有{value}笔水电气热账单逾期未缴", dated_by=_OLDEST),
        _unpaid("utility_unpaid_amount", "yuan", "Sum of those bills, after subsidy.",
                "水电气热欠费{value}元", dated_by=_OLDEST),
        _unpaid("utility_oldest_unpaid_days", "days", "Days the oldest of them is past due.",
                "最早一笔欠费已逾期{value}天", dated_by=_OLDEST),
        _unpaid("utility_joint_arrears_months_90d", "months",
                "Calendar months with arrears at two or more services at once.",
                "近三个月有{value}个月两项以上公用事业同时欠费", dated_by=_LAST),
        _unpaid("utility_arrears_services_180d", "services", "Services with any arrears.",
                "近半年有{value}项公用事业欠费", dated_by=_LAST),
        _unpaid("utility_late_bills_365d", "bills", "Bills paid after their due day.",
                "近一年有{value}笔账单迟缴", dated_by="utility_last_bill_on", monotone=False),
        Feature(
            name="utility_cut_offs_365d",
            unit="cut-offs",
            missing="zero",
            sources=("utility_interruptions",),
            monotone=1,
            description="Supply cut for arrears (not for safety or faults).",
            phrase="近一年因欠费停供{value}次",
            dated_by="utility_last_cut_off_on",
        ),
        Feature(
            name="utility_is_cut_off",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=("utility_interruptions",),
            monotone=1,
            description="A supply cut for arrears has not been restored, as far as reported.",
            phrase="因欠费停供，至今未恢复",
            dated_by="utility_last_cut_off_on",
        ),
    ),
    build=build,
)  # fmt: skip
