"""Anything that can happen to deliveries, in any order (see :mod:`tests.data_contracts.any_order`)."""

from collections.abc import Iterator

import pytest

from features.connections import open_engine
from tests.data_contracts.any_order import ENGINES, AnyOrder, machine_settings


@pytest.fixture(scope="module", autouse=True)
def _one_engine() -> Iterator[None]:
    with open_engine() as engine:
        ENGINES.append(engine)
        yield
        ENGINES.clear()


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = machine_settings(35)
