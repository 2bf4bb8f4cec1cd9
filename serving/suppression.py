"""Who is left in peace tonight, and why: covered, seen lately, or still waiting for an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from sqlalchemy import select

from serving.list_policy import ListPolicy
from serving.ranking import SEPARATOR, Why
from serving.store import Store
from serving.store.schema import ALERTS, OUTCOMES, PUBLICATIONS, OutcomeState

UNREACHED = frozenset({"refused", "not_found", "unsafe"})


@dataclass(frozen=True, kw_only=True)
class OpenAlert:
    """An alert of an earlier list that nobody has answered yet: what was known when it was made."""

    household_id: str
    as_of_date: date
    band: str
    urgent_rules: frozenset[str]

    def worsened(self, *, band: str, urgent_rules: frozenset[str], policy: ListPolicy) -> bool:
        """Whether there is a reason to ask again: a higher band, or an urgent rule that is new."""
        return policy.more_pressing(band, self.band) or not urgent_rules <= self.urgent_rules


def open_alerts(store: Store, *, as_of_date: date, days: int) -> dict[str, OpenAlert]:
    """Return the unanswered alerts of the ``days`` before ``as_of_date``, latest per household.

    Only lists of earlier dates and answers recorded before ``as_of_date`` count, so that a past night
    can be drawn up again.
    """
    answered = select(OUTCOMES.c.alert_id).where(
        OUTCOMES.c.state == OutcomeState.ACCEPTED, OUTCOMES.c.recorded_on < as_of_date
    )
    query = (
        select(ALERTS)
        .join(
            PUBLICATIONS,
            (PUBLICATIONS.c.as_of_date == ALERTS.c.as_of_date)
            & (PUBLICATIONS.c.publish_seq == ALERTS.c.publish_seq),
        )
        .where(
            PUBLICATIONS.c.is_current,
            ALERTS.c.as_of_date < as_of_date,
            ALERTS.c.as_of_date >= as_of_date - timedelta(days=days),
            ALERTS.c.alert_id.not_in(answered),
        )
        .order_by(ALERTS.c.as_of_date)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return {
        row.household_id: OpenAlert(
            household_id=row.household_id,
            as_of_date=row.as_of_date,
            band=row.band,
            urgent_rules=frozenset(filter(None, row.urgent_rules.split(SEPARATOR))),
        )
        for row in rows
    }


def suppressions(
    candidates: pd.DataFrame,
    *,
    policy: ListPolicy,
    visits: pd.DataFrame,
    waiting: Mapping[str, OpenAlert],
    as_of_date: date,
) -> list[str]:
    """Return per candidate why it is left in peace; an empty string if it is not.

    Args:
        candidates: ``household_id, band, urgent, covered`` (covered: boolean, null for unknown).
        policy: the list policy in force.
        visits: ``household_id, visited_on, finding``.
        waiting: open alerts by household.
        as_of_date: the night.
    """
    rules = policy.suppression
    lately = _visited_since(visits, as_of_date - timedelta(days=rules.visited_days), reached=True)
    tried = _visited_since(visits, as_of_date - timedelta(days=rules.unreached_days), reached=False)
    reasons: list[str] = []
    for household, band, urgent, covered in zip(
        candidates["household_id"],
        candidates["band"],
        candidates["urgent"],
        candidates["covered"].fillna(False).astype(bool),
        strict=True,
    ):
        kind = "urgent" if urgent else "ranked"
        alert = waiting.get(household)
        fired = frozenset(filter(None, urgent.split(SEPARATOR)))
        if covered and kind not in rules.covered_spares:
            reasons.append(Why.ALREADY_COVERED.value)
        elif household in lately and kind not in rules.visited_spares:
            reasons.append(Why.VISITED_LATELY.value)
        elif household in tried and kind not in rules.visited_spares:
            reasons.append(Why.TRIED_LATELY.value)
        elif alert is not None and not alert.worsened(band=band, urgent_rules=fired, policy=policy):
            reasons.append(Why.OPEN_ALERT.value)
        else:
            reasons.append("")
    return reasons


def _visited_since(visits: pd.DataFrame, first: date, *, reached: bool) -> frozenset[str]:
    unreached = visits["finding"].isin(UNREACHED)
    recent = visits["visited_on"] >= first
    return frozenset(visits.loc[recent & (~unreached if reached else unreached), "household_id"])
