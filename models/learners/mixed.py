"""A blend of fitted models: the weighted sum of their log-odds and a shift, no weight negative. One member is a choice."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from models.encoding import Encoding
from models.learners.learned import BASE, Learned, probability
from models.ordering import Floats

FILE = "mixed.json"


@dataclass(frozen=True)
class Tried:
    """One candidate on the inner folds: log loss and ROC-AUC over their judged rows, weight in the mixture."""

    name: str
    log_loss: float
    auc: float
    weight: float


@dataclass(frozen=True)
class Mixed:
    """``tried``: every candidate in the order given, those left out with weight 0."""

    members: tuple[Learned, ...]
    weights: tuple[float, ...]
    shift: float
    tried: tuple[Tried, ...]
    kind: str = "mixed"

    @property
    def encoding(self) -> Encoding:
        """The inputs of all members, each once, in the order they appear."""
        columns = {column.name: column for one in self.members for column in one.encoding.columns}
        return Encoding(tuple(columns.values()))

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Return the log-odds of every row."""
        total = np.full(len(frame), self.shift)
        for weight, member in zip(self.weights, self.members, strict=True):
            total += weight * member.log_odds(frame)
        return total

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Return the uncalibrated probability of every row."""
        return probability(self.log_odds(frame))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the weighted contributions of the members; columns add up to the log-odds."""
        names = [*self.encoding.names, BASE]
        total = pd.DataFrame(0.0, index=frame.index, columns=names)
        total[BASE] = self.shift
        for weight, member in zip(self.weights, self.members, strict=True):
            found = weight * member.contributions(frame)
            total[list(found.columns)] += found
        return total

    def gains(self) -> pd.Series:
        """Return the gains of the members, by their weights."""
        total = pd.Series(0.0, index=list(self.encoding.names))
        for weight, member in zip(self.weights, self.members, strict=True):
            found = member.gains()
            total[list(found.index)] += weight / sum(self.weights) * found
        return total.sort_values(ascending=False, kind="stable")

    def recipe(self) -> str:
        """Return the mixture in one line."""
        used = [f"{one.weight:.2f} x {one.name}" for one in self.tried if one.weight > 0]
        return " + ".join(used)

    def facts(self) -> Mapping[str, str]:
        """Return the mixture, what every candidate was worth on the inner folds, and what members settled."""
        found = {"recipe": self.recipe()}
        for one in self.tried:
            found[f"inner_{one.name}"] = f"log loss {one.log_loss:.6f}, ROC-AUC {one.auc:.4f}"
        for place, member in enumerate(self.members):
            found |= {f"member_{place}_{key}": value for key, value in member.facts().items()}
        return found

    def texts(self) -> Mapping[str, str]:
        """Return the mixture as JSON beside the texts of its members.

        Raises:
            LearnerError: a member cannot be written as text.
        """
        texts: dict[str, str] = {}
        members = []
        for place, member in enumerate(self.members):
            own = member.texts()
            texts |= {f"member_{place}_{file}": text for file, text in own.items()}
            members.append(
                {
                    "kind": member.kind,
                    "weight": self.weights[place],
                    "encoding": member.encoding.to_json(),
                    "files": list(own),
                }
            )
        document = {
            "shift": self.shift,
            "members": members,
            "tried": [asdict(one) for one in self.tried],
        }
        text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
        return {FILE: text + "\n", **texts}
