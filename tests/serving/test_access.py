"""Who reaches what: memberships, places through time, and that a change counts from the next request on."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from serving.access.callers import Caller, Membership, caller_of, workers_under
from serving.access.members import end_memberships, members
from serving.access.places import Level, current_path, path_on, write_places
from serving.access.roles import Right, Role
from serving.access.tokens import issue, revoke, welcome
from serving.cli import main
from serving.lists.published import lists_of
from serving.refusals import ExitCode
from serving.store.schema import ALERTS, LISTS, PLACES
from tests.serving.stores import open_store, settings_of
from tests.serving.village import GRIDS, NIGHT, TWO_O_CLOCK, TickingClock, Village, grid, run

pytestmark = pytest.mark.usefixtures("on_both_stores")

NEXT = NIGHT + timedelta(days=1)
LATER = TWO_O_CLOCK + timedelta(days=1)


@pytest.fixture
def store(home):
    opened = open_store(home)
    yield opened
    opened.close()


class Office:
    """Makes people and asks as them."""

    def __init__(self, store):
        self.store = store
        self.clock = TickingClock(TWO_O_CLOCK)
        self.secrets = {}

    def let(self, worker, role, level, place_id):
        with self.store.write() as work:
            made = welcome(
                work,
                worker_id=worker,
                role=role,
                level=level,
                place_id=place_id,
                now=self.clock(),
                expires_at=self.clock() + timedelta(days=90),
            )
        self.secrets.setdefault(worker, made)
        return self

    def end(self, worker, **which):
        with self.store.write() as work:
            return end_memberships(work, worker_id=worker, now=self.clock(), **which)

    def caller(self, worker):
        with self.store.read() as read:
            return caller_of(read, bearer=self.secrets[worker].secret, now=self.clock())

    def reached(self, worker, table=LISTS):
        caller = self.caller(worker)
        if caller is None:
            return None
        with self.store.for_requests().read(caller.paths) as read:
            found = read.execute(select(table.c.grid_id, table.c.role).where(caller.reaches(table)))
            return sorted({(row.grid_id, row.role) for row in found})


@pytest.fixture
def office(home, store):
    run(home, store=store)
    return Office(store)


def test_one_person_reaches_all_the_places_they_act_in_and_each_as_what_they_are_there(office):
    office.let("w1", Role.GRID_WORKER, Level.GRID, "g1")
    assert office.reached("w1") == [("g1", "grid_worker")]

    office.let("w1", Role.SUPERVISOR, Level.STREET, "s2")

    assert office.reached("w1") == [("g1", "grid_worker"), ("g3", "grid_worker")]
    assert office.caller("w1").role is Role.SUPERVISOR
    assert office.caller("w1").roles_at("d/s1/c-g1/g1") == {Role.GRID_WORKER}
    assert office.caller("w1").roles_at("d/s1/c-g2/g2") == frozenset()


REACH = [
    (Role.SUPERVISOR, Level.GRID, "g1", {"g1"}),
    (Role.SUPERVISOR, Level.COMMUNITY, "c-g2", {"g2"}),
    (Role.SUPERVISOR, Level.STREET, "s1", {"g1", "g2"}),
    (Role.DISTRICT_ADMIN, Level.DISTRICT, "d", {"g1", "g2", "g3"}),
    (Role.SUPERVISOR, Level.STREET, "nowhere", set()),
    (Role.SUPERVISOR, Level.GRID, "s1", set()),
    (Role.AUDITOR, Level.DISTRICT, "d", set()),
    (Role.DATA_SCIENTIST, Level.DISTRICT, "d", set()),
    (Role.OPERATOR, Level.DISTRICT, "d", set()),
]


def test_a_role_and_a_place_reach_what_lies_under_it(office):
    for number, (role, level, place_id, grids) in enumerate(REACH):
        office.let(f"w{number}", role, level, place_id)

        found = {grid_id for grid_id, _ in office.reached(f"w{number}")}
        assert found == grids, (role, level, place_id)


def test_a_change_counts_from_the_next_request_on(office):
    office.let("w1", Role.SUPERVISOR, Level.GRID, "g1")
    office.clock.move(timedelta(seconds=1))

    assert office.end("w1", level=Level.GRID, place_id="g1") == 1
    office.let("w1", Role.SUPERVISOR, Level.GRID, "g3")

    assert {grid_id for grid_id, _ in office.reached("w1")} == {"g3"}
    assert office.end("w1") == 1
    assert office.caller("w1") is None
    assert office.end("w1") == 0


def test_who_was_a_member_of_what_stays_known(office):
    office.let("w1", Role.SUPERVISOR, Level.GRID, "g1")
    office.clock.move(timedelta(hours=1))
    office.end("w1")

    with office.store.read() as read:
        (row,) = members(read)
    assert (row.valid_from, row.valid_to) == (TWO_O_CLOCK, TWO_O_CLOCK + timedelta(hours=1))


def test_the_same_membership_twice_is_one(office):
    office.let("w1", Role.SUPERVISOR, Level.GRID, "g1").let("w1", Role.SUPERVISOR, Level.GRID, "g1")

    assert len(office.caller("w1").memberships) == 1


def test_a_token_ends_with_its_time_or_at_once_when_revoked(office):
    office.let("w1", Role.SUPERVISOR, Level.GRID, "g1")
    with office.store.write() as work:
        second = issue(
            work, worker_id="w1", now=office.clock(), expires_at=LATER + timedelta(days=300)
        )
        assert revoke(work, token_id=second.token_id, now=office.clock())
        assert not revoke(work, token_id=second.token_id, now=office.clock())
    first, office.secrets["w1"] = office.secrets["w1"], second
    assert office.caller("w1") is None

    office.secrets["w1"] = first
    office.clock.move(timedelta(days=90) - timedelta(seconds=1))
    assert office.caller("w1") is not None
    office.clock.move(timedelta(seconds=1))
    assert office.caller("w1") is None


def test_what_proves_nothing_is_nobody(store):
    with store.read() as read:
        for bearer in ("", "zr_", "zr_ab12_wrong", "x.y.z"):
            assert caller_of(read, bearer=bearer, now=TWO_O_CLOCK) is None


def test_a_grid_that_moves_is_seen_from_where_it_lies_now_and_its_past_with_it(office, home):
    """Street s1 gives grid g2 to street s2."""
    office.let("old", Role.SUPERVISOR, Level.STREET, "s1")
    office.let("new", Role.SUPERVISOR, Level.STREET, "s2")
    office.let("own", Role.GRID_WORKER, Level.GRID, "g2")
    assert ("g2", "grid_worker") in office.reached("old", ALERTS)

    moved = Village(grids=GRIDS | {"g2": grid("g2", "s2")})
    run(home, upstream=moved, as_of_date=NEXT, store=office.store, clock=TickingClock(LATER))

    assert {grid_id for grid_id, _ in office.reached("old", ALERTS)} == {"g1"}
    assert {grid_id for grid_id, _ in office.reached("new", ALERTS)} == {"g2", "g3"}
    assert office.reached("own") == [("g2", "grid_worker")]
    caller = office.caller("own")
    with office.store.for_requests().read(caller.paths) as read:
        assert lists_of(read, caller=caller, as_of_date=NIGHT, grid_id="g2")
    with office.store.read() as read:
        before, after = (
            path_on(read, level=Level.GRID, place_id="g2", at=at)
            for at in (LATER - timedelta(seconds=1), LATER)
        )
    assert (before, after) == ("d/s1/c-g2/g2", "d/s2/c-g2/g2")


def test_a_place_that_is_gone_reaches_nothing_and_its_past_stays_with_those_above(office, home):
    office.let("own", Role.SUPERVISOR, Level.GRID, "g2")
    office.let("above", Role.SUPERVISOR, Level.STREET, "s1")
    rest = {name: place for name, place in GRIDS.items() if name != "g2"}

    run(
        home,
        upstream=Village(grids=rest),
        as_of_date=NEXT,
        store=office.store,
        clock=TickingClock(LATER),
    )

    assert office.reached("own") == []
    assert ("g2", "grid_worker") in office.reached("above")
    with office.store.read() as read:
        assert current_path(read, level=Level.GRID, place_id="g2") is None


def test_the_same_tree_again_writes_nothing(store):
    with store.write() as work:
        assert write_places(work, GRIDS, now=TWO_O_CLOCK) == 9
        assert write_places(work, GRIDS, now=LATER) == 0
        assert len(work.execute(select(PLACES)).all()) == 9


def test_a_night_of_the_past_leaves_the_tree_alone(office, home):
    before = NIGHT - timedelta(days=1)
    run(
        home,
        upstream=Village(grids=GRIDS | {"g2": grid("g2", "s2")}),
        as_of_date=before,
        store=office.store,
        clock=TickingClock(LATER),
    )

    with office.store.read() as read:
        assert current_path(read, level=Level.GRID, place_id="g2") == "d/s1/c-g2/g2"


def test_a_name_with_a_slash_or_comma_is_one_place():
    odd = grid("g/1,x", "s1")

    assert odd.path == "d/s1/c-g%2F1%2Cx/g%2F1%2Cx"


def test_a_path_that_begins_alike_is_another_place():
    caller = Caller(
        worker_id="w1",
        memberships=(
            Membership(role=Role.SUPERVISOR, level=Level.GRID, place_id="g1", path="d/s1/c1/g1"),
        ),
    )

    assert caller.may(Right.REASSIGN, area_path="d/s1/c1/g1")
    assert not caller.may(Right.REASSIGN, area_path="d/s1/c1/g10")
    assert not caller.may(Right.AUDIT)


def test_a_community_that_splits_keeps_its_history(office, home):
    """Grid g1 stays in community c-g1; half of it becomes g1b in the new community c-g1b."""
    office.let("old", Role.SUPERVISOR, Level.COMMUNITY, "c-g1")
    office.let("new", Role.SUPERVISOR, Level.COMMUNITY, "c-g1b")
    split = Village(grids=GRIDS | {"g1b": grid("g1b", "s1")})

    run(home, upstream=split, as_of_date=NEXT, store=office.store, clock=TickingClock(LATER))

    assert {grid_id for grid_id, _ in office.reached("old", ALERTS)} == {"g1"}
    assert office.reached("new", ALERTS) == []
    with office.store.read() as read:
        tree = read.execute(
            select(PLACES.c.place_id, PLACES.c.valid_from, PLACES.c.valid_to)
            .where(PLACES.c.place_id.in_(["c-g1", "c-g1b"]))
            .order_by(PLACES.c.place_id)
        ).all()
    assert [tuple(row) for row in tree] == [
        ("c-g1", TWO_O_CLOCK, None),
        ("c-g1b", LATER, None),
    ]


def test_a_supervisor_is_told_about_people_of_their_places(office):
    office.let("w1", Role.GRID_WORKER, Level.GRID, "g1")
    office.let("w3", Role.GRID_WORKER, Level.GRID, "g3")
    office.let("boss", Role.SUPERVISOR, Level.STREET, "s1")

    def under(worker):
        with office.store.read() as read:
            return workers_under(read, caller=office.caller(worker))

    assert under("boss") == ["boss", "w1"]
    assert under("w1") == []


def test_the_operator_makes_moves_and_ends_members(home, office, capsys):
    def call(*argv):
        return main(["members", *argv], settings_of(home))

    who = ("--worker", "w5", "--role", "grid_worker")
    assert call("add", *who, "--scope", "grid:g1") == 0
    assert "No night has brought" not in capsys.readouterr().out
    assert call("move", *who, "--from", "grid:g1", "--to", "grid:gone") == 0
    assert call("move", *who, "--from", "grid:g1", "--to", "grid:g2") == ExitCode.NOT_FOUND
    assert call("add", *who, "--scope", "grid:nowhere") == 0
    assert "No night has brought" in capsys.readouterr().out
    assert call("end", "--worker", "w5") == 0
    assert "2 memberships of w5 ended" in capsys.readouterr().out
    assert call("end", "--worker", "w5") == ExitCode.NOT_FOUND
    assert call("add", "--worker", "w5", "--role", "king", "--scope", "grid:g1") == 2
    assert call("list") == 0
    assert "grid:gone" in capsys.readouterr().out
    assert call("roles") == 0
    assert "volunteer" in capsys.readouterr().out
