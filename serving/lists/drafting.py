"""Draw up the lists of one date in a folder of their own: features, scores, reasons, documents.

The night and the replay both do exactly this; neither publishing nor sending is known here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from serving.access.fields import households_without_child
from serving.canonical import Json
from serving.cases.escalating import escalation_of, overdue, was_repeated_enough
from serving.cases.opening import Escalation
from serving.cases.standing import Standing
from serving.delivery.files.folder import write_folder
from serving.explaining.entitlements import beside, counts, lines_of, unclaimed_of
from serving.failpoints import failpoint
from serving.folders import sha256_of
from serving.lists.candidates import candidates
from serving.lists.documents import ListDocument, draw_up, header_of_night
from serving.lists.inputs import Inputs
from serving.lists.list_policy import ListPolicy, PolicyError
from serving.lists.placement import LISTING, Decided, place, with_escalations
from serving.lists.ranking import Shortlist, Why, shortlist
from serving.refusals import ExitCode, Refusal
from serving.upstream.protocol import Alarm, Explanation, Progress, Surroundings, Upstream
from serving.upstream.surroundings_kept import keep_surroundings


@dataclass(kw_only=True)
class Draft:
    """One drawing-up. ``folder`` is its own and empty; ``matrix`` is where the features go."""

    as_of_date: date
    folder: Path
    matrix: Path
    upstream: Upstream
    policy: ListPolicy
    inputs: Inputs
    standing: Standing
    progress: Progress
    households: int = 0
    surroundings: Surroundings | None = None
    shortlist: Shortlist | None = None
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
    documents: tuple[ListDocument, ...] = ()
    decided: tuple[Decided, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    overdue: tuple[Escalation, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    manifest_sha256: str = ""

    @property
    def out(self) -> Path:
        """The folder that will be published."""
        return self.folder / "lists"

    @property
    def entitlements(self) -> Path:
        """Where the answers to the rules go, beside the matrix."""
        return beside(self.matrix)

    @property
    def candidates(self) -> Path:
        """Where everybody's score, band and suppression go, for looking into afterwards."""
        return self.folder / "candidates.parquet"


def build_features(draft: Draft) -> str:
    """Write the feature matrix."""
    draft.households = draft.upstream.build(
        as_of_date=draft.as_of_date, out=draft.matrix, progress=draft.progress
    )
    failpoint("features.built")
    if draft.households == 0:
        raise Refusal(
            ExitCode.NOBODY_TO_SCORE,
            found=f"not one household is known on {draft.as_of_date}.",
            to_do="Check that the residents feed was delivered and covers this date.",
        )
    return f"{draft.households} households"


def answer_rules(draft: Draft) -> str:
    """Ask every rule of every household."""
    draft.upstream.answer_rules(
        as_of_date=draft.as_of_date, matrix=draft.matrix, out=draft.entitlements
    )
    failpoint("rules.answered")
    found = counts(draft.entitlements)
    return (
        f"{found['unclaimed']} seem to be due what they do not hold, {found['approached']} near a line,"
        f" {found['undecided']} not decidable"
    )


def score(draft: Draft) -> str:
    """Score everybody, decide who is left in peace, and cut to a shortlist."""
    scores = draft.upstream.score(
        champion=draft.inputs.champion, matrix=draft.matrix, progress=draft.progress
    )
    failpoint("score.scored")
    draft.surroundings = draft.upstream.surroundings(as_of_date=draft.as_of_date)
    _check_roles(draft.surroundings, draft.policy)
    keep_surroundings(draft.surroundings, matrix=draft.matrix)
    matrix = pd.read_parquet(draft.matrix)
    draft.alarms = _alarms(draft)
    draft.overdue = tuple(
        overdue(
            draft.standing.cases.values(),
            as_of_date=draft.as_of_date,
            ready_hour=draft.policy.ready_hour,
        )
    )
    everybody = candidates(
        matrix,
        scores,
        features=[name for name in draft.upstream.groups if name in matrix.columns],
        covered_by=draft.upstream.covered_by,
        visits=draft.surroundings.visits,
        standing=draft.standing,
        moving_up=frozenset(one.household_id for one in draft.overdue),
        unclaimed=unclaimed_of(draft.entitlements) if draft.policy.sweeps else {},
        alarms=draft.alarms,
        policy=draft.policy,
        as_of_date=draft.as_of_date,
    )
    draft.shortlist = shortlist(
        everybody, draft.surroundings, policy=draft.policy, as_of_date=draft.as_of_date
    )
    draft.folder.mkdir(parents=True, exist_ok=True)
    everybody.to_parquet(draft.candidates, index=False)
    failpoint("score.written")
    urgent = int((everybody["urgent"] != "").sum())
    return (
        f"{len(everybody)} scored, {urgent} urgent, {len(draft.shortlist.cases)} on the shortlist"
    )


def reasons(draft: Draft) -> str:
    """Explain the shortlist."""
    households = _shortlisted(draft).cases["household_id"].tolist()
    draft.explanations = draft.upstream.explain(
        champion=draft.inputs.champion,
        matrix=draft.matrix,
        households=households,
        as_of_date=draft.as_of_date,
        progress=draft.progress,
    )
    failpoint("reasons.explained")
    unexplained = [household for household in households if household not in draft.explanations]
    if unexplained:
        raise Refusal(
            ExitCode.MODEL_NOT_REPRODUCED,
            found=f"{len(unexplained)} of {len(households)} shortlisted households came back without"
            f" reasons, among them {unexplained[0]}.",
            to_do="Nobody is sent to a door without a reason: report this with the model's SHA-256.",
        )
    failpoint("reasons.written")
    return f"{len(households)} households explained"


def lists(draft: Draft) -> str:
    """Give the cases to roles, draw up every list, and write them with a manifest."""
    _draw_up(draft)
    failpoint("lists.drawn")
    draft.manifest_sha256 = write_folder(
        draft.out,
        draft.documents,
        night=_night_header(draft),
        policy=draft.policy,
        about={
            "as_of_date": draft.as_of_date.isoformat(),
            "counts": _counts(draft),
            "inputs": draft.inputs.content,
            "inputs_sha256": draft.inputs.sha256,
            "kept": {"entitlements": sha256_of(draft.entitlements)},
        },
        as_of_date=draft.as_of_date,
        progress=draft.progress,
    )
    listed = sum(len(document.entries) for document in draft.documents)
    return f"{listed} households on {len(draft.documents)} lists"


def _draw_up(draft: Draft) -> None:
    chosen, surroundings = _shortlisted(draft), _known(draft.surroundings)
    addresses = _addresses(surroundings, chosen)
    slates, decided = place(
        chosen,
        draft.explanations,
        surroundings,
        addresses=addresses,
        visitors=draft.standing.visitors,
        policy=draft.policy,
    )
    draft.escalations = (*draft.overdue, *_repeated(draft, decided))
    draft.decided = with_escalations(decided, draft.escalations)
    night = _night_header(draft)
    listed = {item.case.household_id for slate in slates for item in slate.placed}
    rule_lines = lines_of(draft.entitlements, listed, as_of_date=draft.as_of_date)
    without_child = households_without_child(draft.matrix, among=listed)
    draft.documents = tuple(
        draw_up(
            grid=surroundings.grids[slate.grid_id],
            role=slate.role,
            worker_id=slate.worker_id,
            placed=slate.placed,
            capacity=slate.capacity,
            considered=chosen.considered.get(slate.grid_id, 0),
            addresses=addresses,
            rule_lines=rule_lines,
            alarms=draft.alarms,
            without_child=without_child,
            night=night,
            policy=draft.policy,
            as_of_date=draft.as_of_date,
        )
        for slate in slates
    )


def _alarms(draft: Draft) -> tuple[Alarm, ...]:
    """Return the safety triggers that fire, of those the policy sends somebody for."""
    if not draft.policy.safety:
        return ()
    fired = draft.upstream.alarms(matrix=draft.matrix, as_of_date=draft.as_of_date)
    return tuple(alarm for alarm in fired if alarm.trigger_id in draft.policy.safety)


def _repeated(draft: Draft, decided: Sequence[Decided]) -> list[Escalation]:
    """Return the cases that move up because they were listed often enough without help."""
    up = {one.household_id for one in draft.overdue}
    listed = {item.household_id for item in decided if item.decision in LISTING}
    enough = {item.household_id for item in decided if item.why is Why.REPEATED_WITHOUT_HELP}
    found = []
    for household in sorted((listed | enough) - up):
        case = draft.standing.cases.get(household)
        if case is not None and was_repeated_enough(case):
            found.append(escalation_of(case, reason=Why.REPEATED_WITHOUT_HELP.value))
    return found


def _addresses(surroundings: Surroundings, chosen: Shortlist) -> dict[str, str]:
    """Return the address of each shortlisted household; the first by id where it has several."""
    known = surroundings.addresses
    wanted = known[known["household_id"].isin(chosen.cases["household_id"])]
    first = wanted.groupby("household_id")["address_id"].min()
    return {str(household): str(address) for household, address in first.items()}


def _night_header(draft: Draft) -> dict[str, Json]:
    return header_of_night(
        as_of_date=draft.as_of_date, feeds=draft.inputs.feeds, policy=draft.policy
    )


def _counts(draft: Draft) -> dict[str, Json]:
    """Households by decision and reason, and lists by role."""
    counted: dict[str, Json] = {"households": draft.households, "lists": len(draft.documents)}
    for (decision, why), count in sorted(
        Counter((item.decision.value, item.why.value) for item in draft.decided).items()
    ):
        counted[f"{decision}: {why}"] = count
    return counted


def _check_roles(surroundings: Surroundings, policy: ListPolicy) -> None:
    known = {rule.role for rule in policy.roles}
    strangers = sorted({role for _, role in surroundings.capacity} - known)
    if strangers:
        raise PolicyError(
            f"list policy: feed staff_capacity has roles {strangers}, the role table only {sorted(known)}."
        )


def _shortlisted(draft: Draft) -> Shortlist:
    if draft.shortlist is None:
        raise RuntimeError("the shortlist is drawn in the step before: run the steps in order")
    return draft.shortlist


def _known(surroundings: Surroundings | None) -> Surroundings:
    if surroundings is None:
        raise RuntimeError("the surroundings are read when scoring: run the steps in order")
    return surroundings
