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

    from models.learner import LearnedModel

CHAMPION = "champion"

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

    def input(self, frame: pd.DataFrame, *, name: str, source: Path, context: str) -> str:
        """Record which rows were used for what and return their digest; the rows stay where they are.

        Args:
            frame: the rows; only digest, row count and column types are stored.
            name: e.g. ``matrix 2024-03-01``.
            source: file or folder they came from.
            context: ``training``, ``calibration`` or ``test``.
        """
        digest = frame_digest(frame)
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

    def register(
        self,
        model: "LearnedModel",
        artefact: Artefact,
        *,
        name: str,
        example: pd.DataFrame,
        aliases: Sequence[str] = (),
    ) -> int:
        """Store boosters (with signature) and the artefact folder, register a version, set aliases.

        Args:
            model: the learned model; its first booster becomes the registered MLflow model.
            artefact: what serving would use; its id is tagged on the version.
            name: of the registered model.
            example: a few rows, for the signature only.
            aliases: e.g. :data:`CHAMPION`.

        Returns:
            The version number.
        """
        mlflow = self._mlflow
        mlflow_lightgbm = importlib.import_module("mlflow.lightgbm")
        infer_signature = importlib.import_module("mlflow.models").infer_signature
        inputs = pd.DataFrame(model.encoding.matrix(example), columns=list(model.encoding.names))
        mlflow.log_artifacts(str(artefact.folder), "artefact")
        versions = []
        for place, booster in enumerate(model.boosters):
            logged = mlflow_lightgbm.log_model(
                booster,
                name=f"booster_{place}",
                signature=infer_signature(inputs, booster.predict(inputs)),
                # Without this MLflow spends 8 seconds guessing requirements in a child process.
                pip_requirements=["lightgbm", "numpy", "pandas"],
                registered_model_name=name if place == 0 else None,
                await_registration_for=0,
            )
            versions.append(logged.registered_model_version)
        version = int(versions[0])
        client = mlflow.MlflowClient()
        client.set_model_version_tag(name, str(version), "artefact_id", artefact.artefact_id)
        for alias in aliases:
            client.set_registered_model_alias(name, alias, str(version))
        return version


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
    # Both are read when MLflow is imported.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow = importlib.import_module("mlflow")
        importlib.import_module("mlflow.data")
    for logger in _NOISY:
        logging.getLogger(logger).setLevel(logging.ERROR)
    return mlflow
