"""A recipe: everything that decides how a model is made, except the dates it is made for.

The same recipe on several splits is one model group. Its key is a hash of what it says and of the code
that carries it out, so equal keys mean equal treatment.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from experiments.config import ExperimentConfig
from models.splits import TimeSplit

BASELINES = "baselines"
LAST_YEARS_LIST = "last_years_list"

_DECIDE_NOTHING = {
    "name", "title", "origin", "train_dates", "test_dates", "calibration_span", "capacity_shares", "bands",
}  # fmt: skip
"""Parts of an experiment that change which figures are shown, or which splits there are, but no score."""


@dataclass(frozen=True)
class Recipe:
    """One combination of a grid. ``name`` is ``learner/feature set``, or :data:`BASELINES`."""

    name: str
    config: ExperimentConfig
    source: str
    """Version of code and feature definitions."""

    @property
    def learns(self) -> bool:
        """Whether it is a learner; the baselines of an experiment are a recipe of their own."""
        return self.name != BASELINES

    @cached_property
    def content(self) -> dict[str, Any]:
        """What the key is made of, as JSON."""
        said = self.config.model_dump(mode="json", exclude=_DECIDE_NOTHING)
        if not self.learns:
            said = {name: said[name] for name in ("deployment", "outcome", "seed")}
        else:
            said["features"] = [feature.name for feature in self.config.model_features()]
        return {"kind": "learner" if self.learns else BASELINES, **said, "source": self.source}

    @cached_property
    def key(self) -> str:
        """Sixteen hex digits that change whenever anything in :attr:`content` does."""
        return digest_of(self.content)[:16]


def split_key(recipe: Recipe, split: TimeSplit, *, rows: str) -> str:
    """Return the key of one recipe on one split.

    Args:
        recipe: what is fitted.
        split: on which dates.
        rows: digest of every row of those dates, features and labels.
    """
    plan = {
        "train": split.train_dates,
        "calibration": split.calibration_dates,
        "test": split.test_dates,
        "label_window_days": split.label_window_days,
    }
    return digest_of({"group": recipe.key, "split": plan, "rows": rows})[:16]


def digest_of(content: object) -> str:
    """Return the SHA-256 of ``content`` written as canonical JSON; dates as ISO text."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
