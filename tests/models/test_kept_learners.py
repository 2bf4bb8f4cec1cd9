"""Every kind of learner as an artefact: verified, parsed apart, explained; what is damaged or foreign is refused."""

import json
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.artefact import Artefact, ArtefactError, Band, load
from models.artefact_files import canonical
from models.artefact_writing import write
from models.calibration_choice import calibrate_as
from models.child import main
from models.learners.learned import Learned, LearnerError
from models.learners.spread import Spread
from models.learners.uncertainty import UncertaintySettings, fit_spread
from models.scoring import (
    INTERVAL_COLUMNS,
    REFUSED,
    SCORE_COLUMNS,
    contributions_in_child,
    require_scorable,
    score_columns,
    score_in_child,
)
from tests.models.learner_settings import ANY, KEPT, SCORECARD, learned, rows_of
from tests.models.made_up import FEATURES, households
from tests.models.test_artefact import resigned

PATIENCE_SECONDS = 300.0


@cache
def model_of(name: str) -> Learned:
    return learned(ANY if name == "estimator" else KEPT[name], rows_of(300, seed=1))


def written(folder: Path, model: Learned, *, spread: Spread | None = None) -> Artefact:
    later = households(600, seed=2)
    labels = later["label"].to_numpy()
    return write(
        folder,
        name="unmet_need_180d",
        model=model,
        calibration=calibrate_as("chosen", model.predict(later), labels, seed=1),
        features=FEATURES,
        reference=rows_of(100, seed=1),
        bands=[Band("high", 0.3), Band("low", 0.0)],
        data_until=date(2024, 3, 1),
        training={},
        spread=spread,
    )


@cache
def spread() -> Spread:
    rows = rows_of(150, seed=1)
    last = rows["as_of_date"] == rows["as_of_date"].max()
    found = fit_spread(
        rows.loc[~last], rows.loc[last],
        model=model_of("scorecard"), features=FEATURES, settings=SCORECARD,
        uncertainty=UncertaintySettings(refits=5), label="label", weight=None, seed=1,
    )  # fmt: skip
    assert found is not None
    return found


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    path = tmp_path / "matrix.parquet"
    households(80, seed=9).drop(columns="label").to_parquet(path, index=False)
    return path


@pytest.mark.parametrize("name", list(KEPT))
def test_what_is_kept_scores_and_explains_as_what_was_learned(
    name: str, tmp_path: Path, matrix: Path
) -> None:
    model, rows = model_of(name), pd.read_parquet(matrix)
    artefact = written(tmp_path / "a", model)
    asked = ["--artefact", str(artefact.folder), "--expect", artefact.artefact_id]

    assert main([*asked, "--matrix", str(matrix), "--out", str(tmp_path / "s.parquet")]) == 0
    scores = pd.read_parquet(tmp_path / "s.parquet")

    assert tuple(scores) == SCORE_COLUMNS
    assert np.abs(scores["log_odds"] - model.log_odds(rows)).max() < 1e-12
    assert set(artefact.inputs) == set(model.encoding.names)
    again = artefact.model().contributions(rows)
    pd.testing.assert_frame_equal(again, model.contributions(rows), check_exact=True)


def test_a_child_that_never_loads_scikit_learn_scores_a_blend(tmp_path: Path, matrix: Path) -> None:
    artefact = written(tmp_path / "a", model_of("blend"), spread=spread())
    rows = pd.read_parquet(matrix)

    scores = score_in_child(
        artefact, matrix=matrix, out=tmp_path / "s.parquet", timeout_seconds=PATIENCE_SECONDS
    )
    reasons = contributions_in_child(
        artefact,
        matrix=matrix,
        household_ids=["h3", "h7"],
        timeout_seconds=PATIENCE_SECONDS,
    )

    assert tuple(scores) == score_columns(artefact) == (*SCORE_COLUMNS, *INTERVAL_COLUMNS)
    low, high = spread().around(model_of("blend").log_odds(rows), rows)
    assert np.allclose(scores["log_odds_low"], low, atol=1e-12)
    assert np.allclose(scores["log_odds_high"], high, atol=1e-12)
    assert (low < high).all()
    expected = model_of("blend").log_odds(rows)[[3, 7]]
    assert np.allclose(reasons.sum(axis=1), expected)


def test_an_artefact_of_the_first_format_is_read(tmp_path: Path) -> None:
    artefact = written(tmp_path / "a", model_of("lightgbm"))
    facts = json.loads((artefact.folder / "artefact.json").read_text("utf-8"))
    stored = facts.pop("model")
    del facts["spread"]
    facts |= {"format": 1, "encoding": stored["encoding"], "model_files": stored["files"]}
    (artefact.folder / "artefact.json").write_bytes(canonical(facts))
    golden = json.loads((artefact.folder / "golden.json").read_text("utf-8"))
    del golden["deviation"]
    (artefact.folder / "golden.json").write_bytes(canonical(golden))

    old = resigned(artefact.folder)

    rows = households(50, seed=3)
    assert np.array_equal(old.model().log_odds(rows), model_of("lightgbm").log_odds(rows))
    assert old.spread() is None
    old.check_golden(old.model(), old.spread())


def test_a_format_of_tomorrow_is_refused(tmp_path: Path) -> None:
    artefact = written(tmp_path / "a", model_of("scorecard"))
    facts = json.loads((artefact.folder / "artefact.json").read_text("utf-8"))
    (artefact.folder / "artefact.json").write_bytes(canonical({**facts, "format": 3}))

    with pytest.raises(ArtefactError, match="has format 3, this version reads 1 and 2"):
        resigned(artefact.folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"unknown"', '"unheard"'),
        lambda text: text.replace('"steps"', '"stairs"'),
        lambda text: text.replace('"cuts": [', '"cuts": [\n 1e30,', 1),
    ],
    ids=["cut short", "a key renamed", "another shape", "one cut more"],
)
def test_a_damaged_text_is_refused_even_with_a_fitting_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: object
) -> None:
    artefact = written(tmp_path / "a", model_of("scorecard"))
    path = artefact.folder / "scorecard.json"
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    with pytest.raises(ArtefactError, match=r"scorecard\.json does not match its manifest"):
        load(artefact.folder)

    forged = resigned(artefact.folder)

    asked = ["--artefact", str(forged.folder), "--expect", forged.artefact_id]
    assert main(asked) == REFUSED
    assert "are no scorecard model" in capsys.readouterr().err


@pytest.mark.parametrize("file", ["scorecard.json", "refit_01_scorecard.json"])
def test_another_weight_is_seen_by_the_golden_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    artefact = written(tmp_path / "a", model_of("scorecard"), spread=spread())
    path = artefact.folder / file
    model = json.loads(path.read_text("utf-8"))
    for term in model["terms"].values():
        term["weights"] = [weight + 0.3 * place for place, weight in enumerate(term["weights"])]
    path.write_text(json.dumps(model), "utf-8")
    forged = resigned(artefact.folder)

    assert main(["--artefact", str(forged.folder), "--expect", forged.artefact_id]) == REFUSED
    assert "does not reproduce its golden predictions" in capsys.readouterr().err


def test_an_estimator_leaves_no_artefact_behind(tmp_path: Path) -> None:
    with pytest.raises(LearnerError, match="judged and compared but not written or promoted"):
        written(tmp_path / "a", model_of("estimator"))
    assert list(tmp_path.iterdir()) == []


def test_columns_only_refits_use_are_declared_and_checked_too(tmp_path: Path) -> None:
    few = learned(type(SCORECARD)(most_inputs=1), rows_of(300, seed=1))
    artefact = written(tmp_path / "a", few, spread=spread())

    assert len(artefact.encoding.names) == 1
    assert set(artefact.inputs) > set(artefact.encoding.names)
    assert set(artefact.declared) == set(artefact.inputs)
    with pytest.raises(Exception, match="arrears_90d"):
        require_scorable(artefact, tmp_path / "none.parquet", ())
