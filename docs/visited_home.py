"""A copy of a simulated home some nights on, its doors answered by dice, for pictures of pages that show a month.

Nothing in it was found by anybody, and the home it is copied from stays as it is.
"""

import random
import shutil
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from sqlalchemy import select

from serving.cases.findings import Finding, Outcome, record_outcome
from serving.lists.list_policy import load_list_policy
from serving.night.nightly import run_night
from serving.settings import Settings, read_settings
from serving.store import Store, open_store
from serving.store.schema import ALERTS
from serving.upstream.district import district

EVERY = timedelta(days=7)
NIGHTS = 3
"""Further lists: with one alone no grid has ten doors, and its map tells nothing."""
AFTERWARDS = timedelta(days=7)
"""When the last answers of the last list are in."""
FOUND = [Finding.NEED_AID_STARTED] * 5 + [Finding.NEED_NO_ENTITLEMENT] * 3 + [Finding.NO_NEED] * 8
FOUND += [Finding.ALREADY_MET] * 3 + [Finding.REFUSED] + [Finding.NOT_FOUND] * 4
NOT_FOR_PAGES = ("landing", "truth", "mlartifacts", "mlflow.db")


@dataclass(frozen=True, kw_only=True)
class VisitedHome:
    """The copy: how it is set up, its newest lists, and the moment its pages should be looked at."""

    settings: Settings
    night: date
    now: datetime


def newest_night(home: Path) -> date:
    """Return the newest date that has lists."""
    return max(
        date.fromisoformat(path.name)
        for path in (home / "lists").iterdir()
        if path.name[0].isdigit()
    )


def visited_copy(home: Path, copy: Path) -> VisitedHome:
    """Fill ``copy`` with ``home`` as it might stand some weeks later."""
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns(*NOT_FOR_PAGES))
    (copy / "landing").mkdir()
    settings = read_settings({"ZHAOREN_HOME": str(copy)})
    night, dice = newest_night(copy), random.Random(20)
    store = open_store(copy)
    try:
        for _ in range(NIGHTS):
            _answer(store, night, settings.zone, dice)
            night += EVERY
            _run(store, night, settings)
        _answer(store, night, settings.zone, dice)
    finally:
        store.close()
    now = datetime.combine(night + AFTERWARDS, time(10), settings.zone)
    return VisitedHome(settings=settings, night=night, now=now)


def _run(store: Store, night: date, settings: Settings) -> None:
    two_o_clock, began = datetime.combine(night, time(2), settings.zone), monotonic()
    run_night(
        home=settings.home,
        as_of_date=night,
        store=store,
        upstream=district(
            settings.home, key_file=None, engine=settings.engine, place=settings.place
        ),
        policy=load_list_policy(None, as_of_date=night),
        targets=(),
        zone=settings.zone,
        clock=lambda: two_o_clock + timedelta(seconds=monotonic() - began),
        progress=lambda _said: None,
    )


def _answer(store: Store, night: date, zone: ZoneInfo, dice: random.Random) -> None:
    """Report on most doors of a night, on fewer in the grids that come last."""
    with store.write() as work:
        alerts = work.execute(
            select(ALERTS.c.alert_id, ALERTS.c.grid_id, ALERTS.c.role)
            .where(ALERTS.c.as_of_date == night)
            .order_by(ALERTS.c.grid_id, ALERTS.c.alert_id)
        ).all()
        grids = sorted({alert.grid_id for alert in alerts})
        for alert in alerts:
            if dice.random() > 1.1 - grids.index(alert.grid_id) / len(grids):
                continue
            visited_on = night + timedelta(days=min(6, int(dice.expovariate(0.4))))
            record_outcome(
                work,
                outcome=Outcome(
                    outcome_id=f"{alert.alert_id[:30]}-dice",
                    alert_id=alert.alert_id,
                    visited_on=visited_on,
                    finding=dice.choice(FOUND),
                    needs=(),
                    note=None,
                    worker_id="dice",
                    worker_role=alert.role,
                ),
                known_alert=True,
                now=datetime.combine(visited_on, time(17), zone),
                today=visited_on,
            )
