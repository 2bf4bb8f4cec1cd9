import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from models.artefact import Artefact
from models.tracking import CHAMPION, Tracking, TrackingError, frame_digest
from tests.models.made_up import households


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Tracking:
    return Tracking(tmp_path_factory.mktemp("home"))


def test_a_run_keeps_what_was_logged_and_the_best_come_first(
    tracking: Tracking, tmp_path: Path
) -> None:
    rows = households(50)
    for name, precision in (("weak", 0.1), ("strong", 0.4)):
        with tracking.run(name, experiment="compare", tags={"git_commit": "abc"}) as run:
            run.params({"leaves": 31})
            for step, day in enumerate((date(2024, 1, 1), date(2024, 2, 1))):
                run.metrics({f"precision_{day}": precision, "auc": float("nan")}, step=step)
            run.metrics({"precision": precision})
            digest = run.input(rows, name="matrix", source=tmp_path, context="training")
            run.figure(Figure(), "empty.png")
            run.document({"a": [1, 2]}, "document.json")
            run.table(rows.head(2), "rows.csv")
            with tracking.run("2024-01-01", experiment="compare", tags={}) as child:
                child.metrics({"precision_of_date": precision})

    best = tracking.best("compare", metric="precision")

    assert best["tags.mlflow.runName"].tolist() == ["strong", "weak"]
    assert best["metrics.precision"].tolist() == [0.4, 0.1]
    assert best["params.leaves"].tolist() == ["31", "31"]
    assert "metrics.auc" not in best
    assert digest == frame_digest(rows)
    children = tracking.best("compare", metric="precision_of_date")
    assert children["tags.mlflow.parentRunId"].tolist() == best["run_id"].tolist()


def test_runs_are_found_by_their_tags_with_their_documents_and_series(tracking: Tracking) -> None:
    for place, identity in enumerate(("aa", "aa", "bb")):
        tags = {"identity": identity, "place": str(place)}
        with tracking.run("walk", experiment="alike", tags=tags) as run:
            run.document({"precision": repr(0.1 + place)}, "figures.json")
            run.series([{"auc": 0.5}, {"auc": float("nan")}, {"auc": 0.7}])

    found = tracking.finished("alike", tags={"identity": "aa"})

    assert [tracking.tags_of(one)["place"] for one in found] == ["1", "0"]
    assert tracking.document(found[0], "figures.json") == {"precision": "1.1"}
    assert tracking.best("alike", metric="auc")["metrics.auc"].tolist() == [0.7] * 3
    with pytest.raises(TrackingError, match=r"keeps no nothing\.json"):
        tracking.document(found[0], "nothing.json")
    assert tracking.finished("never run", tags={}) == ()


def test_a_run_that_fails_is_not_compared(tracking: Tracking) -> None:
    def breaks() -> None:
        with tracking.run("broken", experiment="failing", tags={}) as run:
            run.metrics({"precision": 0.9})
            raise RuntimeError("broke")

    with pytest.raises(RuntimeError, match="broke"):
        breaks()

    assert tracking.best("failing", metric="precision").empty


def test_a_registered_model_has_its_artefact_and_alias(
    tracking: Tracking,
    tmp_path: Path,
    write_artefact: Callable[[Path], Artefact],
) -> None:
    artefact = write_artefact(tmp_path / "a")
    with tracking.run("train", experiment="register", tags={}) as run:
        version = run.register(artefact, name="unmet_need", aliases=[CHAMPION])
        again = run.register(artefact, name="unmet_need")

    assert tracking.registered("unmet_need") == (version, artefact.artefact_id)
    assert again == version + 1
    assert tracking.set_alias("unmet_need", artefact_id=artefact.artefact_id) in (version, again)
    with pytest.raises(TrackingError, match="alias 'shadow'"):
        tracking.registered("unmet_need", alias="shadow")
    with pytest.raises(TrackingError, match="no version"):
        tracking.set_alias("unmet_need", artefact_id="0" * 64)


def test_an_unknown_experiment_is_named(tracking: Tracking) -> None:
    with pytest.raises(TrackingError, match="no experiment 'nowhere'"):
        tracking.best("nowhere", metric="precision")


def test_mlflow_is_told_to_be_quiet_and_local(tracking: Tracking) -> None:
    import mlflow

    assert mlflow.get_tracking_uri() == tracking.uri
    assert tracking.uri.startswith("sqlite:////")
    assert logging.getLogger("alembic").level == logging.ERROR


def test_a_digest_sees_values_types_names_and_order() -> None:
    rows = households(20)
    digests = {
        frame_digest(rows),
        frame_digest(rows.iloc[::-1]),
        frame_digest(rows.rename(columns={"noise": "noises"})),
        frame_digest(rows.assign(arrears_90d=rows["arrears_90d"].astype(float))),
        frame_digest(rows.assign(noise=np.where(rows.index == 7, 0.0, rows["noise"]))),
    }

    assert len(digests) == 5
    assert frame_digest(rows) == frame_digest(pd.DataFrame(rows.copy()))
