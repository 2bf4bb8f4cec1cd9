"""Whose doors are whose: the list of a role divided among the people named for it, and what each may open."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.access.roles import Role
from serving.cases import MoveReason, open_case_of, reassign
from serving.delivery.digests.sending import counts_of
from serving.ledger.runs import publication
from serving.lists.assignment import Placed
from serving.lists.ranking import Decision, Why
from serving.lists.rounds import divide
from serving.night.replay import replay
from tests.serving.cases.desk import strict
from tests.serving.desk import Desk
from tests.serving.test_assignment import case
from tests.serving.village import NIGHT, Village, published_files, run


def doors(*households):
    return [
        Placed(
            case=case(household),
            role="grid_worker",
            lane="ranked",
            decision=Decision.ALERTED,
            why=Why.RANKED,
        )
        for household in households
    ]


def divided(placed, places, visitors=None, addresses=None):
    rounds = divide(
        placed,
        places=places,
        visitors=visitors or {},
        addresses=addresses or {one.case.household_id: one.case.household_id for one in placed},
    )
    return {worker: [one.case.household_id for one in found] for worker, found in rounds.items()}


def test_neighbours_go_to_the_same_worker_and_each_keeps_the_order_of_the_list():
    found = divided(
        doors("h3", "h1", "h4", "h2"),
        {"w2": 2, "w1": 2},
        addresses={"h1": "1", "h2": "2", "h3": "3", "h4": "4"},
    )

    assert found == {"w1": ["h1", "h2"], "w2": ["h3", "h4"]}


def test_doors_are_shared_out_by_places_and_whoever_is_on_leave_gets_none():
    assert divided(doors("a", "b", "c"), {"w1": 4, "w2": 2}) == {"w1": ["a", "b"], "w2": ["c"]}
    assert divided(doors("a", "b", "c"), {"w1": 0, "w2": 3}) == {"w1": [], "w2": ["a", "b", "c"]}


def test_a_household_without_an_address_comes_last_and_is_not_lost():
    found = divided(doors("nowhere", "b", "a"), {"w1": 2, "w2": 1}, addresses={"a": "1", "b": "2"})

    assert found == {"w1": ["b", "a"], "w2": ["nowhere"]}


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ({"w1": 2, "w2": 2}, {"w1": ["b"], "w2": ["a", "c"]}),
        ({"w1": 2, "w2": 1}, {"w1": ["b", "c"], "w2": ["a"]}),
        ({"w1": 3, "w2": 0}, {"w1": ["a", "b", "c"], "w2": []}),
    ],
    ids=["room for both", "room for the first of them", "on leave"],
)
def test_whoever_has_the_open_case_keeps_the_household_while_there_is_room(places, found):
    assert (
        divided(doors("a", "b", "c"), places, visitors={"a": "w2", "c": "w2", "b": "w9"}) == found
    )


@given(
    st.dictionaries(st.sampled_from("uvwx"), st.integers(0, 5), min_size=1),
    st.lists(st.tuples(st.sampled_from(["u", "v", "z"]), st.integers(0, 9)), max_size=20),
)
def test_nobody_gets_more_than_their_places_and_every_door_is_somebodys(places, told):
    told = told[: sum(places.values())]
    names = [f"h{place}" for place in range(len(told))]
    rounds = divided(
        doors(*names),
        places,
        visitors={name: who for name, (who, _) in zip(names, told, strict=True)},
        addresses={name: str(no) for name, (_, no) in zip(names, told, strict=True) if no},
    )

    assert sorted(name for found in rounds.values() for name in found) == sorted(names)
    assert all(len(found) <= places[worker] for worker, found in rounds.items())


def named(**places):
    village = Village(staff={("g1", "grid_worker"): places})
    village.capacity["g1", "grid_worker"] = sum(places.values())
    return village


def lists_of(desk, token):
    found = desk.get("/v1/me/list", token).json()["lists"]
    return {
        (one["header"]["role"], one["header"].get("worker_id")): [
            entry["household_id"] for entry in one["entries"]
        ]
        for one in found
    }


@pytest.fixture
def desk(home):
    run(home, upstream=named(w1=2, w2=1), lists=strict())
    opened = Desk(home)
    yield opened
    opened.store.close()


def test_people_open_their_own_list_and_a_supervisor_every_one(desk):
    mine, theirs, nobodys, all_of_them = (
        lists_of(desk, desk.token("grid:g1", role, worker))
        for role, worker in (
            (Role.GRID_WORKER, "w1"),
            (Role.GRID_WORKER, "w2"),
            (Role.GRID_WORKER, "w3"),
            (Role.SUPERVISOR, "boss"),
        )
    )

    assert {key: len(found) for key, found in mine.items()} == {("grid_worker", "w1"): 2}
    assert {key: len(found) for key, found in theirs.items()} == {("grid_worker", "w2"): 1}
    assert nobodys == {}
    assert {("grid_worker", "w1"), ("grid_worker", "w2")} < {*all_of_them}
    assert ("social_worker", None) in all_of_them


def test_where_the_register_names_nobody_the_list_is_that_of_the_grid_and_role(desk):
    found = lists_of(desk, desk.token("grid:g1", Role.SOCIAL_WORKER, "anybody"))

    assert [*found] == [("social_worker", None)]


def test_a_named_list_has_files_and_a_digest_of_its_own(desk, home):
    names = {name for name in published_files(home) if name.startswith("g1/grid_worker")}
    for worker in ("w1", "w2"):
        desk.token("grid:g1", Role.GRID_WORKER, worker)
    night = publication(desk.store, as_of_date=NIGHT)
    with desk.store.read() as read:
        told = {
            worker: counts_of(read, worker_id=worker, night=night, now=desk.clock()).entries
            for worker in ("w1", "w2", "w3")
        }

    assert names == {
        f"g1/grid_worker.{worker}.{suffix}"
        for worker in ("w1", "w2")
        for suffix in ("csv", "html", "json", "xlsx")
    }
    assert "w1" in published_files(home)["g1/grid_worker.w1.html"].decode()
    assert told == {"w1": 2, "w2": 1, "w3": 0}


def test_lists_of_several_people_come_page_by_page(desk):
    token = desk.token("grid:g1", Role.SUPERVISOR, "boss")
    seen, path = [], "/v1/me/list?limit=1"
    while path:
        page = desk.get(path, token).json()
        seen += [(one["header"]["role"], one["header"].get("worker_id")) for one in page["lists"]]
        path = page["next"] and f"/v1/me/list?limit=1&cursor={page['next']}"

    assert len(seen) == len(set(seen)) == 4


def on_files(home, day):
    """Who has which household of g1 on the file with their name."""
    files = published_files(home, day)
    return {
        household: worker
        for worker in ("w1", "w2")
        for household in Village().households["household_id"]
        if household in files[f"g1/grid_worker.{worker}.csv"].decode()
    }


def test_a_household_stays_with_whoever_has_its_open_case_and_a_past_night_comes_out_the_same(
    home,
):
    desk, later = Desk(home), NIGHT + timedelta(days=1)
    run(home, store=desk.store, upstream=named(w1=2, w2=1), lists=strict())
    had = on_files(home, NIGHT)
    # The first by address would be w1's again if nobody had given it to w2.
    given_away = min(household for household, worker in had.items() if worker == "w1")
    with desk.store.write() as work:
        reassign(
            work,
            case_id=open_case_of(work, household_id=given_away).case_id,
            to_worker="w2",
            reason=MoveReason.ABSENT,
            actor="boss",
            now=desk.clock(),
            today=NIGHT,
        )
    worse = named(w1=1, w2=2)
    worse.households["band"] = "red"
    run(home, store=desk.store, upstream=worse, as_of_date=later, lists=strict())

    assert on_files(home, later) == had | {given_away: "w2"}
    again = replay(desk.store, worse, home=home, as_of_date=later, progress=lambda _: None)
    assert again.is_same
    desk.store.close()
