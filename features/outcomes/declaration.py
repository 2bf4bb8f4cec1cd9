"""An outcome in words: what is evidence of need, of its absence, and of nobody's answer. Read from YAML, no code.

Rungs decide in this order: ``excluded`` (a state at the start), ``positive``, ``unknown``, ``negative``,
``unanswered``; a household none of them speaks of is ``unseen``. Only ``positive`` gives 1 and only ``negative`` 0.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data_contracts.contract import Contract, did_you_mean
from features.registry import DeclarationError

NOBODY_MET = ("refused", "not_found", "unsafe")
"""Findings of a visit that are nobody's answer: never a negative."""

Stream = Literal["discovered", "self_reported"]
"""Whether we came to them or they to us."""
Codes = tuple[str | int | bool, ...]


class OutcomeRefused(DeclarationError):
    """An outcome does not say what it must; the message names the file, the part and what to write."""


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Words):
    """Facts of one feed: those whose columns have one of the codes in ``where``, none of ``where_not``.

    ``at_least``: smallest number per column, in the column's unit; ``known``: columns that must have a value. A null
    meets neither ``where`` nor ``at_least``, and is none of the codes in ``where_not``. ``link``: how facts find their
    household where it is not by the contract's entity.
    """

    feed: str
    where: Mapping[str, Codes] = {}
    where_not: Mapping[str, Codes] = {}
    at_least: Mapping[str, float] = {}
    known: tuple[str, ...] = ()
    link: str | None = None


class Told(Evidence):
    """Evidence with the name it gets in ``label_source``."""

    source: str


class Answer(Told):
    """Evidence that decides the label, by whom it came to light; ``after``: only so long after an event named there."""

    stream: Stream
    after: str | None = None


class Events(_Words):
    """What must have happened at most ``days`` days before the evidence, or on its day: any of these."""

    days: int = Field(ge=1)
    any_of: tuple[Evidence, ...] = Field(min_length=1)


class Lot(_Words):
    """Which facts of ``feed`` came about by lot, and the column with the probability of that."""

    feed: str
    where: Mapping[str, Codes]
    chance: str


class Declaration(_Words):
    """A target: its window in days, and what in the feeds decides it.

    ``settle_days``: how long after the window its last facts arrive.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str
    window_days: int = Field(ge=1)
    settle_days: int = Field(default=0, ge=0)
    excluded: tuple[Told, ...] = ()
    positive: tuple[Answer, ...] = Field(min_length=1)
    unknown: tuple[Told, ...] = ()
    negative: tuple[Answer, ...] = ()
    unanswered: tuple[Told, ...] = ()
    events: Mapping[str, Events] = {}
    lot: Lot | None = None

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What decides between 1 and 0."""
        return (*self.positive, *self.negative)

    @property
    def evidence(self) -> Iterator[Evidence]:
        """Everything that is read from a feed."""
        yield from (*self.excluded, *self.positive, *self.unknown, *self.negative)
        yield from self.unanswered
        for one in self.events.values():
            yield from one.any_of

    @model_validator(mode="after")
    def _events_are_named(self) -> Self:
        for one in self.answers:
            if one.after is not None and one.after not in self.events:
                raise ValueError(f"after: no event {one.after!r}; there are {sorted(self.events)}")
        return self

    @model_validator(mode="after")
    def _nobody_met_is_no_negative(self) -> Self:
        for one in self.negative:
            if one.feed != "visits":
                continue
            named = {str(code) for code in one.where.get("finding", ())}
            if not named or named & set(NOBODY_MET):
                raise ValueError(
                    "negative: a visit is a negative by what was found only; name the findings under"
                    f" where, and none of {', '.join(NOBODY_MET)}: those are nobody's answer"
                )
        return self

    def check(self, contracts: Mapping[str, Contract]) -> None:
        """Refuse feeds, columns and codes the contracts do not know: a misspelt code would silently never be met.

        Raises:
            OutcomeRefused: names the first of them and what there is.
        """
        for one in self.evidence:
            self._require(one.feed, contracts, what="feed")
            contract = contracts[one.feed]
            for column in (*one.where, *one.where_not, *one.at_least, *one.known):
                self._require(column, contract.column_names, what=f"column in {one.feed}")
            for column, codes in (*one.where.items(), *one.where_not.items()):
                allowed = contract.column(column).enum
                for code in codes if allowed else ():
                    self._require(str(code), allowed, what=f"code of {one.feed}.{column}")

    def _require(self, word: str, known: Collection[str], *, what: str) -> None:
        if word not in known:
            raise OutcomeRefused(
                f"outcome {self.name}: no {what} {word!r}{did_you_mean(word, known)}"
            )


def read_declaration(path: Path) -> Declaration:
    """Read an outcome from a YAML file.

    Raises:
        OutcomeRefused: the file is not YAML, lacks a key or has one too many.
    """
    try:
        return Declaration.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise OutcomeRefused(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        clauses = [
            f"{'.'.join(str(part) for part in wrong['loc']) or 'the file'}: {wrong['msg']}"
            for wrong in error.errors(include_url=False)
        ]
        raise OutcomeRefused(f"{path}: {'; '.join(clauses)}") from error
