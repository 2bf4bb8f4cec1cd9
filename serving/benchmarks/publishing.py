"""What publishing a whole district costs, and opening its lists: on the store that is set, or SQLite."""

import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from serving.benchmarks.made_night import Size, made_night
from serving.benchmarks.measuring import Measured, measured
from serving.ledger.leases import Held, take, this_process
from serving.ledger.runs import begin
from serving.lists.list_policy import ListPolicy
from serving.lists.publishing import publish
from serving.refusals import ExitCode, Refusal
from serving.store import Store
from serving.store.schema import PUBLICATIONS

Say = Callable[[str], None]


def publish_nights(
    store: Store,
    size: Size,
    policy: ListPolicy,
    *,
    nights: int,
    zone: ZoneInfo,
    now: datetime,
    say: Say,
) -> list[Measured]:
    """Publish ``nights`` nights of ``size`` one after the other; return how long each publishing took.

    Drawing up is not measured: only the one transaction, as :func:`serving.lists.publishing.publish` makes it.

    Raises:
        Refusal: there is something published in the store: made-up lists must not lie beside real ones.
    """
    with store.read() as read:
        if read.scalar(select(func.count()).select_from(PUBLICATIONS)):
            raise Refusal(
                ExitCode.SETTINGS_WRONG,
                found="the store holds published lists.",
                to_do="Measure with an empty database, or without ZHAOREN_STORE_URL.",
            )
    found = []
    with tempfile.TemporaryDirectory(prefix="zhaoren-bench-") as folder:
        home = Path(folder)
        for number in range(nights):
            moment = now + timedelta(days=number)
            day = moment.astimezone(zone).date()
            draft = made_night(home / f"night-{number}", size, policy, as_of_date=day)
            (home / "lists").mkdir(exist_ok=True)
            lease = take(store, owner=this_process(), as_of_date=day, now=moment)
            if isinstance(lease, Held):
                raise Refusal(
                    ExitCode.ANOTHER_NIGHT_RUNNING,
                    found="a night is running in the store.",
                    to_do="Measure with an empty database, or without ZHAOREN_STORE_URL.",
                )
            run = begin(store, lease, now=moment)
            with measured() as took:
                said = publish(store, run, draft, home=home, zone=zone, now=moment)
            say(f"night {number + 1}: {said}: {took.sentence}")
            found.append(took)
    return found
