"""Evidence a training run leaves behind: calibration on the random slice, who is missed, what its negatives were."""

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.backtest import Backtest
from experiments.fairness_check import (
    fairness_of_backtest,
    gate_counts,
    gate_proxies,
    streets_of,
)
from experiments.fitting import LEARNED, TRAINED_ON
from models.fairness.groups import NobodyToCompare
from models.fairness.report import FairnessReport
from models.gate.evidence import Evidence, LabelHygiene
from models.gate.on_the_slice import calibration_on_slice

NOBODY_ANSWERED = {
    "unreached": "unreachable",
    "unreachable": "unreachable",
    "refused": "refused",
    "moved": "moved",
}
"""Label sources of households nobody got an answer from, by what the gate calls them."""


def evidence_of_run(home: Path, result: Backtest) -> Evidence:
    """Return what the judged and the training rows of a run show.

    What each department decides and whether a column knows the answer take fits of their own:
    `zhaoren-lab ablate` and `zhaoren-lab leaks --model` add them.

    Its lift is not among it: test dates of the past are a backtest, and the gate asks for visits made
    after the model was frozen.
    """
    rows = result.rows
    by_lot = rows["random_label"].notna().to_numpy()
    labels = rows.loc[by_lot, "random_label"].to_numpy(dtype=np.float64)
    missed = _who_is_missed(home, result)
    return Evidence(
        groups=None if missed is None else gate_counts(missed),
        proxies=None if missed is None else gate_proxies(missed),
        calibration=calibration_on_slice(
            result.scores[LEARNED][by_lot], labels, seed=result.config.seed
        ),
        label_hygiene=hygiene_of(
            pd.concat([one.reference[[TRAINED_ON, "label_source"]] for one in result.judged])
        ),
    )


def _who_is_missed(home: Path, result: Backtest) -> FairnessReport | None:
    """Return the report on groups, or None where the deployment declares nothing to group by."""
    deployment, last = result.config.load_deployment(), result.config.test_dates[-1]
    try:
        return fairness_of_backtest(result, streets=streets_of(home, deployment, as_of_date=last))
    except NobodyToCompare:
        return None


def hygiene_of(trained_on: pd.DataFrame) -> LabelHygiene:
    """Count the negatives trained on, and those among them nobody got an answer from."""
    negatives = trained_on.loc[trained_on[TRAINED_ON].astype("Float64") == 0, "label_source"]
    wrong = negatives.map(NOBODY_ANSWERED).value_counts()
    return LabelHygiene(
        negatives=len(negatives),
        unreachable=int(wrong.get("unreachable", 0)),
        refused=int(wrong.get("refused", 0)),
        moved=int(wrong.get("moved", 0)),
    )
