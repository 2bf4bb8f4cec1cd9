"""The corpus of bad files: no crash, no row lost, no bad row loaded, no personal cell in a message.

All cases lie in one home and pass the gate together, so they cost one pass; each has facts of its own and
there is no history that one case could make for another.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.dataset as ds
import pytest

from data_contracts.catalogue import Kind
from data_contracts.gate import pass_gate
from data_contracts.judgement import Judgement, Verdict
from data_contracts.lake import Lake
from tests.data_contracts.bad_files import (
    cells_dates,
    cells_numbers,
    cells_text,
    csv_structure,
    drift,
    encodings,
    json_line_files,
    manifests,
    parquet_columns,
    workbook_files,
)
from tests.data_contracts.bad_files.case import (
    BAD,
    CANARY,
    Case,
    LeftAlone,
    Loaded,
    Quarantined,
    Refused,
)
from tests.data_contracts.landing import CONTRACTS, TONIGHT, quarantined

_GROUPS = (
    cells_numbers,
    cells_dates,
    cells_text,
    encodings,
    csv_structure,
    workbook_files,
    parquet_columns,
    json_line_files,
    manifests,
    drift,
)
CASES: list[Case] = [case for group in _GROUPS for case in group.CASES]
_LOADED = (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_QUARANTINE, Verdict.DEGRADED)


@dataclass(frozen=True)
class Night:
    """One pass over the whole corpus: home, judgements by file name, printed lines, facts by feed and file."""

    home: Path
    judged: dict[tuple[str, str], Judgement]
    lines: list[str]
    facts: dict[str, dict[str, pd.DataFrame]]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    home = tmp_path_factory.mktemp("bureau")
    for case in CASES:
        case.land(home / "landing")
    lines: list[str] = []
    judgements = pass_gate(home, CONTRACTS, before=TONIGHT, progress=lines.append, keyring=None)
    loaded = {}
    for feed in ("utility_bills", "grid_tree"):
        rows = ds.dataset(Lake(home).paths(feed, Kind.FACTS)).to_table().to_pandas()
        loaded[feed] = {str(key): group for key, group in rows.groupby("delivery_id")}
    return Night(home, {(one.feed, one.name): one for one in judgements}, lines, loaded)


def test_there_are_hundreds_of_cases_with_names_of_their_own() -> None:
    twice = [name for name, count in Counter(case.name for case in CASES).items() if count > 1]
    assert not twice
    assert len(CASES) >= 200


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_file(case: Case, night: Night) -> None:
    name = case.file_name or f"{case.name}.{case.suffix}"
    judgement = night.judged[case.feed, name]
    told = str(judgement)
    rows = night.facts[case.feed].get(judgement.delivery_id, pd.DataFrame())

    _require_conserved(judgement, case)
    _require_discreet(told, case)
    assert len(rows) == judgement.accepted
    match case.must:
        case Refused(because=because):
            assert judgement.verdict is Verdict.REFUSED, told
            assert because in told
            assert "send" in told
            assert rows.empty
        case LeftAlone(because=because):
            assert judgement.verdict is Verdict.WAITING, told
            assert because in told
        case Quarantined(check=check, rows=bad):
            _require_quarantined(night, judgement, check, bad)
            assert judgement.accepted == case.rows - len(bad)
        case Loaded(cells=cells, told=words, repeats=repeats):
            assert judgement.verdict is Verdict.ACCEPTED, told
            assert (judgement.accepted, judgement.exact_duplicates) == (
                case.rows - repeats,
                repeats,
            )
            assert words in told
            assert words or not judgement.reasons
            _require_cells(rows, cells)


def _require_conserved(judgement: Judgement, case: Case) -> None:
    if judgement.verdict is not Verdict.WAITING:
        out = judgement.accepted + judgement.quarantined + judgement.exact_duplicates
        assert judgement.rows_in == out + judgement.refused == case.manifest.get("rows", case.rows)


def _require_discreet(told: str, case: Case) -> None:
    reasons = told.replace(case.name, "")
    assert CANARY not in reasons
    assert "\n" not in reasons
    assert len(reasons) < 3000
    assert not [cell for cell in case.secret if len(cell) > 4 and cell in reasons]


def _require_quarantined(
    night: Night, judgement: Judgement, check: str, bad: tuple[int, ...]
) -> None:
    assert judgement.verdict is Verdict.ACCEPTED_WITH_QUARANTINE, str(judgement)
    assert f"check {check}" in str(judgement)
    kept = quarantined(night.home, judgement)
    assert kept["source_row"].tolist() == list(bad)
    assert all(check in ids for ids in kept["check_id"])


def _require_cells(rows: pd.DataFrame, cells: object) -> None:
    assert isinstance(cells, dict)
    id_column = "bill_id" if "bill_id" in rows else "grid_version_id"
    for column, value in cells.items():
        spoilt = (
            rows[column]
            if column == id_column
            else rows.loc[rows[id_column].str.endswith(f"-{BAD}"), column]
        )
        stored = [cell.date() if isinstance(cell, pd.Timestamp) else cell for cell in spoilt]
        if value is None:
            assert spoilt.isna().all()
        else:
            assert value in stored


def test_every_line_on_the_operators_screen_is_one_line(night: Night) -> None:
    assert len(night.lines) == len(night.judged)
    assert not [line for line in night.lines if not line.isprintable()]


def test_nothing_was_written_outside_the_home(night: Night) -> None:
    assert not list(night.home.parent.rglob("zq-escaped*"))
