"""Draw up the lists of one date in a folder of their own: features, scores, reasons, documents.

The night and the replay both do exactly this; neither publishing nor sending is known here.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol, cast

import pandas as pd

from serving.assignment import Case, assign
from serving.exports import canonical_json, index_page, to_csv, to_html, to_json, to_xlsx
from serving.failpoints import failpoint
from serving.folders import name_of, sha256_of, write
from serving.inputs import Inputs
from serving.list_policy import ListPolicy, PolicyError
from serving.lists import Json, ListDocument, draw_up, header_of_night
from serving.ranking import SEPARATOR, Decision, Shortlist, Why, shortlist, urgent_rules
from serving.refusals import ExitCode, Refusal
from serving.suppression import OpenAlert, suppressions
from serving.upstream import Explanation, Progress, Surroundings, Upstream

MANIFEST = "manifest.json"
POLICY = "list_policy.json"
_SUPPRESSED = frozenset({Why.ALREADY_COVERED, Why.VISITED_LATELY, Why.TRIED_LATELY, Why.OPEN_ALERT})


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What was decided about one household, and why."""

    household_id: str
    grid_id: str
    decision: Decision
    why: Why
    band: str
    urgent: str
    propensity: float | None


@dataclass(kw_only=True)
class Draft:
    """One drawing-up. ``folder`` is its own and empty; ``matrix`` is where the features go."""

    as_of_date: date
    folder: Path
    matrix: Path
    upstream: Upstream
    policy: ListPolicy
    inputs: Inputs
    waiting: Mapping[str, OpenAlert]
    progress: Progress
    households: int = 0
    surroundings: Surroundings | None = None
    shortlist: Shortlist | None = None
    explanations: Mapping[str, Explanation] = field(default_factory=dict)
    documents: tuple[ListDocument, ...] = ()
    decided: tuple[Decided, ...] = ()
    manifest_sha256: str = ""

    @property
    def out(self) -> Path:
        """The folder that will be published."""
        return self.folder / "lists"

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


def score(draft: Draft) -> str:
    """Score everybody, decide who is left in peace, and cut to a shortlist."""
    scores = draft.upstream.score(
        champion=draft.inputs.champion, matrix=draft.matrix, progress=draft.progress
    )
    failpoint("score.scored")
    _check_scores(scores, households=draft.households)
    draft.surroundings = draft.upstream.surroundings(as_of_date=draft.as_of_date)
    _check_roles(draft.surroundings, draft.policy)
    candidates = _candidates(draft, scores)
    draft.shortlist = shortlist(
        candidates, draft.surroundings, policy=draft.policy, as_of_date=draft.as_of_date
    )
    draft.folder.mkdir(parents=True, exist_ok=True)
    candidates.to_parquet(draft.candidates, index=False)
    failpoint("score.written")
    urgent = int((candidates["urgent"] != "").sum())
    return (
        f"{len(candidates)} scored, {urgent} urgent, {len(draft.shortlist.cases)} on the shortlist"
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
    _assign_and_draw_up(draft)
    failpoint("lists.drawn")
    night = _night_header(draft)
    files: dict[str, str] = {}
    stems: list[tuple[str, ListDocument]] = []
    for number, document in enumerate(draft.documents):
        if number == len(draft.documents) // 2:
            failpoint("lists.half_written")
        stem = f"{name_of(document.grid.grid_id)}/{name_of(document.role)}"
        stems.append((stem, document))
        rendered = {
            "json": to_json(document),
            "csv": to_csv(document),
            "xlsx": to_xlsx(document, as_of_date=draft.as_of_date),
            "html": to_html(document, policy=draft.policy),
        }
        for suffix, content in rendered.items():
            files[f"{stem}.{suffix}"] = write(draft.out / f"{stem}.{suffix}", content)
        draft.progress(f"lists {number + 1}/{len(draft.documents)}")
    files["index.html"] = write(draft.out / "index.html", index_page(night=night, documents=stems))
    files[POLICY] = write(draft.out / POLICY, draft.policy.model_dump_json().encode())
    failpoint("lists.files_written")
    manifest: dict[str, Json] = {
        "as_of_date": draft.as_of_date.isoformat(),
        "counts": _counts(draft),
        "files": dict(sorted(files.items())),
        "inputs": draft.inputs.content,
        "inputs_sha256": draft.inputs.sha256,
    }
    draft.manifest_sha256 = write(draft.out / MANIFEST, canonical_json(manifest))
    failpoint("lists.manifest_written")
    listed = sum(len(document.entries) for document in draft.documents)
    return f"{listed} households on {len(draft.documents)} lists"


def damaged_files(folder: Path, *, manifest_sha256: str) -> list[str]:
    """Return the files of a published folder that are not as published; empty if all are."""
    try:
        manifest = (folder / MANIFEST).read_bytes()
    except OSError:
        return [MANIFEST]
    if hashlib.sha256(manifest).hexdigest() != manifest_sha256:
        return [MANIFEST]
    expected: dict[str, str] = json.loads(manifest)["files"]
    return [name for name, digest in expected.items() if sha256_of(folder / name) != digest]


def _candidates(draft: Draft, scores: pd.DataFrame) -> pd.DataFrame:
    matrix = pd.read_parquet(draft.matrix)
    if set(matrix["household_id"]) != set(scores["household_id"]):
        raise Refusal(
            ExitCode.MODEL_NOT_REPRODUCED,
            found="the model did not score exactly the households of the feature matrix.",
            to_do="Report this with the model's SHA-256; nothing was published.",
        )
    urgent, hours = urgent_rules(matrix, policy=draft.policy, as_of_date=draft.as_of_date)
    names = [name for name in draft.upstream.groups if name in matrix.columns]
    covered_by = draft.upstream.covered_by
    surroundings = _known(draft.surroundings)
    candidates = pd.DataFrame(
        {
            "household_id": matrix["household_id"].astype("object"),
            "grid_id": matrix["area_id"].astype("object").fillna(""),
            "urgent": urgent,
            "urgent_hours": hours,
            "unknown_share": matrix[names].isna().mean(axis=1).astype("float64"),
            "covered": matrix[covered_by] if covered_by else pd.Series(False, index=matrix.index),
        }
    ).merge(scores, on="household_id", validate="one_to_one")
    return candidates.assign(
        suppressed=suppressions(
            candidates,
            policy=draft.policy,
            visits=surroundings.visits,
            waiting=draft.waiting,
            as_of_date=draft.as_of_date,
        )
    )


def _assign_and_draw_up(draft: Draft) -> None:
    chosen, surroundings = _shortlisted(draft), _known(draft.surroundings)
    wanted = surroundings.addresses[
        surroundings.addresses["household_id"].isin(chosen.cases["household_id"])
    ].sort_values(["household_id", "address_id"])
    addresses = dict(zip(wanted["household_id"][::-1], wanted["address_id"][::-1], strict=True))
    night = _night_header(draft)
    by_grid: dict[str, list[Case]] = {}
    for row in _rows(chosen.cases):
        by_grid.setdefault(str(row.grid_id), []).append(_case(row, draft.explanations))
    documents: list[ListDocument] = []
    decided = [_without_case(row) for row in _rows(chosen.decided)]
    for grid_id in sorted({grid for grid, _ in surroundings.capacity}):
        if grid_id not in surroundings.grids:
            continue
        capacity = {r: n for (g, r), n in sorted(surroundings.capacity.items()) if g == grid_id}
        assignment = assign(
            by_grid.get(grid_id, []),
            capacity=capacity,
            uncertain_slots=chosen.uncertain_slots.get(grid_id, 0),
            policy=draft.policy,
        )
        for item in assignment.placed:
            decided.append(_about(item.case, grid_id, item.decision, item.why))
        for case in assignment.left_over:
            decided.append(_about(case, grid_id, Decision.TRUNCATED, Why.NO_PLACE_LEFT))
        documents.extend(
            draw_up(
                grid=surroundings.grids[grid_id],
                role=role,
                placed=[item for item in assignment.placed if item.role == role],
                capacity=places,
                considered=chosen.considered.get(grid_id, 0),
                addresses=addresses,
                night=night,
                policy=draft.policy,
                as_of_date=draft.as_of_date,
            )
            for role, places in capacity.items()
            if places > 0
        )
    draft.documents = tuple(documents)
    draft.decided = tuple(sorted(decided, key=lambda decision: decision.household_id))


class _Row(Protocol):
    """A row of the shortlist, as ``itertuples`` gives it."""

    household_id: str
    grid_id: str
    band: str
    urgent: str
    urgent_hours: int
    unknown_share: float
    propensity: float
    reason: str


def _rows(frame: pd.DataFrame) -> Iterator[_Row]:
    return cast("Iterator[_Row]", frame.itertuples(index=False))


def _case(row: _Row, explanations: Mapping[str, Explanation]) -> Case:
    return Case(
        household_id=row.household_id,
        band=row.band,
        urgent=tuple(filter(None, row.urgent.split(SEPARATOR))),
        urgent_hours=int(row.urgent_hours),
        unknown_share=float(row.unknown_share),
        propensity=None if pd.isna(row.propensity) else float(row.propensity),
        explanation=explanations[row.household_id],
    )


def _about(case: Case, grid_id: str, decision: Decision, why: Why) -> Decided:
    return Decided(
        household_id=case.household_id,
        grid_id=grid_id,
        decision=decision,
        why=why,
        band=case.band,
        urgent=SEPARATOR.join(case.urgent),
        propensity=case.propensity,
    )


def _without_case(row: _Row) -> Decided:
    why = Why(row.reason)
    return Decided(
        household_id=row.household_id,
        grid_id=row.grid_id,
        decision=Decision.SUPPRESSED if why in _SUPPRESSED else Decision.TRUNCATED,
        why=why,
        band=row.band,
        urgent=row.urgent,
        propensity=None,
    )


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


def _check_scores(scores: pd.DataFrame, *, households: int) -> None:
    """Refuse scores that cannot be meant: missing, no probability, or the same for everybody."""
    values, probabilities = scores["score"], scores["probability"]
    unscored = int((values.isna() | probabilities.isna()).sum())
    wrong = None
    if unscored:
        wrong = f"{unscored} of {households} households have no score"
    elif not probabilities.between(0, 1).all():
        wrong = "some probabilities are outside 0 to 1"
    elif len(values) > 1 and values.nunique() == 1:
        wrong = f"all {households} households have the same score"
    if wrong:
        raise Refusal(
            ExitCode.MODEL_NOT_REPRODUCED,
            found=f"the champion's scores cannot be used: {wrong}.",
            to_do="Train and promote another with `zhaoren-lab train --promote` and report this one.",
        )


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
