"""What a group asks for and cannot get is refused with the names of group, feed and column."""

from collections.abc import Callable

import ibis.expr.types as ir
import pandas as pd
import pytest
from ibis import _
from ibis.backends.duckdb import Backend

from features.district import DISTRICT
from features.point_in_time import Feed, PointInTime
from features.refusals import GroupRefused, build_group, require_grain, require_grains
from features.registry import DeclarationError, Feature, FeatureGroup, find_groups
from features.windows import count, total
from tests.features.records import feeds, view_of

Build = Callable[[PointInTime], ir.Table]


def group(build: Build, *sources: str) -> FeatureGroup:
    return FeatureGroup(
        name="bills",
        title="Bills",
        sensitivity="S2",
        sources=sources or ("utility_bills",),
        features=(Feature(name="bills_90d", unit="bills", missing="zero", description="Bills."),),
        build=build,
    )


def by_attribute(view: PointInTime) -> ir.Table:
    bills = view.facts("utility_bills")
    return bills.filter(bills.amount_deu > 0)


def by_name(view: PointInTime) -> ir.Table:
    return view.facts("utility_bills").group_by("acount_id").agg(n=_.count())


def in_a_window(view: PointInTime) -> ir.Table:
    return view.windowed("utility_bills", bills_90d=total(_.amount_deu, days=90))


def in_a_condition(view: PointInTime) -> ir.Table:
    return view.windowed("utility_bills", bills_90d=count(days=90, where=lambda t: t.usge > 0))


@pytest.mark.parametrize(
    ("build", "complaint"),
    [
        (by_attribute, "feed utility_bills has no column 'amount_deu'; did you mean 'amount_due'"),
        (by_name, "feed utility_bills has no column 'acount_id'; did you mean 'account_id'"),
        (in_a_window, "feed utility_bills has no column 'amount_deu'; did you mean 'amount_due'"),
        (in_a_condition, "feed utility_bills has no column 'usge'; did you mean 'usage'"),
    ],
)
def test_an_unknown_column_is_named_with_its_group_and_feed(
    engine: Backend, build: Build, complaint: str
) -> None:
    with pytest.raises(
        GroupRefused, match=rf"^feature group bills \(test_refusals.py, line \d+\): {complaint}"
    ):
        build_group(group(build), view_of(engine), DISTRICT.contracts)


def test_a_column_of_another_feed_is_told_where_it_is(engine: Backend) -> None:
    def build(view: PointInTime) -> ir.Table:
        return view.facts("utility_bills").select("self_paid")

    with pytest.raises(GroupRefused, match=r"no column 'self_paid'.*feed medical_settlements has"):
        build_group(group(build), view_of(engine), DISTRICT.contracts)


def test_an_unknown_feed_is_named_with_its_group(engine: Backend) -> None:
    def build(view: PointInTime) -> ir.Table:
        return view.facts("utility_bill")

    with pytest.raises(
        GroupRefused, match=r"group bills .*asks for feed 'utility_bill'.*did you mean 'utility_bi"
    ):
        build_group(group(build), view_of(engine), DISTRICT.contracts)


def test_an_entity_the_deployment_does_not_link_is_named_with_its_feed(engine: Backend) -> None:
    view = view_of(engine)
    view._links.pop("account")

    with pytest.raises(
        GroupRefused, match=r"facts of feed utility_bills \(its contract says entity 'account'\)"
    ):
        build_group(group(lambda v: v.facts("utility_bills")), view, DISTRICT.contracts)


def test_what_a_type_cannot_do_is_told_with_the_group(engine: Backend) -> None:
    def build(view: PointInTime) -> ir.Table:
        bills = view.facts("utility_bills")
        return bills.mutate(x=bills.amount_due.lower())

    with pytest.raises(GroupRefused, match=r"feature group bills \(test_refusals.py, line"):
        build_group(group(build), view_of(engine), DISTRICT.contracts)


def test_a_slip_of_plain_python_stays_what_it_is(engine: Backend) -> None:
    def build(view: PointInTime) -> ir.Table:
        return None.facts  # type: ignore[attr-defined]

    with pytest.raises(AttributeError, match="NoneType"):
        build_group(group(build), view_of(engine), DISTRICT.contracts)


BILL = """
    bill_id | account_id | event_date | known_from | known_until
    b1      | u1         | 2024-05-01 | 2024-05-02 | 2024-05-09
    b1      | u1         | 2024-05-01 | 2024-05-09 | ?
    b2      | u1         | 2024-05-01 | 2024-05-02 | ?
    """
TWICE_IN_FORCE = """
    bill_id | account_id | event_date | known_from | known_until
    b1      | u1         | 2024-05-01 | 2024-05-02 | ?
    b1      | u1         | 2024-05-01 | 2024-05-09 | ?
    """
TWICE_AT_ONCE = """
    bill_id | account_id | event_date | known_from | known_until
    b1      | u1         | 2024-05-01 | 2024-05-02 | 2024-05-09
    b1      | u1         | 2024-06-01 | 2024-05-02 | ?
    """


def bills(engine: Backend, drawing: str | pd.DataFrame) -> Feed:
    return feeds(engine, {"utility_bills": drawing})["utility_bills"]


def test_a_corrected_fact_has_one_version_in_force(engine: Backend) -> None:
    require_grain("utility_bills", bills(engine, BILL))


@pytest.mark.parametrize("drawing", [TWICE_IN_FORCE, TWICE_AT_ONCE])
def test_a_fact_told_twice_is_refused_by_feed_and_column(engine: Backend, drawing: str) -> None:
    with pytest.raises(
        GroupRefused, match=r"feed utility_bills: 1 facts have several versions .*column 'bill_id'"
    ):
        require_grain("utility_bills", bills(engine, drawing))


def test_a_sample_finds_a_feed_of_the_wrong_grain_that_a_group_reads(engine: Backend) -> None:
    ids = [f"b{number}" for number in range(1000)]
    twice = pd.DataFrame(
        {"bill_id": ids * 2, "account_id": "u1", "event_date": pd.Timestamp("2024-05-01")}
    )
    made = feeds(engine, {"utility_bills": twice})

    with pytest.raises(GroupRefused, match=r"facts of every 64th looked at .*one row must be"):
        require_grains(made, [group(by_name, "utility_bills")])
    require_grains(made, [group(by_name, "addresses")])


def test_a_group_with_a_misspelt_source_is_not_left_out_without_a_word() -> None:
    known = set(DISTRICT.contracts) - {"disability_certificates"}
    assert find_groups("tests.features.small_groups", feeds=known)

    with pytest.raises(DeclarationError, match="did you mean 'disability_certificate'"):
        find_groups("tests.features.small_groups", feeds={*known, "disability_certificate"})
