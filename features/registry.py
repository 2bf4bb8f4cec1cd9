"""Declarations of features: everything a reader must know about a column, beside its expression.

The feature matrix, its contract, the monotone constraints, the catalogue page and the reasons shown
to a visitor are all derived from these declarations, so a feature is described exactly once.
"""

import difflib
import importlib
import pkgutil
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import ibis.expr.types as ir

if TYPE_CHECKING:
    from features.point_in_time import PointInTime

KEYS = ("household_id", "as_of_date")

Missing = Literal["zero", "unknown"]
Dtype = Literal["number", "integer", "boolean", "category"]
Sensitivity = Literal["S1", "S2", "S3"]
"""Classes of the contracts: open, personal, sensitive (health, finance, children under 14)."""
Purpose = Literal["find_need", "report_groups", "decide_rules", "keep_safe"]

PURPOSES: Mapping[Purpose, str] = {
    "find_need": "find households in unmet need",
    "report_groups": "report how each group is treated; no model, trigger or list may use it",
    "decide_rules": "answer a rule of the application it was asked for; no model, trigger or list may use it, only what the rule answers",
    "keep_safe": "see that somebody may lie helpless; no model may use it, and no trigger or list as a sign of need",
}
"""What a column may be used for; nothing else is lawful to do with it."""

_A_SLIP = 0.85
"""Likeness from which one name is taken for a misspelling of another."""

_WINDOW = re.compile(r"_(\d+)d$")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


class DeclarationError(ValueError):
    """A feature or group is declared in a way the engine cannot stand behind."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column of the feature matrix.

    ``missing`` says what no fact means: ``"zero"`` (nothing happened, provided the sources were
    reporting) or ``"unknown"`` (we cannot tell; stays null). ``monotone`` is the direction in which
    more of this can only mean more need (1), less need (-1), or not known (0). ``sources`` are the
    feeds whose silence makes the value unknown; empty means all sources of the group. ``sensitivity`` is
    the group's unless the feature has its own. ``phrase`` is the
    plain-Chinese sentence for a visitor, with ``{value}`` where the number goes; a feature without
    one is never shown as a reason. ``dated_by`` names the date column that dates the sentence.
    ``worrying`` says which values may be shown as a reason for concern: only values above
    (``"high"``), only values below (``"low"``) the usual, or ``"any"``.
    """

    name: str
    unit: str
    missing: Missing
    description: str
    purpose: Purpose = "find_need"
    sensitivity: Sensitivity | None = None
    dtype: Dtype = "number"
    sources: tuple[str, ...] = ()
    monotone: Literal[-1, 0, 1] = 0
    phrase: str | None = None
    phrase_unknown: str | None = None
    dated_by: str | None = None
    worrying: Literal["high", "low", "any"] = "high"

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise DeclarationError(f"feature name {self.name!r}: use lower_snake_case")
        for field in ("unit", "description"):
            if not getattr(self, field).strip():
                raise DeclarationError(f"feature {self.name}: {field} is empty")
        if self.purpose not in PURPOSES:
            raise DeclarationError(
                f"feature {self.name}: purpose {self.purpose!r}, expected one of {sorted(PURPOSES)}"
            )
        if self.dtype == "category" and self.monotone:
            raise DeclarationError(f"feature {self.name}: a category cannot be monotone")

    @property
    def window_days(self) -> int | None:
        """Length of the look-back window in days, read from the name; None for a state."""
        match = _WINDOW.search(self.name)
        return int(match.group(1)) if match else None


@dataclass(frozen=True, kw_only=True)
class FeatureGroup:
    """A themed set of features with one builder.

    ``sources`` are the feeds the builder reads; the group is active in a deployment only if every
    one of them has a contract there. ``evidence`` are date columns the builder also returns: they
    date the reasons and are never given to a model. ``build`` receives a
    :class:`~features.point_in_time.PointInTime` and returns one row per household and as_of_date
    for which it has something to say; absent rows and nulls get the declared meaning afterwards.
    """

    name: str
    title: str
    sensitivity: Sensitivity
    sources: tuple[str, ...]
    features: tuple[Feature, ...]
    build: Callable[["PointInTime"], ir.Table]
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [feature.name for feature in self.features]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise DeclarationError(f"group {self.name}: declared twice: {repeated}")
        for feature in self.features:
            strangers = sorted(set(feature.sources) - set(self.sources))
            if strangers:
                raise DeclarationError(
                    f"feature {feature.name}: sources {strangers} are not among the sources of"
                    f" group {self.name}: {list(self.sources)}"
                )
            if feature.dated_by is not None and feature.dated_by not in self.evidence:
                raise DeclarationError(
                    f"feature {feature.name}: dated_by {feature.dated_by!r} is not among the"
                    f" evidence columns of group {self.name}: {list(self.evidence)}"
                )

    def sources_of(self, feature: Feature) -> tuple[str, ...]:
        """Feeds whose silence makes ``feature`` unknown."""
        return feature.sources or self.sources

    def sensitivity_of(self, feature: Feature) -> Sensitivity:
        """Return the class of a feature of this group."""
        return feature.sensitivity or self.sensitivity

    @property
    def columns(self) -> tuple[str, ...]:
        """Feature columns first, evidence dates after them."""
        return (*(feature.name for feature in self.features), *self.evidence)


def find_groups(package: str, *, feeds: Iterable[str]) -> tuple[FeatureGroup, ...]:
    """Return the groups of ``package`` whose sources are all among ``feeds``, by name.

    Raises:
        DeclarationError: a module without ``GROUP``, a source that looks like a misspelt feed, or one
            column declared by two groups.
    """
    known = set(feeds)
    found: list[FeatureGroup] = []
    for module_info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        module = importlib.import_module(f"{package}.{module_info.name}")
        group = getattr(module, "GROUP", None)
        if not isinstance(group, FeatureGroup):
            raise DeclarationError(f"{module.__name__}: a feature group module must define GROUP")
        if known.issuperset(group.sources):
            found.append(group)
        else:
            _require_no_slip(group, known)
    owners: dict[str, str] = {}
    for group in found:
        for column in group.columns:
            if column in owners:
                raise DeclarationError(
                    f"column {column} is declared by groups {owners[column]} and {group.name}"
                )
            owners[column] = group.name
    return tuple(sorted(found, key=lambda group: group.name))


def _require_no_slip(group: FeatureGroup, feeds: Collection[str]) -> None:
    """Refuse a source that is nearly a feed: its group would be left out without a word."""
    for source in group.sources:
        close = difflib.get_close_matches(source, feeds, n=1, cutoff=_A_SLIP)
        if source not in feeds and close:
            raise DeclarationError(
                f"group {group.name}: there is no feed {source!r}; did you mean {close[0]!r}?"
            )


def features_of(groups: Sequence[FeatureGroup]) -> tuple[Feature, ...]:
    """Return every feature of ``groups`` in matrix order."""
    return tuple(feature for group in groups for feature in group.features)
