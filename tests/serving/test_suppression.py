"""Who is left in peace, on both sides of every boundary."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from serving.cases.findings import Finding, Outcome, record_outcome
from serving.cases.policy import CasePolicy, rules_of
from serving.cases.standing import Standing, standing
from serving.lists.documents import alert_id
from serving.lists.suppression import suppressions
from serving.store.schema import CaseState, Level
from tests.serving.made_cases import case_of_h1
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, Village, policy, run
from tests.tables import table

pytestmark = pytest.mark.usefixtures("on_both_stores")

NOBODY = Standing()
NOTHING = pd.DataFrame(columns=["household_id", "visited_on", "finding"])


def verdicts(text, *, visits=NOTHING, standing=NOBODY, moving_up=frozenset(), **changes):
    frame = table(text)
    for name in ("urgent", "sweep", "task"):
        known = frame[name] if name in frame else pd.Series("", index=frame.index)
        frame[name] = known.astype("object").fillna("")
    return suppressions(
        frame,
        policy=policy(**changes),
        visits=visits,
        standing=standing,
        moving_up=moving_up,
        as_of_date=NIGHT,
    )


def reasons(text, **arguments):
    return verdicts(text, **arguments)["suppressed"].tolist()


def of_case(**changes):
    """What stands where h1 was listed three days ago, in band orange."""
    made = {"listed_on": NIGHT - timedelta(days=3)} | changes
    return Standing(cases={"h1": case_of_h1(**made)})


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
        ("orange", (), ONE, "open_case"),
        ("red", (), ONE, "open_case"),
        ("yellow", (), ONE, ""),
        ("orange", ("cut",), ONE_URGENT, "open_case"),
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
    standing = of_case(band=band_then, urgent_rules=";".join(rules_then))

    assert reasons(text, standing=standing) == [reason]


@pytest.mark.parametrize(
    ("days_ago", "answered", "reason"),
    [
        (30, None, "open_case"),
        (31, None, ""),
        (20, 7, "open_case"),
        (20, 8, ""),
        (3, 20, "open_case"),
    ],
    ids=[
        "unanswered for a month",
        "and a day more",
        "tried a week ago",
        "and a day more",
        "answered before it was listed again",
    ],
)
def test_an_open_case_is_repeated_after_as_long_as_the_policy_waits(days_ago, answered, reason):
    standing = of_case(
        listed_on=NIGHT - timedelta(days=days_ago),
        answered_on=None if answered is None else NIGHT - timedelta(days=answered),
    )

    assert reasons(ONE, standing=standing) == [reason]


def test_what_is_looked_for_or_held_above_or_goes_up_is_not_sent_for_again():
    old = NIGHT - timedelta(days=90)
    up = frozenset({"h1"})

    assert reasons(ONE, standing=of_case(state=CaseState.SEARCHING)) == ["searching"]
    assert reasons(ONE, standing=of_case(level=Level.STREET, listed_on=old)) == ["held_above"]
    assert reasons(ONE, standing=of_case(), moving_up=up) == ["overdue"]
    assert reasons(ONE_URGENT, standing=of_case(), moving_up=up) == [""]


@pytest.mark.parametrize(("repeats", "reason"), [(1, ""), (2, "repeated_without_help")])
def test_one_listing_too_many_without_help_goes_up_instead(repeats, reason):
    rules = rules_of(CasePolicy(repeats={"street": 3}), zone="Asia/Shanghai")
    standing = of_case(listed_on=NIGHT - timedelta(days=90), repeats=repeats, policy=rules.told())

    assert reasons(ONE, standing=standing) == [reason]


def test_who_objected_is_left_in_peace_unless_the_policy_spares_the_urgent():
    standing = Standing(objecting=frozenset({"h1"}))
    spares = policy().suppression.model_dump() | {"objected_spares": ["urgent"]}

    assert reasons(ONE, standing=standing) == ["objected"]
    assert reasons(ONE_URGENT, standing=standing) == ["objected"]
    assert reasons(ONE_URGENT, standing=standing, suppression=spares) == [""]


def test_a_covered_family_may_only_be_listed_for_the_visit_it_is_due():
    spares = policy().suppression.model_dump() | {"covered_spares": ["urgent", "cadence"]}
    found = verdicts(
        """
        household_id | band   | urgent | covered | sweep | task
        -------------+--------+--------+---------+-------+------
        due          | orange |        | true    |       | visit
        not_due      | orange |        | true    |       |
        swept        | orange |        | true    | dibao |
        not_covered  | orange |        | false   | dibao | visit
        """,
        suppression=spares,
    )

    assert found["suppressed"].tolist() == ["", "already_covered", "already_covered", ""]
    assert found["only"].tolist() == ["cadence", "", "", ""]


def answered(store, household, *, on, finding):
    recorded = datetime(on.year, on.month, on.day, 1, tzinfo=UTC)
    with store.write() as work:
        record_outcome(
            work,
            outcome=Outcome(
                outcome_id=f"outcome-of-{household}",
                alert_id=alert_id(as_of_date=NIGHT, household_id=household),
                visited_on=on,
                finding=finding,
                needs=(),
                note=None,
                worker_id="w1",
                worker_role="grid_worker",
            ),
            known_alert=True,
            now=recorded,
            today=on,
        )


def test_a_case_is_open_from_the_next_night_until_it_is_closed(home):
    run(home)
    store = open_store(home)
    answered(store, "zhao_debts", on=NIGHT, finding=Finding.NO_NEED)
    answered(store, "qian_debts", on=NIGHT, finding=Finding.NOT_FOUND)

    def open_on(days_later):
        return standing(store, as_of_date=NIGHT + timedelta(days=days_later)).cases

    assert open_on(0) == {}
    assert "zhao_debts" not in open_on(1)
    assert open_on(1)["qian_debts"].answered_on == NIGHT
    assert "qian_debts" in open_on(400)
    store.close()


def test_an_answer_of_the_same_day_counts_from_the_next_night_only(home):
    run(home)
    store = open_store(home)
    tomorrow = NIGHT + timedelta(days=1)
    answered(store, "zhao_debts", on=tomorrow, finding=Finding.NO_NEED)

    assert "zhao_debts" in standing(store, as_of_date=tomorrow).cases
    assert "zhao_debts" not in standing(store, as_of_date=tomorrow + timedelta(days=1)).cases
    store.close()


def test_the_next_night_passes_over_whoever_was_alerted_and_goes_down_the_ranking(home):
    run(home)

    run(home, upstream=Village(), as_of_date=NIGHT + timedelta(days=1))

    store = open_store(home)
    found = standing(store, as_of_date=NIGHT + timedelta(days=2)).cases
    store.close()
    assert found["zhao_debts"].listed_on == NIGHT
    assert found["wang_cut_off"].listed_on == NIGHT
    assert {case.repeats for case in found.values()} == {0}
