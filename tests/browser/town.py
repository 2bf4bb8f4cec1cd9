"""A street of twelve grids ten days after its lists: visited here and there, with a map, for pictures of figures."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from sqlalchemy import select

from experiments.district.street_plan import write_street_plan
from experiments.district.streams import Streams
from serving.access.places import Level
from serving.access.roles import Role
from serving.access.tokens import welcome
from serving.cases.findings import Finding, Outcome, record_outcome
from serving.pages.grid_geometry import GridGeometry, read_geometry
from serving.store.schema import ALERTS
from serving.upstream.protocol import Grid
from tests.browser.street import MORNING, Served
from tests.serving.village import NIGHT, Village

GRIDS, DOORS = 12, 24
TEN_DAYS = timedelta(days=10)
FOUND = [Finding.NEED_AID_STARTED] * 7 + [Finding.NEED_NO_ENTITLEMENT] * 4 + [Finding.NO_NEED] * 5
FOUND += [Finding.ALREADY_MET] * 2 + [Finding.REFUSED] + [Finding.NOT_FOUND] * 4


def _grids() -> dict[str, Grid]:
    return {
        f"g{number}": Grid(
            grid_id=f"g{number}",
            grid_name=f"{'向阳和平建设'[number // 4 * 2 :][:2]}第{number % 4 + 1}网格",
            community_id=f"c{number // 4}",
            community_name=f"{'向阳和平建设'[number // 4 * 2 :][:2]}社区",
            street_id="s1",
            street_name="湖滨街道",
            district_id="d",
        )
        for number in range(GRIDS)
    }


def _households() -> pd.DataFrame:
    first = Village().households.iloc[[0]]
    count = GRIDS * DOORS
    many = pd.concat([first] * count, ignore_index=True)
    return many.assign(
        household_id=[f"h{number:03}" for number in range(count)],
        area_id=[f"g{number // DOORS}" for number in range(count)],
        power_is_cut=[number % 3 == 0 for number in range(count)],
        score=[1 - number / 1000 for number in range(count)],
        band=["red", "orange", "yellow", "yellow"] * (count // 4),
        reason="unpaid",
    )


@dataclass
class Town(Village):
    """Twelve grids; the last lists too few doors to be told of."""

    grids: dict[str, Grid] = field(default_factory=_grids)
    households: pd.DataFrame = field(default_factory=_households)
    capacity: dict[tuple[str, str], int] = field(
        default_factory=lambda: {
            (f"g{number}", "grid_worker"): DOORS if number < GRIDS - 1 else 5
            for number in range(GRIDS)
        }
    )


def _visit(here: Served) -> None:
    """Record outcomes as they come in: the further along the street, the fewer doors reached."""
    chance = random.Random(3)
    with here.store.write() as work:
        alerts = work.execute(
            select(ALERTS.c.alert_id, ALERTS.c.grid_id).order_by(ALERTS.c.household_id)
        ).all()
        for number, (alert_id, grid_id) in enumerate(alerts):
            if chance.random() > 1.05 - int(grid_id.removeprefix("g")) / GRIDS:
                continue
            later = timedelta(days=min(9, int(chance.expovariate(0.35))))
            record_outcome(
                work,
                outcome=Outcome(
                    outcome_id=f"o{number}",
                    alert_id=alert_id,
                    visited_on=NIGHT + later,
                    finding=chance.choice(FOUND),
                    needs=(),
                    note=None,
                    worker_id="w1",
                    worker_role="grid_worker",
                ),
                known_alert=True,
                now=MORNING + later,
                today=NIGHT + later,
            )


def _geometry(home: Path) -> GridGeometry:
    """Return shapes of all grids but one, which nobody has drawn yet."""
    drawn = read_geometry(write_street_plan(home, Streams(5), grids=GRIDS - 1, seed=5))
    return GridGeometry(
        rings={f"g{number}": rings for number, rings in enumerate(drawn.rings.values())},
        note=drawn.note,
    )


@contextmanager
def town(home: Path) -> Iterator[Served]:
    """Serve the town until the block ends."""
    here = Served(home, Town(), sign_on=None)
    try:
        _visit(here)
        here.app.state.grid_geometry = _geometry(home)
        here.clock.move(TEN_DAYS)
        yield here
    finally:
        here.close()


def supervisor(here: Served) -> str:
    """Return a token of somebody who answers for the street."""
    with here.store.write() as work:
        return welcome(
            work,
            worker_id="s1",
            role=Role.SUPERVISOR,
            level=Level.STREET,
            place_id="s1",
            now=here.clock(),
            expires_at=here.clock() + timedelta(days=1),
        ).secret


THE_DAY: date = NIGHT + TEN_DAYS
