"""Who is left in peace, on both sides of every boundary."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from serving.findings import Finding, Outcome, record_outcome
from serving.lists import alert_id
from serving.suppression import OpenAlert, open_alerts, suppressions
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, Village, policy, run
from tests.tables import table

pytestmark = pytest.mark.usefixtures("on_both_stores")

NOTHING = pd.DataFrame(columns=["household_id", "visited_on", "finding"])


def reasons(text, *, visits=NOTHING, waiting=None):
    frame = table(text)
    frame["urgent"] = frame["urgent"].astype("object").fillna("")
    return suppressions(
        frame, policy=policy(), visits=visits, waiting=waiting or {}, as_of_date=NIGHT
    )


def visit(days_ago, finding):
    return pd.DataFrame(
        {
            "household_id": ["h1"],
            "visited_on": [NIGHT - timedelta(days=days_ago)],
            "finding": [finding],
        }
    )


ONE = """
    household_id | band   | urgent | covered
    -------------+--------+--------+--------
    h1           | orange |        | false
    """
ONE_URGENT = """
    household_id | band   | urgent | covered
    -------------+--------+--------+--------
    h1           | orange | cut    | false
    """


def test_the_covered_are_left_in_peace_unless_it_is_urgent():
    assert reasons("""
        household_id | band | urgent | covered
        -------------+------+--------+--------
        covered      | red  |        | true
        cut_off      | red  | cut    | true
        unknown      | red  |        | ?
        """) == ["already_covered", "", ""]


@pytest.mark.parametrize(
    ("days_ago", "finding", "reason"),
    [
        (60, "no_need", "visited_lately"),
        (61, "no_need", ""),
        (7, "not_found", "tried_lately"),
        (8, "not_found", ""),
        (7, "refused", "tried_lately"),
        (8, "unsafe", ""),
    ],
)
def test_a_visit_spares_for_as_long_as_it_reached_somebody(days_ago, finding, reason):
    assert reasons(ONE, visits=visit(days_ago, finding)) == [reason]


def test_an_urgent_household_is_visited_again_however_lately_it_was_seen():
    assert reasons(ONE_URGENT, visits=visit(1, "no_need")) == [""]


@pytest.mark.parametrize(
    ("band_then", "rules_then", "text", "reason"),
    [
        ("orange", (), ONE, "open_alert"),
        ("red", (), ONE, "open_alert"),
        ("yellow", (), ONE, ""),
        ("orange", ("cut",), ONE_URGENT, "open_alert"),
        ("orange", (), ONE_URGENT, ""),
    ],
    ids=[
        "same band",
        "better now",
        "higher band now",
        "same urgent rule",
        "a new urgent rule",
    ],
)
def test_an_open_alert_is_repeated_only_if_facts_worsened(band_then, rules_then, text, reason):
    waiting = {
        "h1": OpenAlert(
            household_id="h1",
            as_of_date=NIGHT - timedelta(days=3),
            band=band_then,
            urgent_rules=frozenset(rules_then),
        )
    }

    assert reasons(text, waiting=waiting) == [reason]


def answered(store, household, *, on):
    recorded = datetime(on.year, on.month, on.day, 1, tzinfo=UTC)
    with store.write() as work:
        record_outcome(
            work,
            outcome=Outcome(
                outcome_id=f"outcome-of-{household}",
                alert_id=alert_id(as_of_date=NIGHT, household_id=household),
                visited_on=on,
                finding=Finding.NOT_FOUND,
                needs=(),
                note=None,
                worker_id="w1",
                worker_role="grid_worker",
            ),
            known_alert=True,
            now=recorded,
            today=on,
        )


def test_an_alert_is_open_from_the_next_night_until_it_is_answered_or_too_old(home):
    run(home)
    store = open_store(home)
    answered(store, "zhao_debts", on=NIGHT)

    def open_on(days_later):
        return set(open_alerts(store, as_of_date=NIGHT + timedelta(days=days_later), days=30))

    assert open_on(0) == set()
    assert "qian_debts" in open_on(1)
    assert "zhao_debts" not in open_on(1)
    assert "qian_debts" in open_on(30)
    assert open_on(31) == set()
    store.close()


def test_an_answer_of_the_same_day_counts_from_the_next_night_only(home):
    run(home)
    store = open_store(home)
    tomorrow = NIGHT + timedelta(days=1)
    answered(store, "zhao_debts", on=tomorrow)

    assert "zhao_debts" in open_alerts(store, as_of_date=tomorrow, days=30)
    assert "zhao_debts" not in open_alerts(store, as_of_date=tomorrow + timedelta(days=1), days=30)
    store.close()


def test_the_next_night_passes_over_whoever_was_alerted_and_goes_down_the_ranking(home):
    run(home)
    village = Village()

    run(home, upstream=village, as_of_date=NIGHT + timedelta(days=1))

    store = open_store(home)
    alerts = open_alerts(store, as_of_date=NIGHT + timedelta(days=2), days=30)
    store.close()
    dates = {household: alert.as_of_date for household, alert in alerts.items()}
    assert dates["zhao_debts"] == NIGHT
    assert dates["wang_cut_off"] == NIGHT
