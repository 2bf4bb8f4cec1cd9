"""The decision on a promotion: an answer per condition, waivers of named persons, one verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.gate.answers import Answer, Condition
from models.gate.bars import Bars
from models.gate.evidence import Evidence
from models.gate.proving import calibration, prospective
from models.gate.refusals import PromotionRefusal
from models.gate.running import data_contract, golden_set, shadow
from models.gate.trusting import label_hygiene, leaks, papers, proxies, single_source
from models.gate.who_is_missed import groups


class WaiverRefused(PromotionRefusal):
    """A waiver without a name or a reason, or for what nobody may waive."""


class Verdict(StrEnum):
    """REJECT: some condition fails. NOT_YET: none fails, but not all can be told."""

    PROMOTE = "PROMOTE"
    NOT_YET = "NOT YET"
    REJECT = "REJECT"

    @property
    def zh(self) -> str:
        """The word on Chinese pages."""
        return {"PROMOTE": "准予上线", "NOT YET": "证据不足，暂不上线", "REJECT": "不准上线"}[
            self.value
        ]


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """A person who answers for a condition that does not hold, and why."""

    condition: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided, on which answers, and what a person took upon themselves."""

    verdict: Verdict
    conditions: tuple[Condition, ...]
    waivers: tuple[Waiver, ...]
    bars: Bars

    @property
    def waived(self) -> frozenset[str]:
        """Names of the conditions a person answers for."""
        return frozenset(waiver.condition for waiver in self.waivers)

    def named(self, answer: Answer) -> tuple[Condition, ...]:
        """Return the conditions with this answer that nobody waived."""
        return tuple(
            one for one in self.conditions if one.answer is answer and one.name not in self.waived
        )

    @property
    def sentence(self) -> str:
        """The verdict and the conditions that stand in its way, in one line."""
        parts = [
            f"{answer.value}: {', '.join(one.name for one in found)}"
            for answer in (Answer.FAILS, Answer.CANNOT_TELL)
            if (found := self.named(answer))
        ]
        if self.waivers:
            parts.append(
                "waived: " + ", ".join(f"{one.condition} by {one.by}" for one in self.waivers)
            )
        return f"{self.verdict}" + (f" ({'; '.join(parts)})" if parts else "")


def conditions(evidence: Evidence, bars: Bars) -> tuple[Condition, ...]:
    """Answer every condition on the evidence there is."""
    return (
        data_contract(evidence.data_contract, bars),
        golden_set(evidence.golden_set, bars),
        shadow(evidence.shadow, bars),
        prospective(evidence.prospective, bars),
        calibration(evidence.calibration, bars),
        groups(evidence.groups, bars),
        single_source(evidence.without_department, bars),
        proxies(evidence.proxies, bars),
        leaks(evidence.leaks, bars),
        label_hygiene(evidence.label_hygiene, bars),
        papers(evidence.papers, bars),
    )


def decide(evidence: Evidence, bars: Bars, *, waivers: Sequence[Waiver] = ()) -> Decision:
    """Decide on a promotion.

    A waiver of a condition that holds changes nothing and is left out of the decision.

    Raises:
        WaiverRefused: a waiver names no person, gives no reason, names no condition, or is for what
            the bars say nobody may waive.
    """
    answered = conditions(evidence, bars)
    by_name = {one.name: one for one in answered}
    needed = [
        waiver for waiver in waivers if _is_needed(waiver, by_name.get(waiver.condition), bars)
    ]
    waived = {waiver.condition for waiver in needed}
    left = {one.answer for one in answered if one.name not in waived}
    if Answer.FAILS in left:
        verdict = Verdict.REJECT
    elif Answer.CANNOT_TELL in left:
        verdict = Verdict.NOT_YET
    else:
        verdict = Verdict.PROMOTE
    return Decision(verdict=verdict, conditions=answered, waivers=tuple(needed), bars=bars)


def _is_needed(waiver: Waiver, condition: Condition | None, bars: Bars) -> bool:
    if condition is None:
        raise WaiverRefused(
            f"no condition {waiver.condition!r} to waive; there are {sorted(bars.waivers)}"
        )
    if not waiver.by.strip() or not waiver.reason.strip():
        raise WaiverRefused(
            f"a waiver of {waiver.condition} needs a name and a reason: somebody answers for it"
        )
    if condition.answer is Answer.HOLDS:
        return False
    may = bars.waivers[waiver.condition]
    if may == "never":
        raise WaiverRefused(f"{waiver.condition} cannot be waived by anybody")
    if may == "when_unknown" and condition.answer is Answer.FAILS:
        raise WaiverRefused(
            f"{waiver.condition} fails; it can be waived only where nobody can tell"
        )
    return True
