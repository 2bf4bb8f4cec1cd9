"""What a card tells, taken from a run when it ends and kept beside the model as plain values.

``home/trained/cards/<artefact id>.json``. No household is in it: counts, shares with intervals, names of features.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import cast

import pandas as pd

from experiments.backtest import Backtest
from experiments.fitting import LEARNED, TRAINED_ON, best_of
from models.artefact import Artefact
from models.evaluation import Evaluation
from models.gate.refusals import PromotionRefusal

Facts = Mapping[str, object]

KINDS_OF_BASELINE = ("random", "area_mean", "trigger:", "rule:", "last_year")
_MOST_FEATURES = 15


class NoFacts(PromotionRefusal):
    """Nothing was kept about a model, so nothing can be told of it."""


def keep_facts(home: Path, result: Backtest, artefact: Artefact) -> None:
    """Write down what the card of ``artefact`` needs from the run that trained it."""
    path = _path(home, artefact.artefact_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_suffix(".part")
    staged.write_text(json.dumps(_plain(facts_of(result)), ensure_ascii=False, indent=1), "utf-8")
    os.replace(staged, path)


def kept_facts(home: Path, artefact_id: str) -> Facts:
    """Return what was kept.

    Raises:
        NoFacts: nothing was, or the file is damaged.
    """
    path = _path(home, artefact_id)
    try:
        return cast("Facts", json.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise NoFacts(
            f"no facts about model {artefact_id[:12]} in {path.parent}: train it in this home with"
            " `zhaoren-lab train`, the run keeps them"
        ) from error
    except ValueError as error:
        raise NoFacts(f"{path} is damaged: train the model again") from error


def facts_of(result: Backtest) -> dict[str, object]:
    """Return everything of a run that its card shows."""
    config, judged = result.config, result.judged[0]
    outcome, deployment = config.load_outcome(), config.load_deployment()
    split, trained = (
        judged.fitted.split,
        pd.concat([one.reference[[TRAINED_ON, "label_source"]] for one in result.judged]),
    )
    answers = {"observed": result.observed, "by_lot": result.by_lot, "truth": result.truth}
    return {
        "experiment": config.name,
        "title": config.title,
        "origin": config.origin,
        "outcome": outcome.name,
        "outcome_description": outcome.description,
        "window_days": outcome.window_days,
        "dates": {
            "training": [str(day) for day in split.train_dates],
            "calibration": [str(day) for day in split.calibration_dates],
            "test": [str(day) for day in split.test_dates],
        },
        "rows": {
            "trained_on": len(trained),
            "trained_positives": int((trained[TRAINED_ON].astype("Float64") == 1).sum()),
            "judged": len(result.rows),
        },
        "trained_sources": _counts(trained["label_source"]),
        "judged_sources": _counts(result.rows["label_source"]),
        "unseen_weight": config.unseen_weight,
        "capacity": result.capacities[0].name,
        "answers": {
            name: _answer(found, result) for name, found in answers.items() if found is not None
        },
        "gains": [
            {"feature": str(name), "share": float(share)}
            for name, share in judged.fitted.model.gains().head(_MOST_FEATURES).items()
            if share > 0
        ],
        "departments": _departments(result),
        "deployment": deployment.name,
    }


def _answer(evaluation: Evaluation, result: Backtest) -> dict[str, object]:
    table, first = evaluation.table(), result.capacities[0]
    lines = table.loc[table["capacity"] == first.name]
    shown = [LEARNED]
    for kind in KINDS_OF_BASELINE:
        try:
            shown.append(str(best_of(table, kind, capacity=first.name)["policy"]))
        except LookupError:
            continue
    shown = list(dict.fromkeys(shown))
    rivals = lines.loc[lines["policy"].isin(shown[1:])].sort_values("precision")
    rival = str(rivals.iloc[-1]["policy"]) if len(rivals) else None
    return {
        "rows": evaluation.rows,
        "labelled": evaluation.labelled,
        "positives": evaluation.positives,
        "base_rate": evaluation.base_rate,
        "lines": lines.loc[lines["policy"].isin(shown)].to_dict("records"),
        "all_capacities": table.loc[table["policy"] == LEARNED].to_dict("records"),
        "reliability": [asdict(one) for one in evaluation[LEARNED].reliability],
        "best_baseline": rival,
        "against_best": asdict(evaluation.compare(LEARNED, rival, capacity=first))
        if rival
        else None,
    }


def _departments(result: Backtest) -> list[dict[str, object]]:
    """Return per department how many inputs rest on its feeds, and their share of the model's gain.

    A feature that rests on feeds of several departments counts for each of them.
    """
    deployment = result.config.load_deployment()
    gains = result.judged[0].fitted.model.gains()
    found: dict[str, dict[str, float]] = {}
    for group in deployment.groups:
        for feature in group.features:
            if feature.name not in gains.index:
                continue
            feeds = group.sources_of(feature)
            for owner in {deployment.contracts[feed].department for feed in feeds}:
                line = found.setdefault(owner, {"features": 0, "gain": 0.0})
                line["features"] += 1
                line["gain"] += float(gains[feature.name])
    ordered = sorted(found.items(), key=lambda pair: -pair[1]["gain"])
    return [{"department": name, **line} for name, line in ordered]


def _counts(sources: pd.Series) -> dict[str, int]:
    return {str(name): int(count) for name, count in sources.value_counts().items()}


def _path(home: Path, artefact_id: str) -> Path:
    return home / "trained" / "cards" / f"{artefact_id}.json"


def _plain(value: object) -> object:
    """Return a value as JSON has it; what is not a number becomes null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int)) else str(value)
