"""Which features go when a group or a department goes, and which are left when only one department stays."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from experiments.config import ExperimentConfig
from features.deployment import Deployment
from features.registry import Feature

WITHOUT_GROUP = "without the group"
WITHOUT_DEPARTMENT = "without the department"
ONLY_DEPARTMENT = "only the department"

_FRAME = 0.5
"""A feed behind at least this share of the features is the frame that says who belongs to which household."""


@dataclass(frozen=True)
class Part:
    """One way to have less data: what is kept for the model, what falls away."""

    kind: str
    name: str
    kept: tuple[Feature, ...]
    dropped: tuple[str, ...]

    @property
    def policy(self) -> str:
        """Name of the scores fitted with what is kept."""
        return f"{self.kind}: {self.name}"


def parts_of(config: ExperimentConfig) -> tuple[Part, ...]:
    """Return every part worth trying: each group, each department, each department alone.

    A part whose loss leaves nothing, or whose features are all the model has, is left out: there would
    be nothing to fit or nothing to compare.
    """
    deployment, given = config.load_deployment(), config.model_features()
    tellers = departments_of(deployment, given)
    found = [*_groups(deployment, given), *_departments(given, tellers)]
    return tuple(part for part in found if part.kept and part.dropped)


def departments_of(
    deployment: Deployment, given: tuple[Feature, ...]
) -> Mapping[str, frozenset[str]]:
    """Return per feature the departments that tell it.

    The register is behind nearly every feature, because it says who belongs to which household; its
    department counts as a teller only of features that rest on the register alone. Which feeds are such a
    frame is read off the declarations: those behind half of the features or more.
    """
    sources = {
        feature.name: set(group.sources_of(feature))
        for group in deployment.groups
        for feature in group.features
    }
    behind = Counter(feed for feature in given for feed in sources[feature.name])
    frame = {feed for feed, count in behind.items() if count >= _FRAME * len(given)}
    return {
        feature.name: frozenset(
            deployment.contracts[feed].department
            for feed in (sources[feature.name] - frame or sources[feature.name])
        )
        for feature in given
    }


def _groups(deployment: Deployment, given: tuple[Feature, ...]) -> Iterator[Part]:
    for group in deployment.groups:
        names = {feature.name for feature in group.features}
        yield _part(WITHOUT_GROUP, group.name, given, lost=names)


def _departments(
    given: tuple[Feature, ...], tellers: Mapping[str, frozenset[str]]
) -> Iterator[Part]:
    departments = sorted({name for told_by in tellers.values() for name in told_by})
    for department in departments:
        told = {name for name, told_by in tellers.items() if department in told_by}
        yield _part(WITHOUT_DEPARTMENT, department, given, lost=told)
    for department in departments:
        others = {name for name, told_by in tellers.items() if told_by != {department}}
        yield _part(ONLY_DEPARTMENT, department, given, lost=others)


def _part(kind: str, name: str, given: tuple[Feature, ...], *, lost: set[str]) -> Part:
    return Part(
        kind,
        name,
        kept=tuple(feature for feature in given if feature.name not in lost),
        dropped=tuple(feature.name for feature in given if feature.name in lost),
    )
