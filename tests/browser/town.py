"""A street of twelve grids ten days after its lists: visited here and there, with a map, for pictures of figures."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pandas as pd
from sqlalchemy import select

from experiments.district.streams import Streams
from experiments.district.street_plan import write_street_plan
from features.drift import Drift
from serving.access.places import Level
from serving.access.roles import Role
from serving.access.tokens import welcome
from serving.cases.findings import Finding, Outcome, record_outcome
from serving.pages.grid_geometry import GridGeometry, read_geometry
from serving.store.schema import ALERTS
from serving.supervision.model_health import (
    Challenger,
    Champion,
    ConditionTold,
    LastDecision,
    ModelHealth,
    WaiverTold,
)
from serving.upstream.drifting import DriftLine, DriftReport
from serving.upstream.protocol import FeedState, Grid
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


def _feeds() -> list[FeedState]:
    def feed(name: str, department: str, days: int, **how: object) -> FeedState:
        received = datetime.fromisoformat("2026-03-09") - timedelta(days=days)
        return FeedState(
            feed=name,
            department=department,
            last_received_at=received,
            **{"late": False, **how},
        )

    return [
        feed("residents", "公安", 8),
        feed("addresses", "公安", 8),
        feed("benefits", "民政", 4),
        feed("utility_bills", "水电气", 56, late=True),
        feed("medical_settlements", "医保", 9, degraded=("rows: 812, expected 1,900 to 2,300",)),
        feed("tickets", "12345热线", 33, refused=("check ticket_id_is_there: 40 of 60 are null",)),
    ]


def _line(name: str, title: str, psi: float, then: float = 0.0, now: float = 0.0) -> DriftLine:
    drift = Drift(feature=name, group="", psi=psi, missing_then=then, missing_now=now)
    return DriftLine(
        name=name,
        title=title,
        group="",
        psi=psi,
        missing_then=then,
        missing_now=now,
        verdict=drift.verdict,
        reasons=drift.reasons,
    )


MODEL = ModelHealth(
    champion=Champion(
        artefact_id="3f1c" * 16,
        name="district_trees",
        kind="trees",
        data_until=date(2025, 9, 1),
        promoted_at="2026-01-05T09:30:00+08:00",
        promoted_by="li",
        reason="the first model of this home",
        is_rollback=False,
    ),
    challengers=(
        Challenger(
            artefact_id="a07b" * 16,
            verdict="NOT YET",
            asked_at="2026-03-02T10:00:00+08:00",
            said="too few visits by lot",
        ),
    ),
    decision=LastDecision(
        kind="refusal",
        at="2026-03-02T10:00:00+08:00",
        by="li",
        artefact_id="a07b" * 16,
        verdict="NOT YET",
        said="2 of 5 conditions do not hold",
        conditions=(
            ConditionTold(name="golden_set", answer="holds", reasons=()),
            ConditionTold(name="shadow", answer="holds", reasons=()),
            ConditionTold(
                name="prospective",
                answer="cannot tell",
                reasons=("211 completed visits, expected at least 385",),
            ),
            ConditionTold(
                name="calibration",
                answer="fails",
                reasons=("calibration error 0.041, expected at most 0.03",),
            ),
            ConditionTold(name="papers", answer="holds", reasons=()),
        ),
        waivers=(WaiverTold(condition="shadow", by="wang", reason="half the nights were lost"),),
    ),
    drift=DriftReport(
        as_of_date=NIGHT,
        against=date(2025, 9, 1),
        champion="3f1c" * 16,
        households=288,
        score=_line("score", "", 0.08),
        features=(
            _line("unpaid_months_180d", "months with an unpaid bill", 0.34, 0.03, 0.19),
            _line("power_kwh_90d", "power used", 0.22),
            _line("age_oldest", "age of the oldest member", 0.04),
        ),
    ),
    problems=(),
)


@dataclass
class Town(Village):
    """Twelve grids; the last lists too few doors to be told of."""

    states: list[FeedState] = field(default_factory=_feeds)

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
        here.app.state.links = {
            "mlflow": "https://mlflow.example",
            "data_docs": "https://docs.example",
        }
        here.clock.move(TEN_DAYS)
        with patch("serving.pages.health_routes.model_health", lambda _home: MODEL):
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
