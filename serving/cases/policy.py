"""What a bureau decides about cases: clocks, ways up, the contact ladder. A part of the list policy.

The defaults are those of policies written before there were cases: nothing moves up by itself.
"""

import json
from functools import lru_cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serving.store.tables.cases import ClockClass, Level
from serving.store.tables.channels import IntakeChannel

NEVER_CLOSES = frozenset({"refused", "not_found", "unsafe"})
"""Findings that say nothing about need: no policy may close a case on them."""

Channel = Literal["visit", "phone", "message", "letter"]
Up = Literal[Level.STREET, Level.DISTRICT]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(_Part):
    """A length of time, in exactly one unit. Days are working days, weeks are of the calendar."""

    hours: int | None = Field(default=None, gt=0)
    working_days: int | None = Field(default=None, gt=0)
    weeks: int | None = Field(default=None, gt=0)
    days: int | None = Field(default=None, gt=0, description="of the calendar; as lists had them")

    @model_validator(mode="after")
    def _has_one_unit(self) -> Self:
        given = [unit for unit in (self.hours, self.working_days, self.weeks, self.days) if unit]
        if len(given) != 1:
            raise ValueError("a span is given in exactly one of hours, working_days, weeks, days")
        return self

    def told(self) -> str:
        """Return it as it is stored; :func:`span_told` reads it back."""
        return json.dumps(self.model_dump(exclude_none=True))


@lru_cache(maxsize=256)
def span_told(text: str) -> Span:
    """Read back a stored span."""
    return Span.model_validate_json(text)


class Search(_Part):
    """When somebody who cannot be reached is looked for: after so many tries on different days."""

    after_days_tried: int = Field(default=3, ge=1)
    decide_within: Span = Span(weeks=2)


class Dispatch(_Part):
    """Who is sent to a household that no list brought, and how fast somebody must be there."""

    role: str
    clock: ClockClass
    within: Span


class CasePolicy(_Part):
    """How long a case may wait, who takes it over, and what may end it."""

    source: str = "as before there were cases"
    business_ends: int = Field(
        default=18, ge=1, le=24, description="hour a day's deadline falls on"
    )
    clocks: dict[ClockClass, Span] = Field(
        default_factory=dict, description="red and normal; the urgent clock is the rule's own hours"
    )
    red_bands: tuple[str, ...] = Field(default=(), description="bands on the red clock")
    escalation: dict[Level, Span] = Field(
        default_factory=dict, description="time the street, the district has once a case is theirs"
    )
    repeats: dict[Level, int] = Field(
        default_factory=dict, description="listings without help after which the level takes over"
    )
    follow_up: Span | None = Field(
        default=None, description="the clock after somebody was met and the case stays open"
    )
    letter_after: tuple[Channel, ...] = ("visit", "phone")
    search: Search = Search()
    closes: tuple[str, ...] = ("need_aid_started", "need_no_entitlement", "already_met", "no_need")
    passes_up: tuple[str, ...] = Field(
        default=(), description="findings that hand the case to the next level, still open"
    )

    intakes: dict[IntakeChannel, Dispatch] = Field(
        default_factory=dict, description="by channel; intakes of the others open no case"
    )
    events: Dispatch | None = Field(
        default=None, description="for lists of events that are to open cases"
    )

    @model_validator(mode="after")
    def _closes_on_answers_only(self) -> Self:
        wrong = sorted(NEVER_CLOSES & {*self.closes})
        if wrong:
            raise ValueError(f"closes: {wrong} never close a case: nobody was asked")
        both = sorted({*self.closes} & {*self.passes_up})
        if both:
            raise ValueError(f"{both} cannot both close a case and pass it up")
        if Level.GRID in self.escalation or Level.GRID in self.repeats:
            raise ValueError("escalation and repeats name the levels above the grid")
        return self

    def clock_of(self, *, band: str, is_urgent: bool) -> ClockClass:
        """Return the class of clock of an alert."""
        if is_urgent:
            return ClockClass.URGENT
        return ClockClass.RED if band in self.red_bands else ClockClass.NORMAL


class CaseRules(CasePolicy):
    """The policy as it was when a case was opened, with the zone its days are counted in."""

    zone: str

    def told(self) -> str:
        """Return it as it is stored in the case."""
        return self.model_dump_json()


@lru_cache(maxsize=64)
def rules_told(text: str) -> CaseRules:
    """Read back the policy stored in a case."""
    return CaseRules.model_validate_json(text)


def rules_of(policy: CasePolicy, *, zone: str) -> CaseRules:
    """Return the snapshot that goes into cases."""
    return CaseRules(**policy.model_dump(), zone=zone)
