"""A trained linkage model: Splink's settings and the thresholds links are accepted by, as one JSON file with a hash.

Models are kept, never overwritten: ``<home>/linkage/<id>.json``. A night uses the youngest one trained before it.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from data_contracts.files import write_atomically
from data_contracts.linkage.levels import Settings
from data_contracts.linkage.thresholds import Thresholds

FOLDER = "linkage"


class LinkageModelError(RuntimeError):
    """A stored linkage model cannot be used; the message says which and what to do."""


@dataclass(frozen=True)
class LinkageModel:
    """What links are concluded with.

    ``trained_before``: facts received before this time were learned from (local time). ``accounts`` and
    ``dwellings`` say how many records training saw; zero accounts: too few to train, starting values.
    """

    settings: Settings
    thresholds: Thresholds
    trained_before: datetime
    accounts: int
    dwellings: int

    @property
    def text(self) -> str:
        """The model as JSON, the same for the same model."""
        written = asdict(self) | {"trained_before": self.trained_before.isoformat()}
        return json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @property
    def model_id(self) -> str:
        """``link-`` and the first 16 hex digits of the SHA-256 of the text, in fours."""
        return "link-" + "-".join(re.findall("....", self._digest[:16]))

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def save(self, home: Path) -> Path:
        """Write the model beside the others of a home and return the path."""
        path = home / FOLDER / f"{self.model_id}.json"
        write_atomically(path, self.text.encode())
        return path


def load_model(path: Path) -> LinkageModel:
    """Return a stored model.

    Raises:
        LinkageModelError: the file is no longer what was written.
    """
    told = json.loads(path.read_text(encoding="utf-8"))
    model = LinkageModel(
        settings=told["settings"],
        thresholds=Thresholds(**told["thresholds"]),
        trained_before=datetime.fromisoformat(told["trained_before"]),
        accounts=told["accounts"],
        dwellings=told["dwellings"],
    )
    if model.model_id != path.stem:
        raise LinkageModelError(
            f"linkage model {path.name} has content {model.model_id}: restore it from backup, or delete it and"
            " run `zhaoren-lab link train`"
        )
    return model


def model_for(home: Path, *, before: datetime) -> LinkageModel | None:
    """Return the youngest model trained at or before a time, None when there is none."""
    models = [load_model(path) for path in sorted((home / FOLDER).glob("*.json"))]
    fit = [model for model in models if model.trained_before <= before]
    return max(fit, key=lambda model: (model.trained_before, model.model_id), default=None)
