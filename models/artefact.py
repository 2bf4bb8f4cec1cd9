"""A model as a folder of text that can be checked before anything reads it.

Model files do not protect themselves: a flipped bit silently changes predictions, a truncated file
crashes the process that parses it. So every file's SHA-256 stands in a manifest, the SHA-256 of the
manifest is the model's name, and parsing happens in a child process (:mod:`models.scoring`) that must
first reproduce stored golden predictions.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from models.calibration import Calibration, CalibrationError
from models.encoding import Encoding, EncodingError
from models.golden import QUANTILES, golden_rows, plain, quantiles
from models.learners.learned import Learned, probability
from models.learners.spread import Spread
from models.learners.stored import StoredModel, StoredSpread, store, store_spread
from models.ordering import Floats

if TYPE_CHECKING:
    from features.registry import Feature

FORMAT = 2
"""What is written. Format 1 knew LightGBM only and had no refits; it is read as well."""
MANIFEST = "manifest.json"
FACTS = "artefact.json"
GOLDEN = "golden.json"

_TOLERANCE = 1e-9

T = TypeVar("T")
Fact = str | int | float | bool | None


class ArtefactError(RuntimeError):
    """An artefact is damaged, was made for other features, or could not be scored with."""


@dataclass(frozen=True)
class Band:
    """What a visitor is told instead of a number: the band from this probability upwards."""

    name: str
    from_probability: float


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A verified artefact. The model itself stays unparsed until :meth:`model` is called."""

    folder: Path
    artefact_id: str
    name: str
    stored: StoredModel
    spread_stored: StoredSpread | None
    """Refits for an interval per household, where the experiment asked for them."""
    declared: Mapping[str, str]
    calibration: Calibration
    quantiles: Mapping[str, tuple[float, ...]]
    """Per numeric feature its training quantiles at :data:`QUANTILES`, to tell what is usual."""
    bands: tuple[Band, ...]
    data_until: date
    """First day whose facts the training matrices did not contain."""
    training: Mapping[str, Fact]

    @property
    def encoding(self) -> Encoding:
        """The inputs of the model."""
        return self.stored.encoding

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of every column scoring needs: those of the model, then what only its refits use."""
        return _inputs(self.stored, self.spread_stored)

    @property
    def schema_hash(self) -> str:
        """Hash of the declarations this model depends on."""
        return _sha256(_canonical(dict(self.declared)))

    def band_of(self, probability: float) -> str:
        """Return the name of the highest band reached, or of the lowest one."""
        reached = [band for band in self.bands if probability >= band.from_probability]
        chosen = max(reached or self.bands[-1:], key=lambda band: band.from_probability)
        return chosen.name

    def check_declarations(self, features: "Iterable[Feature]") -> None:
        """Refuse to score a matrix whose declarations changed since training.

        Features the model does not use may come and go.

        Raises:
            ArtefactError: a used feature is gone, or its type, unit, direction or meaning of missing
                is another one now.
        """
        now = declarations(features)
        changed = [
            f"{name} was {before}, is {now.get(name, 'gone')}"
            for name, before in self.declared.items()
            if now.get(name) != before
        ]
        if changed:
            raise ArtefactError(
                f"model {self.artefact_id[:12]} was trained on other declarations:"
                f" {'; '.join(changed[:5])}{' ...' if len(changed) > 5 else ''}. Train and promote"
                " a model for the present features, or bring the old declarations back"
            )

    def model(self, *, num_threads: int = 1) -> Learned:
        """Parse the model files. May crash or hang on a hostile text: call it in a child process.

        Raises:
            ArtefactError: the texts are not a model of their kind.
        """
        return self._parsed(lambda: self.stored.read(self.folder, num_threads=num_threads))

    def spread(self, *, num_threads: int = 1) -> Spread | None:
        """Parse the refits, if there are any; see :meth:`model`."""
        spread = self.spread_stored
        if spread is None:
            return None
        return self._parsed(lambda: spread.read(self.folder, num_threads=num_threads))

    def scores(
        self, frame: pd.DataFrame, model: Learned, spread: Spread | None
    ) -> dict[str, Floats]:
        """Return ``log_odds`` and calibrated ``probability`` of every row, and the ends of its interval.

        ``log_odds_low`` and ``log_odds_high`` are there where the artefact has refits; what they mean is
        said in :mod:`models.learners.uncertainty`.
        """
        log_odds = model.log_odds(frame)
        found = {
            "log_odds": log_odds,
            "probability": self.calibration.apply(probability(log_odds)),
        }
        if spread is not None:
            found["log_odds_low"], found["log_odds_high"] = spread.around(log_odds, frame)
        return found

    def check_golden(self, model: Learned, spread: Spread | None = None) -> None:
        """Predict the golden rows again, with their intervals where ``spread`` is given.

        Raises:
            ArtefactError: some prediction differs by more than 1e-9.
        """
        stored = json.loads((self.folder / GOLDEN).read_text("utf-8"))
        rows = pd.DataFrame(stored["rows"], columns=list(self.inputs))
        again = {"log_odds": model.log_odds(rows)}
        if spread is not None:
            again["deviation"] = spread.deviation(rows)
        for name, found in again.items():
            expected = np.asarray(stored[name], dtype=np.float64)
            same = len(found) == len(expected)
            if not same or not np.allclose(found, expected, rtol=0, atol=_TOLERANCE):
                raise ArtefactError(
                    f"model {self.artefact_id[:12]} does not reproduce its golden predictions on this"
                    " machine: do not publish with it; compare library versions with its training"
                )

    def _parsed(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except (ValueError, KeyError, TypeError) as error:
            raise ArtefactError(
                f"the texts of model {self.artefact_id[:12]} are no {self.stored.kind} model ({error}):"
                " restore the folder from a backup or promote another model"
            ) from error


def declarations(features: "Iterable[Feature]") -> dict[str, str]:
    """Return what scoring depends on in each declaration, as one comparable text per feature."""
    return {
        feature.name: (
            f"{feature.dtype} in {feature.unit}, missing is {feature.missing},"
            f" direction {feature.monotone:+d}"
        )
        for feature in features
    }


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
    stored, spread_stored = store(staged, model), store_spread(staged, spread)
    inputs = _inputs(stored, spread_stored)
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
    (staged / FACTS).write_bytes(_canonical(facts))
    (staged / GOLDEN).write_bytes(
        _canonical(
            {
                "rows": [[plain(value) for value in row] for row in golden.to_numpy(dtype=object)],
                "log_odds": [float(value) for value in model.log_odds(golden)],
                "deviation": []
                if spread is None
                else [float(value) for value in spread.deviation(golden)],
            }
        )
    )
    files = {path.name: _file_entry(path) for path in sorted(staged.iterdir())}
    (staged / MANIFEST).write_bytes(_canonical({"format": FORMAT, "files": files}))
    os.replace(staged, folder)
    return load(folder)


def verify(folder: Path, *, expected_id: str | None = None) -> str:
    """Check every byte of an artefact against its manifest and return its id; parses no model.

    Raises:
        ArtefactError: the manifest is not the expected one, or a file is missing, extra, of another
            size or of another content.
    """
    try:
        manifest = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise ArtefactError(f"no readable {MANIFEST} in {folder}: not an artefact") from error
    artefact_id = _sha256(manifest)
    if expected_id is not None and artefact_id != expected_id:
        raise ArtefactError(
            f"{folder / MANIFEST} has SHA-256 {artefact_id[:12]}, expected {expected_id[:12]}:"
            " restore the folder from a backup or promote the model again"
        )
    try:
        files: dict[str, dict[str, object]] = json.loads(manifest)["files"]
        promised = {name: (entry["bytes"], entry["sha256"]) for name, entry in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtefactError(f"{folder / MANIFEST} is not a manifest") from error
    present = {path.name for path in folder.iterdir()} - {MANIFEST}
    if present != set(promised):
        raise ArtefactError(
            f"{folder}: missing {sorted(set(promised) - present)}, not in the manifest"
            f" {sorted(present - set(promised))}: restore the folder or promote the model again"
        )
    for name, expected in promised.items():
        path = folder / name
        found = _file_entry(path) if path.is_file() and not path.is_symlink() else {}
        if (found.get("bytes"), found.get("sha256")) != expected:
            raise ArtefactError(
                f"{path} does not match its manifest ({expected[0]} bytes expected,"
                f" {found.get('bytes', 'no')} found): damaged; restore it or promote the model again"
            )
    return artefact_id


def load(folder: Path, *, expected_id: str | None = None) -> Artefact:
    """Verify an artefact and read its facts; the model files stay unparsed.

    Raises:
        ArtefactError: see :func:`verify`; or the facts are not of this format.
    """
    artefact_id = verify(folder, expected_id=expected_id)
    facts = json.loads((folder / FACTS).read_text("utf-8"))
    if facts.get("format") not in (1, FORMAT):
        raise ArtefactError(
            f"{folder / FACTS} has format {facts.get('format')!r}, this version reads 1 and {FORMAT}"
        )
    try:
        return Artefact(
            folder=folder,
            artefact_id=artefact_id,
            name=facts["name"],
            stored=_stored_model(facts),
            spread_stored=StoredSpread.from_json(facts["spread"]) if facts.get("spread") else None,
            declared=facts["declared"],
            calibration=Calibration.from_json(facts["calibration"]),
            quantiles={name: tuple(found) for name, found in facts["quantiles"].items()},
            bands=tuple(
                Band(band["name"], float(band["from_probability"])) for band in facts["bands"]
            ),
            data_until=date.fromisoformat(facts["data_until"]),
            training=facts["training"],
        )
    except (KeyError, TypeError, ValueError, EncodingError, CalibrationError) as error:
        raise ArtefactError(f"{folder / FACTS} is malformed: {error}") from error


def _stored_model(facts: Mapping[str, Any]) -> StoredModel:
    if facts["format"] == FORMAT:
        return StoredModel.from_json(facts["model"])
    return StoredModel(
        "lightgbm", Encoding.from_json(facts["encoding"]), tuple(facts["model_files"])
    )


def _inputs(stored: StoredModel, spread: StoredSpread | None) -> tuple[str, ...]:
    refits = spread.refits if spread is not None else ()
    names = [name for one in (stored, *refits) for name in one.encoding.names]
    return tuple(dict.fromkeys(names))


def _file_entry(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    return {"bytes": len(content), "sha256": _sha256(content)}


def _canonical(document: Mapping[str, object]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
