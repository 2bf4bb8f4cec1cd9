"""A model as a folder of text that can be checked before anything reads it.

Model files do not protect themselves: a flipped bit silently changes predictions, a truncated file
crashes the process that parses it. So every file's SHA-256 stands in a manifest, the SHA-256 of the
manifest is the model's name (:mod:`models.artefact_files`), and parsing happens in a child process
(:mod:`models.scoring`) that must first reproduce stored golden predictions.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from models.artefact_files import FACTS, FORMAT, GOLDEN, ArtefactError, canonical, sha256, verify
from models.calibration import Calibration, CalibrationError
from models.encoding import Encoding, EncodingError
from models.learners.learned import Learned, probability
from models.learners.spread import Spread
from models.learners.stored import StoredModel, StoredSpread
from models.ordering import Floats

if TYPE_CHECKING:
    from features.registry import Feature

__all__ = ["Artefact", "ArtefactError", "Band", "Fact", "declarations", "inputs_of", "load"]

_TOLERANCE = 1e-9

T = TypeVar("T")
Fact = str | int | float | bool | None


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
    """Per numeric feature its training quantiles at :data:`models.golden.QUANTILES`, to tell what is usual."""
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
        return inputs_of(self.stored, self.spread_stored)

    @property
    def schema_hash(self) -> str:
        """Hash of the declarations this model depends on."""
        return sha256(canonical(dict(self.declared)))

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


def inputs_of(stored: StoredModel, spread: StoredSpread | None) -> tuple[str, ...]:
    """Return the columns that a model and its refits read, each once."""
    refits = spread.refits if spread is not None else ()
    names = [name for one in (stored, *refits) for name in one.encoding.names]
    return tuple(dict.fromkeys(names))
