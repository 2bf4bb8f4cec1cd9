"""Score a matrix in a child process, so that a parser that crashes or hangs cannot take the night down."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from models.artefact import Artefact
from models.artefact_files import ArtefactError, verify

if TYPE_CHECKING:
    from features.registry import FeatureGroup

SCORE_COLUMNS = ("household_id", "as_of_date", "log_odds", "probability")
INTERVAL_COLUMNS = ("log_odds_low", "log_odds_high")
"""Ends of each household's interval, from an artefact with refits; see :mod:`models.learners.uncertainty`."""
REFUSED = 2

_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Interrupt))\b")


def score_columns(artefact: Artefact) -> tuple[str, ...]:
    """Return the columns scoring with ``artefact`` gives."""
    return SCORE_COLUMNS if artefact.spread_stored is None else (*SCORE_COLUMNS, *INTERVAL_COLUMNS)


def require_scorable(artefact: Artefact, matrix: Path, groups: "Sequence[FeatureGroup]") -> None:
    """Refuse to score a matrix that is not what ``groups`` declare, or by columns not meant for it.

    Raises:
        MatrixRefused: the matrix breaks its contract, or the model uses a column that is not declared to
            find need.
        ArtefactError: the model was trained on other declarations.
    """
    from features.matrix_contract import require_file, require_purpose
    from features.registry import features_of

    use = f"scoring with model {artefact.artefact_id[:12]}"
    require_purpose(artefact.inputs, groups=groups, use=use)
    artefact.check_declarations(features_of(groups))
    require_file(matrix, groups)


def score_in_child(
    artefact: Artefact,
    *,
    matrix: Path,
    out: Path,
    timeout_seconds: float,
    num_threads: int = 1,
) -> pd.DataFrame:
    """Score every row of a Parquet matrix and return :func:`score_columns`, also written to ``out``.

    ``log_odds`` ranks; ``probability`` is calibrated and is what bands are read from.

    Raises:
        ArtefactError: the artefact is damaged, its golden rows differ, the matrix lacks a feature, or
            the child crashed or took longer than ``timeout_seconds``. ``out`` is then not written.
    """
    _run_child(
        artefact,
        ["--matrix", str(matrix), "--out", str(out), "--threads", str(num_threads)],
        timeout_seconds=timeout_seconds,
    )
    return pd.read_parquet(out)


def contributions_in_child(
    artefact: Artefact,
    *,
    matrix: Path,
    household_ids: Sequence[str],
    timeout_seconds: float,
    num_threads: int = 1,
) -> pd.DataFrame:
    """Return what each feature adds to the log-odds of the given households of a matrix.

    Indexed by ``household_id`` in matrix order; slow, so ask for the shortlist only.

    Raises:
        ArtefactError: see :func:`score_in_child`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        # Ids travel in a file: a command line can be read by every user of the machine.
        wanted, out = Path(scratch) / "wanted.parquet", Path(scratch) / "contributions.parquet"
        pd.DataFrame({"household_id": pd.Series(list(household_ids), dtype="str")}).to_parquet(
            wanted
        )
        _run_child(
            artefact,
            [
                *("--matrix", str(matrix), "--out", str(out)),
                *("--contributions-for", str(wanted), "--threads", str(num_threads)),
            ],
            timeout_seconds=timeout_seconds,
        )
        return pd.read_parquet(out).set_index("household_id")


def check_in_child(artefact: Artefact, *, timeout_seconds: float) -> None:
    """Parse the model apart and let it reproduce its golden predictions.

    Raises:
        ArtefactError: see :func:`score_in_child`.
    """
    _run_child(artefact, [], timeout_seconds=timeout_seconds)


def _run_child(artefact: Artefact, arguments: list[str], *, timeout_seconds: float) -> None:
    verify(artefact.folder, expected_id=artefact.artefact_id)
    command = [
        *(sys.executable, "-m", "models.child"),
        *("--artefact", str(artefact.folder), "--expect", artefact.artefact_id),
        *arguments,
    ]
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    name = artefact.artefact_id[:12]
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            # A damaged model makes the parser quote bytes that are no text.
            encoding="utf-8",
            errors="backslashreplace",
            timeout=timeout_seconds,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ArtefactError(
            f"scoring with model {name} was stopped after {timeout_seconds:g} seconds: the model"
            " hangs, or the matrix is too large for this time limit"
        ) from None
    if ended.returncode == 0:
        return
    if ended.returncode == REFUSED:
        raise ArtefactError(ended.stderr.strip().splitlines()[-1])
    if ended.returncode < 0:
        raise ArtefactError(
            f"the process parsing model {name} was ended by"
            f" {signal.Signals(-ended.returncode).name}: the model file is not sound (or memory ran"
            " out); roll back to the previous champion"
        )
    raise ArtefactError(
        f"scoring with model {name} failed with {_exception_name(ended.stderr)} (exit code"
        f" {ended.returncode}); run `{' '.join(command[1:3])}` with the same arguments to see it"
    )


def _exception_name(stderr: str) -> str:
    """Name the exception without its message, which might quote a household's data."""
    for line in reversed(stderr.splitlines()):
        match = _EXCEPTION.match(line.strip())
        if match:
            return match.group(1)
    return "an unnamed error"
