"""Every declared feature as one plain record: what lists, pages and searches of the catalogue are made of."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from features.deployment import Deployment
from features.registry import Feature, FeatureGroup, Purpose

DIRECTIONS = {1: "more is more need", -1: "more is less need", 0: ""}


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One feature with what its group says about it. ``window_days`` is None for a state."""

    name: str
    group: str
    title: str
    unit: str
    dtype: str
    window_days: int | None
    missing: str
    sensitivity: str
    purpose: Purpose
    direction: str
    sources: tuple[str, ...]
    departments: tuple[str, ...]
    description: str
    phrase: str | None
    phrase_unknown: str | None
    dated_by: str | None
    module: str

    @property
    def record(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    def says(self, word: str) -> bool:
        """Whether ``word`` occurs anywhere in it, upper or lower case."""
        return word.casefold() in " ".join(map(str, self.record.values())).casefold()


def declared(deployment: Deployment) -> Iterator[Declared]:
    """Yield every feature of a deployment in matrix order."""
    for group in deployment.groups:
        for feature in group.features:
            yield _declared(deployment, group, feature)


def _declared(deployment: Deployment, group: FeatureGroup, feature: Feature) -> Declared:
    sources = group.sources_of(feature)
    return Declared(
        name=feature.name,
        group=group.name,
        title=group.title,
        unit=feature.unit,
        dtype=feature.dtype,
        window_days=feature.window_days,
        missing=feature.missing,
        sensitivity=group.sensitivity_of(feature),
        purpose=feature.purpose,
        direction=DIRECTIONS[feature.monotone],
        sources=sources,
        departments=tuple(
            dict.fromkeys(deployment.contracts[source].department for source in sources)
        ),
        description=feature.description,
        phrase=feature.phrase,
        phrase_unknown=feature.phrase_unknown,
        dated_by=feature.dated_by,
        module=group.build.__module__,
    )
