"""Runs, figures and registered models in a local MLflow store: the only MLflow import of the project.

Everything stays in ``home``: ``mlflow.db`` and ``mlartifacts/``. No server, no network, no telemetry. What
serving acts on is not read from here but from :mod:`models.promoted`.
"""

import importlib
import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from math import isnan
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pandas as pd

from models.artefact import Artefact

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHAMPION = "champion"
_ARTEFACT = "artefact"

_METRICS_AT_ONCE = 1000
"""What MLflow takes in one batch."""
_NOISY = ("alembic", "mlflow")


class TrackingError(RuntimeError):
    """The store does not hold what was asked for."""


class Run:
    """One open MLflow run. Values reach the store at once, so a crashed run shows how far it got."""

    def __init__(self, mlflow: ModuleType, run_id: str) -> None:
        self._mlflow = mlflow
        self.run_id = run_id

    def params(self, values: Mapping[str, object]) -> None:
        """Log what was chosen; MLflow keeps the first 6,000 characters of each."""
        self._mlflow.log_params({name: str(value)[:6000] for name, value in values.items()})

    def tags(self, values: Mapping[str, str]) -> None:
        """Log what describes the run: git commit, versions, data origin."""
        self._mlflow.set_tags(dict(values))

    def metrics(self, values: Mapping[str, float], *, step: int | None = None) -> None:
        """Log figures; NaN is left out, because the store would refuse the whole batch."""
        known = {name: float(value) for name, value in values.items() if not isnan(value)}
        self._mlflow.log_metrics(known, step=step)

    def series(self, steps: Sequence[Mapping[str, float]]) -> None:
        """Log figures step by step, from 0, in one write; NaN is left out."""
        entities = importlib.import_module("mlflow.entities")
        began = self._mlflow.get_run(self.run_id).info.start_time
        found = [
            entities.Metric(name, float(value), began, step)
            for step, values in enumerate(steps)
            for name, value in values.items()
            if not isnan(value)
        ]
        client = self._mlflow.MlflowClient()
        for first in range(0, len(found), _METRICS_AT_ONCE):
            client.log_batch(self.run_id, metrics=found[first : first + _METRICS_AT_ONCE])

    def input(
        self,
        frame: pd.DataFrame,
        *,
        name: str,
        source: Path,
        context: str,
        digest: str | None = None,
    ) -> str:
        """Record which rows were used for what and return their digest; the rows stay where they are.

        Args:
            frame: the rows; only digest, row count and column types are stored.
            name: e.g. ``matrix 2024-03-01``.
            source: file or folder they came from.
            context: ``training``, ``calibration`` or ``test``.
            digest: of the rows, where it is known already; computed otherwise.
        """
        digest = digest or frame_digest(frame)
        with warnings.catch_warnings():
            # MLflow warns that a path is a path, and that integers cannot be null.
            warnings.simplefilter("ignore", UserWarning)
            dataset = self._mlflow.data.from_pandas(
                # Types in full, rows not at all: MLflow would profile values into the store.
                frame.head(0),
                source=str(source),
                name=name[:500],
                digest=digest,
            )
            self._mlflow.log_input(
                dataset, context=context, tags={"rows": str(len(frame)), "digest": digest}
            )
        return digest

    def figure(self, figure: "Figure", file: str) -> None:
        """Store a figure under ``plots/``."""
        self._mlflow.log_figure(figure, f"plots/{file}")

    def document(self, content: Mapping[str, object], file: str) -> None:
        """Store a mapping as JSON."""
        self._mlflow.log_dict(dict(content), file)

    def table(self, frame: pd.DataFrame, file: str) -> None:
        """Store a small table as CSV text."""
        self._mlflow.log_text(frame.to_csv(index=False), file)

    def register(self, artefact: Artefact, *, name: str, aliases: Sequence[str] = ()) -> int:
        """Store the artefact folder, register it as a version, set aliases.

        What is registered is the text that serving would use, whatever learned it; no pickle, no second copy
        in a library's own format.

        Args:
            artefact: what serving would use; its id is tagged on the version.
            name: of the registered model.
            aliases: e.g. :data:`CHAMPION`.

        Returns:
            The version number.
        """
        self._mlflow.log_artifacts(str(artefact.folder), _ARTEFACT)
        client = self._mlflow.MlflowClient()
        try:
            client.create_registered_model(name)
        except self._mlflow.MlflowException:
            client.get_registered_model(name)
        version = client.create_model_version(
            name,
            source=self._mlflow.get_artifact_uri(_ARTEFACT),
            run_id=self.run_id,
            tags={"artefact_id": artefact.artefact_id},
        ).version
        for alias in aliases:
            client.set_registered_model_alias(name, alias, version)
        return int(version)


class Tracking:
    """The MLflow store of one home folder."""

    def __init__(self, home: Path) -> None:
        """Open (or make) the store; importing MLflow takes seconds, so only on first use."""
        self._home = home.resolve()
        self._mlflow = _quiet_mlflow()
        self._home.mkdir(parents=True, exist_ok=True)
        self._mlflow.set_tracking_uri(self.uri)
        self._mlflow.set_registry_uri(self.uri)

    @property
    def uri(self) -> str:
        """What ``mlflow ui --backend-store-uri`` wants."""
        return f"sqlite:///{self._home / 'mlflow.db'}"

    @contextmanager
    def run(self, name: str, *, experiment: str, tags: Mapping[str, str]) -> Iterator[Run]:
        """Open a run; inside another open run it becomes its child. Fails as its body fails."""
        mlflow = self._mlflow
        nested = mlflow.active_run() is not None
        if not nested:
            mlflow.set_experiment(experiment_id=self._experiment(experiment))
        with mlflow.start_run(run_name=name, nested=nested, tags=dict(tags)) as opened:
            yield Run(mlflow, opened.info.run_id)

    def best(self, experiment: str, *, metric: str, most: int = 10) -> pd.DataFrame:
        """Return the finished runs with the highest ``metric``: names, parameters, metrics, tags.

        Columns are as in MLflow: ``run_id``, ``metrics.x``, ``params.y``, ``tags.z``.

        Raises:
            TrackingError: no such experiment.
        """
        found = self._mlflow.get_experiment_by_name(experiment)
        if found is None:
            raise TrackingError(f"no experiment {experiment!r} in {self.uri}")
        runs: pd.DataFrame = self._mlflow.search_runs(
            experiment_ids=[found.experiment_id],
            filter_string="attributes.status = 'FINISHED'",
            order_by=[f"metrics.`{metric}` DESC"],
            max_results=most,
        )
        if f"metrics.{metric}" not in runs.columns:
            return runs.iloc[0:0]
        return runs.loc[runs[f"metrics.{metric}"].notna()].reset_index(drop=True)

    def finished(self, experiment: str, *, tags: Mapping[str, str]) -> tuple[str, ...]:
        """Return the ids of finished runs that carry every one of ``tags``, newest first.

        An experiment nobody ran yet has none.
        """
        found = self._mlflow.get_experiment_by_name(experiment)
        if found is None:
            return ()
        asked = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
        runs = self._mlflow.MlflowClient().search_runs(
            [found.experiment_id],
            filter_string=" and ".join(["attributes.status = 'FINISHED'", *asked]),
            order_by=["attributes.start_time DESC"],
        )
        return tuple(str(run.info.run_id) for run in runs)

    def document(self, run_id: str, file: str) -> dict[str, object]:
        """Return a mapping stored by :meth:`Run.document`.

        Raises:
            TrackingError: the run keeps no such file.
        """
        try:
            return dict(self._mlflow.artifacts.load_dict(f"runs:/{run_id}/{file}"))
        except (self._mlflow.MlflowException, OSError) as error:
            raise TrackingError(f"run {run_id} keeps no {file}") from error

    def tags_of(self, run_id: str) -> dict[str, str]:
        """Return the tags of a run."""
        return dict(self._mlflow.get_run(run_id).data.tags)

    def registered(self, name: str, *, alias: str = CHAMPION) -> tuple[int, str]:
        """Return version number and artefact id behind an alias.

        Raises:
            TrackingError: no such model or alias.
        """
        try:
            version = self._mlflow.MlflowClient().get_model_version_by_alias(name, alias)
        except self._mlflow.MlflowException as error:
            raise TrackingError(f"no model {name!r} with alias {alias!r} in {self.uri}") from error
        return int(version.version), str(version.tags.get("artefact_id", ""))

    def set_alias(self, name: str, *, artefact_id: str, alias: str = CHAMPION) -> int:
        """Point ``alias`` at the version that holds an artefact and return the version number.

        Raises:
            TrackingError: no version of ``name`` holds it.
        """
        client = self._mlflow.MlflowClient()
        for version in client.search_model_versions(f"name = '{name}'"):
            if version.tags.get("artefact_id") == artefact_id:
                client.set_registered_model_alias(name, alias, version.version)
                return int(version.version)
        raise TrackingError(f"no version of {name!r} holds artefact {artefact_id[:12]}")

    def _experiment(self, name: str) -> str:
        found = self._mlflow.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        location = (self._home / "mlartifacts").as_uri()
        return str(self._mlflow.create_experiment(name, artifact_location=location))


def frame_digest(frame: pd.DataFrame) -> str:
    """Return 16 hex digits over names, types and every value of a frame, row order included."""
    digest = sha256(repr([(name, str(frame[name].dtype)) for name in frame.columns]).encode())
    digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]


def _quiet_mlflow() -> ModuleType:
    # Read when MLflow is imported, or later.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow = importlib.import_module("mlflow")
        importlib.import_module("mlflow.data")
    for logger in _NOISY:
        logging.getLogger(logger).setLevel(logging.ERROR)
    return mlflow
