"""Who is left in peace tonight, and why: objected, covered, seen lately, or with a case that is open."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from serving.cases.escalating import was_repeated_enough
from serving.cases.lifecycle import Case
from serving.cases.standing import Standing
from serving.lists.list_policy import ListPolicy
from serving.lists.policy_parts import Kind
from serving.lists.ranking import SEPARATOR, Why
from serving.store.tables.cases import CaseState, Level

UNREACHED = frozenset({"refused", "not_found", "unsafe"})


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What speaks for listing a household tonight: its band, and which lanes it would belong into."""

    household_id: str
    band: str
    urgent: frozenset[str]
    sweep: str
    task: str
    is_covered: bool


def has_worsened(case: Case, *, band: str, urgent: frozenset[str], policy: ListPolicy) -> bool:
    """Whether there is a reason to ask again: a higher band, or an urgent rule that is new."""
    before = frozenset(filter(None, case.urgent_rules.split(SEPARATOR)))
    return policy.more_pressing(band, case.band) or not urgent <= before


def suppressions(
    candidates: pd.DataFrame,
    *,
    policy: ListPolicy,
    visits: pd.DataFrame,
    standing: Standing,
    moving_up: frozenset[str],
    as_of_date: date,
) -> pd.DataFrame:
    """Return per candidate ``suppressed`` (why it is left in peace, else empty) and ``only``.

    ``only`` names the one lane a household may still be listed in: a covered family is not looked for
    again, and its regular visit is due all the same.

    Args:
        candidates: ``household_id, band, urgent, covered, sweep, task`` (covered: boolean, null for
            unknown; the others empty strings where they do not apply).
        policy: the list policy in force.
        visits: ``household_id, visited_on, finding``.
        standing: open cases and objections.
        moving_up: households whose open case is overdue and goes to the level above tonight.
        as_of_date: the night.
    """
    rules = policy.suppression
    peace = _Peace(
        policy=policy,
        lately=_visited_since(
            visits, as_of_date - timedelta(days=rules.visited_days), reached=True
        ),
        tried=_visited_since(
            visits, as_of_date - timedelta(days=rules.unreached_days), reached=False
        ),
        standing=standing,
        moving_up=moving_up,
        as_of_date=as_of_date,
    )
    found = [
        peace.verdict(
            Claim(
                household_id=household,
                band=band,
                urgent=frozenset(filter(None, urgent.split(SEPARATOR))),
                sweep=sweep,
                task=task,
                is_covered=covered,
            )
        )
        for household, band, urgent, sweep, task, covered in zip(
            candidates["household_id"],
            candidates["band"],
            candidates["urgent"],
            candidates["sweep"],
            candidates["task"],
            candidates["covered"].fillna(False).astype(bool),
            strict=True,
        )
    ]
    return pd.DataFrame(
        found, columns=["suppressed", "only"], index=candidates.index, dtype="object"
    )


@dataclass(frozen=True, kw_only=True)
class _Peace:
    """Everything that leaves households in peace on one night."""

    policy: ListPolicy
    lately: frozenset[str]
    tried: frozenset[str]
    standing: Standing
    moving_up: frozenset[str]
    as_of_date: date

    def verdict(self, claim: Claim) -> tuple[str, str]:
        """Return why the household is left in peace, and the one lane it may still be listed in."""
        reason = self._reason(claim, "urgent" if claim.urgent else "ranked")
        if reason is None:
            return "", ""
        if claim.sweep and self._reason(claim, "sweep") is None:
            return "", "sweep"
        if claim.task and self._reason(claim, "cadence") is None:
            return "", "cadence"
        return reason.value, ""

    def _reason(self, claim: Claim, kind: Kind) -> Why | None:
        rules, household = self.policy.suppression, claim.household_id
        if household in self.standing.objecting and kind not in rules.objected_spares:
            return Why.OBJECTED
        if claim.is_covered and kind not in rules.covered_spares:
            return Why.ALREADY_COVERED
        if household in self.lately and kind not in rules.visited_spares:
            return Why.VISITED_LATELY
        if household in self.tried and kind not in rules.visited_spares:
            return Why.TRIED_LATELY
        case = self.standing.cases.get(household)
        return None if case is None else self._of_case(claim, case)

    def _of_case(self, claim: Claim, case: Case) -> Why | None:
        """Return why an open case speaks against listing again; None if facts worsened or time has passed."""
        if has_worsened(case, band=claim.band, urgent=claim.urgent, policy=self.policy):
            return None
        if claim.household_id in self.moving_up:
            return Why.OVERDUE
        if case.state is CaseState.SEARCHING:
            return Why.SEARCHING
        rules = self.policy.suppression
        is_answered = case.answered_on is not None and case.answered_on >= case.listed_on
        since = case.answered_on if is_answered and case.answered_on else case.listed_on
        days = rules.unreached_days if is_answered else rules.open_alert_days
        if since >= self.as_of_date - timedelta(days=days):
            return Why.OPEN_CASE
        if was_repeated_enough(case):
            return Why.REPEATED_WITHOUT_HELP
        return None if case.level is Level.GRID else Why.HELD_ABOVE


def _visited_since(visits: pd.DataFrame, first: date, *, reached: bool) -> frozenset[str]:
    unreached = visits["finding"].isin(UNREACHED)
    recent = visits["visited_on"] >= first
    return frozenset(visits.loc[recent & (~unreached if reached else unreached), "household_id"])
