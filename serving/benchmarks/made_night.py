"""A night of a made-up district, drawn up as far as publishing needs it: no feature, no model, nobody real."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from serving.access.fields import CHILDREN
from serving.canonical import canonical_json
from serving.cases.standing import Standing
from serving.lists.assignment import Case, Placed
from serving.lists.documents import draw_up, header_of_night
from serving.lists.drafting import Draft
from serving.lists.inputs import Inputs
from serving.lists.list_policy import ListPolicy
from serving.lists.placement import Decided
from serving.lists.ranking import Decision, Why
from serving.upstream.protocol import Explanation, FeedState, Grid, Reason, Surroundings, Upstream

ROLE = "grid_worker"
GRIDS_PER_COMMUNITY, COMMUNITIES_PER_STREET = 10, 15


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large the night is. Beside the alerts, ``passed_over`` households have a decision each; in
    ``unscored`` grids there are some that are never scored."""

    households: int = 1_000_000
    grids: int = 3_000
    alerts: int = 15_000
    passed_over: int = 85_000
    unscored: int = 3_000


def made_night(folder: Path, size: Size, policy: ListPolicy, *, as_of_date: date) -> Draft:
    """Return a draft of ``size`` as the lists step leaves it, with its matrix and a folder to rename."""
    grids = [_grid(number) for number in range(size.grids)]
    matrix = folder / "matrix.parquet"
    folder.mkdir(parents=True)
    _write_matrix(matrix, size.households)
    inputs = Inputs(
        deliveries={},
        feeds=(FeedState(feed="residents", department="公安", last_received_at=None, late=False),),
        champion="c" * 64,
        policy="p" * 64,
        rules="r" * 64,
        safety="s" * 64,
        standing="0" * 64,
        calendar="",
        engine="",
    )
    draft = Draft(
        as_of_date=as_of_date,
        folder=folder,
        matrix=matrix,
        # Publishing asks nothing of it.
        upstream=cast(Upstream, None),
        policy=policy,
        inputs=inputs,
        standing=Standing(),
        progress=lambda _line: None,
        households=size.households,
        manifest_sha256="m" * 64,
    )
    draft.surroundings = Surroundings(
        grids={grid.grid_id: grid for grid in grids},
        capacity={},
        addresses=pa.table({}).to_pandas(),
        visits=pa.table({}).to_pandas(),
        never_scored={
            (grid.grid_id, "unregistered_dwelling"): 5 for grid in grids[: size.unscored]
        },
    )
    _draw_up(draft, grids, size)
    draft.out.mkdir(parents=True)
    (draft.out / "manifest.json").write_bytes(canonical_json({"made_up": True}))
    return draft


def _draw_up(draft: Draft, grids: list[Grid], size: Size) -> None:
    night = header_of_night(
        as_of_date=draft.as_of_date, feeds=draft.inputs.feeds, policy=draft.policy
    )
    per_grid = size.alerts // size.grids
    documents, decided = [], []
    for number, grid in enumerate(grids):
        placed = [
            Placed(
                case=_case(number * per_grid + place, draft),
                role=ROLE,
                lane="ranked",
                decision=Decision.ALERTED,
                why=Why.RANKED,
            )
            for place in range(per_grid)
        ]
        decided += [_decided(one.case, grid, one.decision, one.why) for one in placed]
        documents.append(
            draw_up(
                grid=grid,
                role=ROLE,
                placed=placed,
                capacity=per_grid,
                considered=size.households // size.grids,
                addresses={},
                rule_lines={},
                night=night,
                policy=draft.policy,
                as_of_date=draft.as_of_date,
            )
        )
    for extra in range(size.passed_over):
        case = _case(size.alerts + extra, draft)
        grid = grids[extra % size.grids]
        decided.append(_decided(case, grid, Decision.TRUNCATED, Why.NO_PLACE_LEFT))
    draft.documents, draft.decided = tuple(documents), tuple(decided)


def _grid(number: int) -> Grid:
    community = number // GRIDS_PER_COMMUNITY
    street = community // COMMUNITIES_PER_STREET
    return Grid(
        grid_id=f"g{number:05}",
        grid_name=f"第{number}网格",
        community_id=f"c{community:04}",
        community_name=f"第{community}社区",
        street_id=f"s{street:03}",
        street_name=f"第{street}街道",
        district_id="d1",
    )


def _name(number: int) -> str:
    """Return a household's pseudonym: as long as a real one."""
    return f"{number:064x}"


def _case(number: int, draft: Draft) -> Case:
    reasons = tuple(
        Reason(
            text="近一年水电气热欠费三个月以上",
            feature=f"feature_{place}",
            group=group,
            dated=draft.as_of_date,
            is_event=False,
        )
        for place, group in enumerate(("utilities", "medical_burden", "employment"))
    )
    return Case(
        household_id=_name(number),
        band=draft.policy.bands[number % len(draft.policy.bands)].code,
        urgent=(),
        urgent_hours=0,
        unknown_share=0.0,
        propensity=0.05 if number % 20 == 0 else None,
        explanation=Explanation(reasons=reasons, uncertainty="近期收入不明"),
    )


def _decided(case: Case, grid: Grid, decision: Decision, why: Why) -> Decided:
    return Decided(
        household_id=case.household_id,
        grid_id=grid.grid_id,
        decision=decision,
        why=why,
        band=case.band,
        urgent="",
        propensity=case.propensity,
    )


def _write_matrix(file: Path, households: int) -> None:
    names = pa.array([_name(number) for number in range(households)])
    children = pa.array(np.arange(households) % 3)
    pq.write_table(pa.table({"household_id": names, CHILDREN: children}), file)
