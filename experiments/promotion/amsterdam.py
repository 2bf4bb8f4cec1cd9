"""The gate asked about Amsterdam's Smart Check, from the confusion matrices that were published.

Source: Lighthouse Reports, ``amsterdam_fairness``, percentages turned back into counts. Fair in backtest,
stopped after the pilot.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from models.gate.bars import Bars
from models.gate.confusion_matrices import MatricesUnreadable, Matrix, evidence_of
from models.gate.decision import Decision, decide

FILE = "confusion_matrices.csv"
LIVE = "Pilot"
"""The one stage with cases that came after the model was frozen and were worked on with it."""

_COUNTS = ("tn", "fp", "fn", "tp")
_COLUMNS = ("stage", "model", "attribute", "group", "n", *_COUNTS)


@dataclass(frozen=True)
class Replayed:
    """What the gate says of one model at one stage."""

    stage: str
    model: str
    decision: Decision


def replay(folder: Path, bars: Bars) -> tuple[Replayed, ...]:
    """Ask the gate about every stage and model of the table, in its order.

    The attributes are those that were published, not those the bars ask a household engine for.

    Raises:
        MatricesUnreadable: no such file, a column is missing, or a count is no whole number.
    """
    table = _read(folder / FILE)
    found = []
    for key, rows in table.groupby(["stage", "model"], sort=False):
        stage, model = map(str, key if isinstance(key, tuple) else (key, ""))
        matrices = [_matrix(row) for row in rows.to_dict("records")]
        own = replace(bars, attributes=tuple(dict.fromkeys(one.attribute for one in matrices)))
        evidence = evidence_of(matrices, prospective=stage == LIVE)
        found.append(Replayed(stage, model, decide(evidence, own)))
    return tuple(found)


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise MatricesUnreadable(
            f"no {path.name} in {path.parent}: name the folder with --data; it needs the columns"
            f" {', '.join(_COLUMNS)}"
        )
    table = pd.read_csv(path)
    absent = [name for name in _COLUMNS if name not in table.columns]
    if absent:
        raise MatricesUnreadable(f"{path}: column(s) {absent} missing, found {list(table.columns)}")
    try:
        return table.astype(dict.fromkeys(_COUNTS, "Int64"))
    except (TypeError, ValueError) as error:
        raise MatricesUnreadable(
            f"{path}: {', '.join(_COUNTS)} must be whole numbers, or empty where suppressed"
        ) from error


def _matrix(row: Mapping[Hashable, object]) -> Matrix:
    def count(name: str) -> int | None:
        value = row[name]
        return int(value) if isinstance(value, int) else None

    return Matrix(
        attribute=str(row["attribute"]),
        group=str(row["group"]),
        true_negatives=count("tn"),
        false_positives=count("fp"),
        false_negatives=count("fn"),
        true_positives=count("tp"),
    )
