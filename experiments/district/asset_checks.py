"""Authorised asset checks of those who applied and signed (家庭经济状况核对)."""

import numpy as np

from experiments.district.desk import Batch, Desk
from experiments.district.entitlement import TEMPORARY
from experiments.district.feeds import FEEDS
from experiments.district.months import Month
from experiments.district.streams import Streams
from experiments.district.world import World

CHECKED = 0.70
"""Of decided applications for monthly aid; the others were decided on papers. Plausible."""
NOT_ANSWERED = 0.04
ASSETS = FEEDS["applications"].code("refusal_reason", "assets")


def report_asset_checks(
    world: World, desk: Desk, streams: Streams, month: Month, decided: Batch
) -> None:
    """Hand in the checks behind the applications decided this month."""
    if not decided:
        return
    rng = streams.at("asset checks", month.index)
    person = decided["person_id"].astype(np.int64)
    checked = rng.random(len(person)) < CHECKED
    checked &= (decided["scheme"] != TEMPORARY) & (person >= 0)
    rows = np.flatnonzero(checked)
    code = FEEDS["asset_checks"].cell("result").code
    above = decided["refusal_reason"][rows] == ASSETS
    silent = rng.random(len(rows)) < NOT_ANSWERED
    result = np.select(
        [silent & ~above, above], [code("not_answered"), code("above_limit")], code("within_limit")
    )
    numbers = world.ids.take("asset check", len(rows))
    desk.report(
        "asset_checks",
        check_id=numbers,
        person_id=person[rows],
        authorisation_id=numbers,
        result=result,
        event_date=np.minimum(decided["decided_on"][rows].astype(np.int64), month.after - 1),
    )
