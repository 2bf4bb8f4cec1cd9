"""Where a deployment asks its rules: a region, and its own policy figures over those shipped."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from features.parameters import InForce


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the rules are asked: a region, and a folder of own policy figures over those shipped, or None."""

    region: str
    own: Path | None = None

    def in_force(self, *, as_of_date: date) -> "InForce":
        """Return the policy figures of a day.

        Raises:
            Refusal: no such region, or a file of figures is not what it must be.
        """
        from features import parameters

        try:
            return parameters.at(region=self.region, as_of_date=as_of_date, own=self.own)
        except parameters.ParameterError as error:
            raise Refusal(
                ExitCode.POLICY_WRONG,
                found=f"the policy figures cannot be used: {error}.",
                to_do="Correct ZHAOREN_REGION or the file and run again.",
            ) from error

    def digest(self, *, as_of_date: date) -> str:
        """SHA-256 over the region and every figure in force: the same digest means the same answers."""
        figures = {name: one.value for name, one in self.in_force(as_of_date=as_of_date).items()}
        content = json.dumps({"region": self.region, "figures": figures}, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()
