"""A trained model written as a folder of text, whole or not at all."""

import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from models.artefact import Artefact, Band, Fact, declarations, inputs_of, load
from models.artefact_files import FACTS, FORMAT, GOLDEN, ArtefactError, canonical, seal
from models.calibration import Calibration
from models.golden import QUANTILES, golden_rows, plain, quantiles
from models.learners.learned import Learned
from models.learners.spread import Spread
from models.learners.stored import store, store_spread

if TYPE_CHECKING:
    from features.registry import Feature


def write(
    folder: Path,
    *,
    name: str,
    model: Learned,
    calibration: Calibration,
    features: "Sequence[Feature]",
    reference: pd.DataFrame,
    bands: Sequence[Band],
    data_until: date,
    training: Mapping[str, Fact],
    spread: Spread | None = None,
) -> Artefact:
    """Write an artefact to ``folder`` (which must not exist) and return it verified.

    Args:
        folder: where to; appears only when complete.
        name: name of the outcome the model predicts.
        model: the learned model.
        calibration: fitted on rows the model was not trained on.
        features: declarations of the model's inputs.
        reference: training rows, for quantiles and golden rows. No household is stored: each column
            of the golden rows is shuffled on its own.
        bands: at least one.
        data_until: latest ``as_of_date`` of training.
        training: plain facts worth keeping: dates, rows, figures, versions, git commit.
        spread: refits for intervals, if any.

    Raises:
        ArtefactError: the folder exists, there are no bands, or a feature is not declared.
        LearnerError: the model cannot be written as text.
    """
    if folder.exists():
        raise ArtefactError(f"{folder} exists: an artefact is never overwritten")
    if not bands:
        raise ArtefactError("an artefact needs at least one band")
    staged = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    try:
        stored, spread_stored = store(staged, model), store_spread(staged, spread)
        inputs = inputs_of(stored, spread_stored)
        declared = declarations(features)
        undeclared = [used for used in inputs if used not in declared]
        if undeclared:
            raise ArtefactError(f"the model uses undeclared features {undeclared[:5]}")
        golden = golden_rows(reference, inputs)
        facts = {
            "format": FORMAT,
            "name": name,
            "model": stored.to_json(),
            "spread": None if spread_stored is None else spread_stored.to_json(),
            "declared": {used: declared[used] for used in inputs},
            "calibration": calibration.to_json(),
            "quantile_levels": list(QUANTILES),
            "quantiles": quantiles(reference, model.encoding),
            "bands": [
                {"name": band.name, "from_probability": band.from_probability}
                for band in sorted(bands, key=lambda band: -band.from_probability)
            ],
            "data_until": data_until.isoformat(),
            "training": dict(training),
        }
        (staged / FACTS).write_bytes(canonical(facts))
        (staged / GOLDEN).write_bytes(
            canonical(
                {
                    "rows": [
                        [plain(value) for value in row] for row in golden.to_numpy(dtype=object)
                    ],
                    "log_odds": [float(value) for value in model.log_odds(golden)],
                    "deviation": []
                    if spread is None
                    else [float(value) for value in spread.deviation(golden)],
                }
            )
        )
        seal(staged)
        os.replace(staged, folder)
    finally:
        # Of a model that no text can hold nothing stays behind; after a success there is nothing there.
        shutil.rmtree(staged, ignore_errors=True)
    return load(folder)
