"""What a list may hold and who gets what: the numbers a bureau owns, dated, with their source."""

import difflib
import hashlib
from collections.abc import Collection
from datetime import date
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from serving.access.roles import FieldClass, Role, role_table
from serving.cases.policy import CasePolicy, Span
from serving.lists.policy_parts import (
    BandStyle,
    Cadence,
    Exploration,
    Kind,
    Need,
    Part,
    RoleRule,
    Suppression,
    Sweeps,
    UrgentRule,
)
from serving.refusals import ExitCode, Refusal
from serving.store.tables.cases import ClockClass

_MAY_BE_URGENT: frozenset[Kind] = frozenset({"urgent", "cadence", "exploration"})
"""Lanes that can hold a household somebody must reach within hours: its own, and those that go by date or lot."""


class PolicyError(Refusal):
    """The list policy cannot be used; the sentence says where and why."""

    def __init__(self, found: str) -> None:
        super().__init__(
            ExitCode.POLICY_WRONG, found=found, to_do="Correct the list policy and run again."
        )


class ListPolicy(Part):
    """Everything about lists that a bureau may decide. Valid from ``valid_from``."""

    valid_from: date
    source: str
    seed: str
    ready_hour: int = Field(ge=0, le=23)
    shortlist_factor: int = Field(ge=1)
    needed_feeds: dict[str, int | None] = Field(
        description="feeds without which there is no honest list; the most days since the last one"
    )
    bands: tuple[BandStyle, ...] = Field(min_length=1, description="the most pressing first")
    urgent: tuple[UrgentRule, ...]
    roles: tuple[RoleRule, ...] = Field(min_length=1)
    care_groups: tuple[str, ...]
    care_features: tuple[str, ...] = ()
    exploration: Exploration
    suppression: Suppression
    sweeps: Sweeps | None = None
    cadence: Cadence | None = None
    safety: tuple[str, ...] = Field(
        default=(), description="safety triggers whose households go into the urgent lane"
    )
    rest_days: Literal["as_usual", "urgent_only", "nothing"] = Field(
        default="as_usual", description="what a list may ask for on a day people do not work"
    )
    cases: CasePolicy = CasePolicy()
    needs: dict[str, tuple[Need, ...]]
    questions: dict[Need, str]
    feed_words: dict[str, str] = Field(
        default_factory=dict, description="what a visitor calls a feed; its id where none is given"
    )
    findings: dict[str, str]
    need_words: dict[Need, str]

    @model_validator(mode="after")
    def _tells_who_goes_what_is_urgent(self) -> Self:
        """Only who may be shown an alarm is sent to one; volunteers are not (``serving/access/roles.yaml``)."""
        for rule in self.roles:
            if rule.role not in {*Role}:
                raise ValueError(
                    f"roles: nobody signs in as {rule.role!r}; known are {[role.value for role in Role]}"
                )
            access = role_table().roles[Role(rule.role)]
            wrong = sorted(_MAY_BE_URGENT & {*rule.takes, *rule.fills})
            if wrong and FieldClass.S3 not in access.shown & access.with_child:
                raise ValueError(
                    f"roles: {rule.role} is not shown what is urgent, so it gets nothing of {wrong}"
                )
        sent = [*self.cases.intakes.values(), *filter(None, [self.cases.events])]
        strangers = {dispatch.role for dispatch in sent} - {
            rule.role for rule in self.roles if "urgent" in {*rule.takes, *rule.fills}
        }
        if strangers:
            raise ValueError(
                f"cases, intakes and events: {sorted(strangers)} are sent to nothing urgent"
            )
        return self

    @cached_property
    def sha256(self) -> str:
        """Hash of the policy as it is meant, whatever the file's layout."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def explorer(self) -> RoleRule | None:
        """The role that gets the exploration slots; None if no role does."""
        return next((rule for rule in self.roles if "exploration" in rule.takes), None)

    @property
    def caller(self) -> RoleRule | None:
        """The role that makes the regular visits; None if no role does."""
        return next((rule for rule in self.roles if "cadence" in rule.takes), None)

    def style(self, band: str) -> BandStyle:
        """Return how ``band`` is shown.

        Raises:
            PolicyError: the model has a band the policy does not know.
        """
        for style in self.bands:
            if style.code == band:
                return style
        known = [style.code for style in self.bands]
        raise PolicyError(f"list policy, bands: the model has a band {band!r}, the policy {known}.")

    def span_of(self, *, band: str, urgent_hours: int, is_urgent: bool) -> tuple[ClockClass, Span]:
        """Return the clock of an alert, and how long it gives."""
        clock = self.cases.clock_of(band=band, is_urgent=is_urgent)
        if clock is ClockClass.URGENT:
            return clock, Span(hours=urgent_hours)
        return clock, self.cases.clocks.get(clock) or Span(days=self.style(band).days)

    def more_pressing(self, band: str, than: str) -> bool:
        """Whether ``band`` stands above the band ``than``; a band of another time stands below all."""
        order = {style.code: place for place, style in enumerate(self.bands)}
        return order.get(band, len(order)) < order.get(than, len(order))

    def check_names(self, *, features: Collection[str], groups: Collection[str]) -> None:
        """Make sure that every feature and group named here exists.

        Raises:
            PolicyError: one does not.
        """
        conditions = [c for rule in self.urgent for c in (*rule.all, *rule.any)]
        named = {c.feature: "urgent" for c in conditions}
        named |= dict.fromkeys(self.care_features, "care_features")
        if self.cadence is not None:
            named |= {self.cadence.on_file: "cadence"}
        for feature, where in sorted(named.items()):
            if feature not in features:
                raise PolicyError(f"list policy, {where}: {_unknown('feature', feature, features)}")
        for group in sorted({*self.care_groups, *self.needs}):
            if group not in groups:
                raise PolicyError(f"list policy: {_unknown('feature group', group, groups)}")

    def check_safety(self, triggers: Collection[str]) -> None:
        """Make sure that every safety trigger named here exists.

        Raises:
            PolicyError: one does not.
        """
        for name in self.safety:
            if name not in triggers:
                raise PolicyError(
                    f"list policy, safety: {_unknown('safety trigger', name, triggers)}"
                )


class _File(Part):
    versions: tuple[ListPolicy, ...] = Field(min_length=1)


def load_list_policy(path: Path | None, *, as_of_date: date) -> ListPolicy:
    """Return the version in force on ``as_of_date``; ``path`` None means the one shipped with us.

    Raises:
        PolicyError: the file is missing, not as declared, or has no version for that date.
    """
    source = path or Path(str(files("serving.lists") / "list_policy.yaml"))
    try:
        parsed = _File.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except OSError as error:
        raise PolicyError(f"list policy {source}: {error.strerror}.") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise PolicyError(f"list policy {source}: {error}") from error
    in_force = [version for version in parsed.versions if version.valid_from <= as_of_date]
    if not in_force:
        earliest = min(version.valid_from for version in parsed.versions)
        raise PolicyError(
            f"list policy {source}: no version before {earliest}, asked {as_of_date}."
        )
    return max(in_force, key=lambda version: version.valid_from)


def parse_list_policy(text: str) -> ListPolicy:
    """Read back a policy that was published with its lists."""
    return ListPolicy.model_validate_json(text)


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else "."
    return f"no {what} {name!r}{hint}"
