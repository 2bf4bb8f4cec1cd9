"""The whole matrix of what may be known of two parents, against a table written out by hand."""

from datetime import date
from itertools import product

import pytest

from models.rules.parent_status import STATES, Found, Parent, found

DAY = date(2026, 11, 20)
IN_FORCE = {"child.absence_months": 6, "child.worst_grade": 2, "child.mind_grade": 4}

PARENTS = {
    "able": Parent(state="able"),
    "grade 1": Parent(state="disability", grade=1, of_mind=False),
    "grade 2": Parent(state="disability", grade=2, of_mind=False),
    "grade 3": Parent(state="disability", grade=3, of_mind=False),
    "grade 3 of mind": Parent(state="disability", grade=3, of_mind=True),
    "grade 4 of mind": Parent(state="disability", grade=4, of_mind=True),
    "grade 2, kind unknown": Parent(state="disability", grade=2),
    "grade 3, kind unknown": Parent(state="disability", grade=3),
    "grade unknown": Parent(state="disability"),
    "ill": Parent(state="serious_illness"),
    "prison 6": Parent(state="prison", months=6),
    "prison 5.9": Parent(state="prison", months=5.9),
    "prison, term unknown": Parent(state="prison"),
    "rehabilitation 6": Parent(state="compulsory_rehabilitation", months=6),
    "rehabilitation 5.9": Parent(state="compulsory_rehabilitation", months=5.9),
    "custody 6": Parent(state="other_custody", months=6),
    "custody 5.9": Parent(state="other_custody", months=5.9),
    "missing 6": Parent(state="missing", months=6),
    "missing 5.9": Parent(state="missing", months=5.9),
    "missing, since unknown": Parent(state="missing"),
    "revoked": Parent(state="guardianship_revoked"),
    "deported": Parent(state="deported"),
    "dead": Parent(state="dead"),
    "declared missing": Parent(state="declared_missing"),
    "unknown": Parent(state="unknown"),
}
GONE = {"dead", "declared missing"}
COUNTS = {
    "grade 1", "grade 2", "grade 3 of mind", "grade 4 of mind", "grade 2, kind unknown", "ill",
    "prison 6", "rehabilitation 6", "custody 6", "missing 6", "revoked", "deported",
}  # fmt: skip
DOES_NOT = {
    "able", "grade 3", "prison 5.9", "rehabilitation 5.9", "custody 5.9", "missing 5.9",
}  # fmt: skip


def by_hand(one: str, other: str) -> str:
    if {one, other} <= GONE:
        return "orphan"
    if one in DOES_NOT or other in DOES_NOT:
        return "does_not"
    return "nobody_raises" if {one, other} <= COUNTS | GONE else "cannot_tell"


def answer(one: str, other: str, *, on: date = DAY) -> Found:
    return found(PARENTS[one], PARENTS[other], parameters=IN_FORCE, as_of_date=on)


@pytest.mark.parametrize("one", PARENTS)
def test_every_pair_of_parents(one: str) -> None:
    assert {other: answer(one, other).answer for other in PARENTS} == {
        other: by_hand(one, other) for other in PARENTS
    }


def test_the_table_knows_every_state() -> None:
    assert {parent.state for parent in PARENTS.values()} == set(STATES)


def test_something_is_missing_only_where_nobody_can_tell() -> None:
    for one, other in product(PARENTS, repeat=2):
        told = answer(one, other)
        assert bool(told.missing) == (told.answer == "cannot_tell"), (one, other)


def test_the_parent_nobody_tells_of_is_named() -> None:
    assert answer("dead", "unknown").missing == ("second_parent",)
    assert answer("unknown", "grade 1").missing == ("first_parent",)
    assert answer("unknown", "missing, since unknown").missing == ("first_parent", "second_parent")


@pytest.mark.parametrize("state", ["revoked", "deported"])
def test_what_the_later_document_added_counts_from_its_day(state: str) -> None:
    assert answer(state, "dead", on=date(2020, 12, 31)).answer == "nobody_raises"
    assert answer(state, "dead", on=date(2020, 12, 30)).answer == "does_not"


def test_nothing_counts_before_the_first_document_but_orphans_do() -> None:
    assert answer("ill", "dead", on=date(2019, 12, 31)).answer == "nobody_raises"
    assert answer("ill", "dead", on=date(2019, 12, 30)).answer == "does_not"
    assert answer("dead", "dead", on=date(2019, 12, 30)).answer == "orphan"


def test_a_region_without_the_figure_cannot_tell() -> None:
    nothing = dict.fromkeys(IN_FORCE)
    held = found(PARENTS["prison 6"], PARENTS["dead"], parameters=nothing, as_of_date=DAY)
    hard = found(PARENTS["grade 1"], PARENTS["dead"], parameters=nothing, as_of_date=DAY)

    assert held == Found(answer="cannot_tell", missing=("parameter child.absence_months",))
    assert hard.missing == ("parameter child.worst_grade", "parameter child.mind_grade")
    assert found(PARENTS["able"], PARENTS["prison 6"], parameters=nothing, as_of_date=DAY) == Found(
        answer="does_not"
    )
