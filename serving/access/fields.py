"""What of a household a role is shown: the night notes what each sentence is about, readers withhold by it.

Written with each alert by :mod:`serving.lists.publishing`; asked by whatever shows an entry, a household or an
explanation. What is withheld says so and not what it was. The rules stand in ``roles.yaml`` and count from
the next request on.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from serving.access.roles import FieldClass, Role, role_table
from serving.canonical import Json, canonical_line
from serving.lists.assignment import Case
from serving.lists.list_policy import ListPolicy

WITHHELD = "按规定不在此显示"

CHILDREN = "household_children"
"""The column that counts minors. Under-14s are among them and are not counted apart: minors count as such."""

_UNKNOWN = frozenset({FieldClass.S3, FieldClass.HEALTH})


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What an entry's sentences are about, by feature group.

    ``questions``: the groups that made each question be asked. ``has_child`` is also true where nobody
    knows.
    """

    reasons: tuple[str | None, ...]
    questions: Mapping[str, tuple[str, ...]]
    has_child: bool

    def as_text(self) -> str:
        """Return the marks as they are stored."""
        return canonical_line(
            {
                "has_child": self.has_child,
                "questions": {text: list(groups) for text, groups in self.questions.items()},
                "reasons": list(self.reasons),
            }
        )

    @classmethod
    def from_text(cls, text: str) -> "Marks":
        """Return stored marks."""
        stored = json.loads(text)
        return cls(
            reasons=tuple(stored["reasons"]),
            questions={ask: tuple(groups) for ask, groups in stored["questions"].items()},
            has_child=stored["has_child"],
        )


def marks_of(case: Case, policy: ListPolicy, *, has_child: bool) -> Marks:
    """Return what the sentences of a case's entry are about."""
    groups = [reason.group for reason in case.explanation.reasons]
    questions: dict[str, list[str]] = {}
    for group in groups:
        for need in policy.needs.get(group, ()):
            questions.setdefault(policy.questions[need], []).append(group)
    return Marks(
        # An entry without reasons has one sentence that says so: about nothing.
        reasons=tuple(groups) or (None,),
        questions={ask: tuple(asked) for ask, asked in questions.items()},
        has_child=has_child,
    )


def households_without_child(matrix: Path, *, among: Collection[str]) -> frozenset[str]:
    """Return those of a night's households that are known to have no minor."""
    if not among or CHILDREN not in pq.read_schema(matrix).names:
        return frozenset()
    asked = (pc.field(CHILDREN) == 0) & pc.field("household_id").isin(list(among))
    table = pq.read_table(matrix, columns=["household_id"], filters=asked)
    return frozenset(table["household_id"].to_pylist())


def shown_classes(roles: Collection[Role], *, has_child: bool) -> frozenset[FieldClass]:
    """Return the classes of facts that somebody in any of ``roles`` is shown."""
    rules = [role_table().roles[role] for role in roles]
    return frozenset[FieldClass]().union(
        *(rule.with_child if has_child else rule.shown for rule in rules)
    )


def is_shown(group: str | None, shown: frozenset[FieldClass]) -> bool:
    """Whether facts of a feature group are among the ``shown`` classes; None is about nothing."""
    if group is None:
        return True
    known = role_table().groups.get(group)
    return shown >= _UNKNOWN if known is None else known in shown


def hidden_groups(
    groups: Collection[str], roles: Collection[Role], *, has_child: bool
) -> frozenset[str]:
    """Return those of ``groups`` whose facts somebody in ``roles`` is not shown."""
    shown = shown_classes(roles, has_child=has_child)
    return frozenset(group for group in groups if not is_shown(group, shown))


def shown_entry(
    entry: Mapping[str, Json], marks: Marks, *, roles: Collection[Role]
) -> dict[str, Json]:
    """Return a list entry as somebody in ``roles`` is shown it.

    Sentences of the rules and the uncertainty are about income and benefits, alarms about who may lie
    helpless at home: class S3.
    """
    shown = shown_classes(roles, has_child=marks.has_child)
    seen = dict(entry)
    reasons = entry.get("reasons")
    if isinstance(reasons, list):
        about = (*marks.reasons, *[""] * len(reasons))
        seen["reasons"] = [
            reason if is_shown(group, shown) else {"text": WITHHELD, "dated": None, "when": None}
            for reason, group in zip(reasons, about, strict=False)
        ]
    questions = entry.get("ask")
    if isinstance(questions, list):
        seen["ask"] = [ask for ask in questions if _may_ask(str(ask), marks, shown)]
    if FieldClass.S3 not in shown:
        for name in ("rules", "urgent"):
            if entry.get(name):
                seen[name] = [WITHHELD]
        if entry.get("uncertainty"):
            seen["uncertainty"] = WITHHELD
    return seen


def _may_ask(question: str, marks: Marks, shown: frozenset[FieldClass]) -> bool:
    """Whether a question would be asked for what is shown alone; one that nothing led to always is."""
    led_to = marks.questions.get(question)
    return led_to is None or any(is_shown(group, shown) for group in led_to)
