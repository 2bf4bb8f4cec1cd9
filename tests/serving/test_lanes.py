"""The lanes beside the ranking: sweeps, regular visits, safety, rest days. Each capped, none longer than capacity."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from features.district import DISTRICT
from models.rules.answering import HELD_BY
from models.rules.triggers import load_triggers
from serving.cases import Ground, decide_objection, record_objection, withdraw_objection
from serving.cases.objections import AlreadyDecided, objections_of
from serving.lists.alarms import alarms_of
from serving.lists.assignment import assign
from serving.lists.cadence import due_tasks, months_after
from serving.lists.list_policy import load_list_policy
from serving.lists.policy_parts import Cadence, CadenceTask
from serving.night.replay import replay
from serving.refusals import Refusal
from serving.store.schema import OBJECTION_WITHDRAWALS
from tests.serving.cases.desk import Desk, night, strict
from tests.serving.stores import open_store
from tests.serving.test_assignment import case
from tests.serving.village import NIGHT, Village, policy, published_files
from tests.tables import table

TASKS = Cadence(
    share=0.5,
    on_file="is_covered",
    tasks=(
        CadenceTask(code="survey", title="年度调查", months=12),
        CadenceTask(code="check", title="半年核对", months=6),
        CadenceTask(code="visit", title="季度走访", months=3),
    ),
)
ROLES = [
    {"role": "street_officer", "title": "街道专员", "takes": ["urgent"]},
    {"role": "social_worker", "title": "社工", "takes": ["sweep", "care"]},
    {
        "role": "grid_worker",
        "title": "网格员",
        "takes": ["ranked", "cadence", "exploration"],
        "fills": ["urgent", "sweep", "care"],
    },
]
SPARES = {
    "visited_days": 60,
    "unreached_days": 7,
    "open_alert_days": 30,
    "covered_spares": ["urgent", "cadence"],
    "visited_spares": ["urgent"],
    "objected_spares": ["urgent"],
}
NO_VISITS = pd.DataFrame(columns=["household_id", "visited_on", "finding"])


def with_lanes(**changes):
    return strict().model_validate(
        strict().model_dump(mode="json")
        | {
            "roles": ROLES,
            "suppression": SPARES,
            "sweeps": {"share": 0.5, "rules": ["dibao"]},
            "cadence": TASKS.model_dump(mode="json"),
        }
        | changes
    )


def lanes(home, **arguments):
    """Return lane and role by household of one night's decisions and lists."""
    store = open_store(home)
    night(store, home, **arguments)
    store.close()
    found = {}
    for name, content in published_files(home, arguments.get("on", NIGHT)).items():
        if name.endswith(".json") and "/" in name:
            for entry in json.loads(content)["entries"]:
                found[entry["household_id"]] = (entry["lane"]["code"], name.split("/")[1][:-5])
    return found


def test_each_lane_goes_to_the_role_that_is_there_for_it(home):
    village = Village(unclaimed={"zhou_quiet": "dibao", "wu_quiet": "tekun"})

    found = lanes(home, village=village, lists=with_lanes())

    assert found["wang_cut_off"] == ("urgent", "street_officer")
    assert found["zhou_quiet"] == ("sweep", "social_worker")
    assert found["sun_covered"] == ("cadence", "grid_worker")
    assert found["li_disabled"] == ("ranked", "grid_worker")
    assert found.get("wu_quiet", ("ranked", ""))[0] != "sweep", "the policy sends nobody for tekun"


def test_an_entry_says_which_regular_visit_is_due_and_once_made_it_is_not_due_again(home):
    store = open_store(home)
    night(store, home, lists=with_lanes())
    entries = json.loads(published_files(home)["g1/grid_worker.json"])["entries"]
    [due] = [entry for entry in entries if entry["household_id"] == "sun_covered"]
    assert due["task"] == {"code": "survey", "word": "年度调查"}
    desk = Desk(store)
    desk.reports("sun_covered", "already_met")

    for on, decision in (
        (NIGHT + timedelta(days=61), ("suppressed", "already_covered")),
        (date(2026, 6, 8), ("suppressed", "already_covered")),
        (date(2026, 6, 9), ("alerted", "cadence")),
    ):
        night(store, home, on=on, lists=with_lanes())
        assert desk.decision("sun_covered", on=on) == decision
    entries = json.loads(published_files(home, date(2026, 6, 9))["g1/grid_worker.json"])["entries"]
    [due] = [entry for entry in entries if entry["household_id"] == "sun_covered"]
    assert due["task"]["code"] == "visit"
    store.close()


def test_a_safety_trigger_goes_into_the_urgent_lane_if_the_policy_says_so(home):
    village = Village(helpless={"water_still": frozenset({"chu_far"})})

    found = lanes(home / "on", village=village, lists=with_lanes(safety=["water_still"]))
    unasked = lanes(home / "off", village=village, lists=with_lanes())

    assert found["chu_far"][0] == "urgent"
    assert unasked["chu_far"][0] == "ranked"
    entries = json.loads(published_files(home / "on")["g3/grid_worker.json"])["entries"]
    assert entries[0]["urgent"] == ["请先确认人是否平安"]
    assert entries[0]["due"] == "2026-03-10T06:00"


def test_a_safety_trigger_nobody_knows_stops_the_night_in_plain_words(home):
    village = Village(helpless={"water_still": frozenset()})

    with pytest.raises(Refusal, match="did you mean water_still"):
        lanes(home, village=village, lists=with_lanes(safety=["water_stil"]))


def test_the_shipped_policy_sends_somebody_for_triggers_and_tiers_that_exist():
    shipped = load_list_policy(None, as_of_date=date(2026, 7, 15))
    book = load_triggers(DISTRICT.triggers, features=DISTRICT.features, region=DISTRICT.region)

    shipped.check_safety(book.safety)
    assert set(shipped.sweeps.rules) == set(HELD_BY)
    assert shipped.caller.role == shipped.explorer.role == "grid_worker"


def test_a_real_trigger_fires_where_water_stands_still_and_not_where_no_meter_is_read(tmp_path):
    book = load_triggers(DISTRICT.triggers, features=DISTRICT.features, region=DISTRICT.region)
    matrix = tmp_path / "matrix.parquet"
    table("""
        household_id | safety_water_still_days
        -------------+------------------------
        still        | 1
        used         | 0
        unread       | ?
        """).to_parquet(matrix)

    fired = {one.trigger_id: one for one in alarms_of(book, matrix=matrix, as_of_date=NIGHT)}

    assert fired["water_still_24h"].households == {"still"}
    assert fired["water_still_24h"].hours == 24
    assert "water_above_2_m3" not in fired, "the matrix has no such column"


@pytest.mark.parametrize(
    ("on", "rest_days", "listed"),
    [
        (date(2026, 2, 14), "urgent_only", 9),
        (date(2026, 2, 15), "urgent_only", 1),
        (date(2026, 2, 15), "nothing", 0),
        (date(2026, 2, 15), "as_usual", 9),
    ],
    ids=["a Saturday that works", "a Sunday", "a Sunday, not even the urgent", "no such policy"],
)
def test_on_days_people_do_not_work_a_list_asks_for_what_the_policy_says(
    home, on, rest_days, listed
):
    found = lanes(home, on=on, lists=with_lanes(rest_days=rest_days))

    assert len(found) == listed


def test_a_household_whose_objection_is_upheld_is_left_in_peace_from_the_next_night_on(home):
    store = open_store(home)
    night(store, home)
    desk = Desk(store)
    with store.write() as work:
        record_objection(
            work, objection_id="o1", household_id="zhao_debts", ground=Ground.AUTOMATED_LISTING,
            actor="w1", now=desk.now, today=desk.today,
        )  # fmt: skip
    tomorrow, after = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)
    worse = Village()
    worse.households.loc[worse.households["household_id"] == "zhao_debts", "band"] = "red"
    night(store, home, on=tomorrow)
    desk.days_pass(1)
    with store.write() as work:
        decide_objection(
            work, objection_id="o1", upheld=True, reason="asked for it", actor="supervisor",
            now=desk.now, today=desk.today,
        )  # fmt: skip

    night(store, home, on=after, village=worse)

    assert desk.decision("zhao_debts", on=tomorrow) == ("suppressed", "open_case")
    assert desk.decision("zhao_debts", on=after) == ("suppressed", "objected")
    assert desk.kinds("zhao_debts") == ["opened", "objected", "objected"]
    again = replay(store, Village(), home=home, as_of_date=tomorrow, progress=lambda _: None)
    assert again.is_same
    store.close()


@pytest.fixture
def objected(home):
    """A desk on the day after the first night; a household's objection o1 was upheld on that night's day."""
    store = open_store(home)
    night(store, home)
    desk = Desk(store)
    with store.write() as work:
        record_objection(
            work, objection_id="o1", household_id="zhao_debts", ground=Ground.NO_VISITS,
            actor="w1", now=desk.now, today=desk.today,
        )  # fmt: skip
    decide(desk, upheld=True)
    desk.days_pass(1)
    yield desk
    store.close()


def decide(desk, *, upheld):
    with desk.store.write() as work:
        return decide_objection(
            work, objection_id="o1", upheld=upheld, reason="asked for it", actor="supervisor",
            now=desk.now, today=desk.today,
        )  # fmt: skip


def withdraw(desk):
    with desk.store.write() as work:
        return withdraw_objection(
            work, objection_id="o1", actor="w1", now=desk.now, today=desk.today
        )


def test_a_household_that_takes_its_objection_back_is_listed_again_from_the_next_night_on(
    objected, home
):
    same_day, next_day = NIGHT + timedelta(days=1), NIGHT + timedelta(days=2)
    worse = Village()
    worse.households.loc[worse.households["household_id"] == "zhao_debts", "band"] = "red"
    withdrawn = withdraw(objected)
    night(objected.store, home, on=same_day, village=worse)
    night(objected.store, home, on=next_day, village=worse)

    assert withdrawn.withdrawn_at == objected.now
    assert objected.decision("zhao_debts", on=same_day) == ("suppressed", "objected")
    assert objected.decision("zhao_debts", on=next_day)[0] == "alerted"
    again = replay(objected.store, worse, home=home, as_of_date=same_day, progress=lambda _: None)
    assert again.is_same


def test_an_objection_and_its_decision_stand_beside_its_withdrawal(objected):
    first = withdraw(objected)
    objected.days_pass(1)
    again = withdraw(objected)

    assert again == first
    with objected.store.read() as read:
        (kept,) = objections_of(read, household_id="zhao_debts")
    assert (kept.state.value, kept.reason, kept.withdrawn_at) == (
        "upheld", "asked for it", first.withdrawn_at,
    )  # fmt: skip
    assert objected.kinds("zhao_debts") == ["opened", "objected", "objected", "objected"]
    with pytest.raises(DBAPIError, match="only ever added"), objected.store.write() as work:
        work.execute(delete(OBJECTION_WITHDRAWALS))


def test_what_was_taken_back_is_decided_no_more_and_what_was_refused_is_not_taken_back(home):
    store = open_store(home)
    night(store, home)
    desk = Desk(store)
    for name, household in (("o1", "zhao_debts"), ("o2", "qian_debts")):
        with store.write() as work:
            record_objection(
                work, objection_id=name, household_id=household, ground=Ground.OTHER,
                actor="w1", now=desk.now, today=desk.today,
            )  # fmt: skip
    assert not withdraw(desk).waits
    with pytest.raises(AlreadyDecided, match="withdrawn"):
        decide(desk, upheld=True)
    with store.write() as work:
        decide_objection(
            work, objection_id="o2", upheld=False, reason="a safety trigger", actor="supervisor",
            now=desk.now, today=desk.today,
        )  # fmt: skip
    with pytest.raises(AlreadyDecided, match="refused"), store.write() as work:
        withdraw_objection(work, objection_id="o2", actor="w1", now=desk.now, today=desk.today)
    store.close()


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2026, 3, 9), 12, date(2027, 3, 9)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_end_where_the_calendar_does(day, months, later):
    assert months_after(day, months) == later


def test_the_most_thorough_visit_that_is_due_stands_for_those_below_it():
    matrix = table("""
        household_id | is_covered
        -------------+-----------
        never        | true
        surveyed     | true
        half_year    | true
        just_seen    | true
        quarter      | true
        unknown      | ?
        not_on_file  | false
        """)
    done = {
        "surveyed": {"survey": date(2026, 1, 1)},
        "half_year": {"survey": date(2025, 9, 9)},
        "just_seen": {"survey": date(2025, 12, 10), "check": date(2025, 12, 10)},
        "quarter": {"survey": date(2025, 12, 9)},
    }
    visits = pd.DataFrame(
        {
            "household_id": ["surveyed", "never"],
            "visited_on": [date(2025, 1, 1), date(2026, 3, 8)],
            "finding": ["no_need", "not_found"],
        }
    )

    found = due_tasks(matrix, cadence=TASKS, visits=visits, done=done, as_of_date=NIGHT)

    assert found["task"].tolist() == ["survey", "", "check", "", "visit", "", ""]
    assert found["seen_on"].tolist()[:2] == [None, date(2026, 1, 1)]


@given(
    st.lists(
        st.tuples(
            st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["", "cadence", "sweep"])
        ),
        max_size=10,
    ),
    st.integers(0, 3),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_no_lane_is_longer_than_its_share_nor_a_list_than_its_capacity(
    made, social, grid, sweep_slots, task_slots
):
    task_slots = min(task_slots, grid)
    cases = [
        replace(
            case(f"h{number}", urgent=("cut",) if is_urgent else ()),
            sweep="dibao" if sweeps or only == "sweep" else "",
            task="visit" if due or only == "cadence" else "",
            only="" if is_urgent else only,
        )
        for number, (is_urgent, sweeps, due, only) in enumerate(made)
    ]

    found = assign(
        cases,
        capacity={"social_worker": social, "grid_worker": grid},
        uncertain_slots=0,
        policy=policy(roles=ROLES),
        sweep_slots=sweep_slots,
        task_slots=task_slots,
    )

    count = pd.Series([item.lane for item in found.placed]).value_counts()
    assert count.get("sweep", 0) <= sweep_slots
    assert count.get("cadence", 0) <= task_slots
    for role, places in (("social_worker", social), ("grid_worker", grid)):
        assert sum(item.role == role for item in found.placed) <= places
    seen = [item.case.household_id for item in found.placed]
    seen += [left.household_id for left in found.left_over]
    assert sorted(seen) == sorted(one.household_id for one in cases)
    assert all(item.lane == item.case.only for item in found.placed if item.case.only)
