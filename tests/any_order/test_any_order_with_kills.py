"""Anything in any order, and the process dies by SIGKILL in between, as in a power cut."""

from collections.abc import Iterator

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from features.connections import open_engine
from tests.data_contracts.any_order import ENGINES, AnyOrder, machine_settings
from tests.data_contracts.dying import POINTS, Mortals

MORTALS: list[Mortals] = []


@pytest.fixture(scope="module", autouse=True)
def _shared() -> Iterator[None]:
    with open_engine() as engine:
        ENGINES.append(engine)
        MORTALS.append(Mortals())
        yield
        MORTALS.pop().close()
        ENGINES.clear()


class AnyOrderWithKills(AnyOrder):
    """The same, with deaths."""

    @precondition(lambda self: self.landed)
    @rule(point=st.sampled_from(POINTS))
    def kill(self, point: str) -> None:
        MORTALS[0].die(self.home, point)
        self.unknown = True


TestAnyOrderWithKills = AnyOrderWithKills.TestCase
TestAnyOrderWithKills.settings = machine_settings(20)


@pytest.mark.parametrize("point", POINTS)
def test_the_helper_really_dies_there(point: str) -> None:
    machine = AnyOrder()
    try:
        for notes in ({"a": (1.0, None)}, {"a": (2.0, None)}):
            machine.deliver(notes=notes)
            if point.startswith("compaction."):
                machine.night(crash=None)
        assert MORTALS[0].die(machine.home, point)
        machine.unknown = True
    finally:
        machine.teardown()
