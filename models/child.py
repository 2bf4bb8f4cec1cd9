"""The process that parses a model: ``python -m models.child``. Started by :mod:`models.scoring` only."""

import sys

if __name__ == "__main__":
    # LightGBM does without scikit-learn, and importing it is half of this process's time.
    sys.modules["sklearn"] = None  # type: ignore[assignment]

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from features.matrix_files import schema_of
from models.artefact import Artefact, ArtefactError, load
from models.encoding import EncodingError
from models.learners.learned import Learned
from models.scoring import REFUSED


def main(arguments: Sequence[str]) -> int:
    """Verify, parse, reproduce the golden rows, and score the matrix if one is given."""
    asked = _asked(arguments)
    try:
        artefact = load(asked.artefact, expected_id=asked.expect)
        model = artefact.model(num_threads=asked.threads)
        # Reasons need no interval: the refits are parsed to be checked and to score only.
        spread = artefact.spread(num_threads=asked.threads) if not asked.contributions_for else None
        artefact.check_golden(model, spread)
        if asked.matrix is not None:
            matrix = _matrix(asked.matrix, artefact)
            if asked.contributions_for is None:
                scores = artefact.scores(matrix, model, spread)
                _write(matrix[["household_id", "as_of_date"]].assign(**scores), asked.out)
            else:
                wanted = pd.read_parquet(asked.contributions_for)["household_id"]
                _write(_contributions(matrix, wanted, model), asked.out)
    except (ArtefactError, EncodingError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="models.child", description=__doc__)
    parser.add_argument("--artefact", type=Path, required=True)
    parser.add_argument("--expect", required=True)
    parser.add_argument("--matrix", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--contributions-for", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args(arguments)


def _matrix(path: Path, artefact: Artefact) -> pd.DataFrame:
    present = set(schema_of(path).names)
    wanted = ["household_id", "as_of_date", *artefact.inputs]
    absent = [name for name in wanted if name not in present]
    if absent:
        raise EncodingError(
            f"{path.name} lacks {len(absent)} column(s) of model {artefact.artefact_id[:12]}, the"
            f" first are {absent[:5]}: rebuild the matrix with the feature groups it was trained on"
        )
    return pd.read_parquet(path, columns=wanted)


def _contributions(matrix: pd.DataFrame, wanted: pd.Series, model: Learned) -> pd.DataFrame:
    rows = matrix.loc[matrix["household_id"].isin(set(wanted))]
    found = model.contributions(rows)
    found.insert(0, "household_id", rows["household_id"])
    return found


def _write(frame: pd.DataFrame, out: Path) -> None:
    staged = out.with_name(f".{out.name}.part")
    frame.to_parquet(staged, index=False)
    os.replace(staged, out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
