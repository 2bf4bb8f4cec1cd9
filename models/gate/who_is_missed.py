"""The condition on groups: nobody is overlooked much more often than others, as far as counts tell (E.1, 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.gate.answers import Answer, Check, Condition, at_most, not_gathered
from models.gate.bars import Bars
from models.gate.evidence import GroupCounts
from models.gate.shares import difference
from models.resampling import Interval


@dataclass(frozen=True)
class _Rate:
    """A share of one group as counts; ``enough`` of those in need for a share missed to be told."""

    group: str
    hits: int
    of: int
    enough: bool


def groups(found: Sequence[GroupCounts] | None, bars: Bars) -> Condition:
    """Answer per attribute: the gap in the share missed, and in the share bothered."""
    if not found:
        to_do = "name the groups in the experiment and count them on the random slice"
        return Condition("groups", (not_gathered("groups", "counts per group", to_do=to_do),))
    checks: list[Check] = []
    for attribute in bars.attributes:
        checks += _attribute(attribute, [one for one in found if one.attribute == attribute], bars)
    return Condition("groups", tuple(checks))


def _attribute(attribute: str, rows: Sequence[GroupCounts], bars: Bars) -> list[Check]:
    if not rows:
        to_do = f"count missed households by {attribute}"
        return [not_gathered(f"missed by {attribute}", "counts of its groups", to_do=to_do)]
    fewest = bars["group_positives"]
    missed, bothered, untold = [], [], []
    for row in rows:
        enough = row.positives is not None and row.positives >= fewest
        if not enough:
            many = "suppressed" if row.positives is None else f"{row.positives} in need"
            untold.append(f"{row.group} ({many})")
        if row.positives and row.missed is not None:
            missed.append(_Rate(row.group, row.missed, row.positives, enough))
        elif enough:
            untold.append(f"{row.group} (missed not known)")
        if row.negatives and row.bothered is not None:
            bothered.append(_Rate(row.group, row.bothered, row.negatives, enough))
        elif enough:
            untold.append(f"{row.group} (bothered not known)")
    return [
        _gap(
            f"missed by {attribute}", missed, untold,
            bar=bars["missed_gap"], upper=bars["missed_gap_upper"], fewest=fewest,
        ),
        _gap(
            f"bothered by {attribute}", bothered, untold,
            bar=bars["bothered_gap"], upper=None, fewest=fewest,
        ),
    ]  # fmt: skip


def _gap(
    name: str,
    rates: Sequence[_Rate],
    untold: Sequence[str],
    *,
    bar: float,
    upper: float | None,
    fewest: float,
) -> Check:
    """Hold the widest gap against its bar.

    A gap proven over all comparisons fails even between groups too small for a pass; a gap nobody can
    see between them proves nothing.
    """
    every, told = _Pair.of(rates), _Pair.of([rate for rate in rates if rate.enough])
    proven = [pair for pair in every if pair.over_all(len(every) // 2).low > bar]
    shown = max(proven or told or every, key=lambda pair: pair.gap.value, default=None)
    small = f"不可判定: {', '.join(untold) or 'fewer than two groups to compare'}"
    need = f"count {fewest:g} households in need per group"
    if shown is None:
        return Check(name=name, answer=Answer.CANNOT_TELL, reason=small, to_do=need)
    remark = ""
    if proven or (told and not at_most(shown.gap.value, bar)):
        answer = Answer.FAILS
        need = "find out why before anyone acts on it, or sign a waiver with the reason"
    elif untold or not told:
        answer, remark = Answer.CANNOT_TELL, f"; {small}"
    elif upper is not None and not at_most(shown.gap.high, upper):
        answer, remark = Answer.CANNOT_TELL, f"; it may be {100 * shown.gap.high:.0f} pp"
    else:
        answer, need = Answer.HOLDS, ""
    also = "" if upper is None else f", upper bound <= {100 * upper:g} pp"
    return Check(
        name=name,
        answer=answer,
        figure=shown.gap.value,
        bar=f"<= {100 * bar:g} pp{also}",
        interval=shown.gap,
        counted=len(rates),
        reason=f"{shown}{remark}",
        to_do=need,
    )


@dataclass(frozen=True)
class _Pair:
    """Two groups, the one with the higher share first or second: both orders are looked at."""

    more: _Rate
    less: _Rate

    @classmethod
    def of(cls, rates: Sequence[_Rate]) -> "list[_Pair]":
        return [cls(one, other) for one in rates for other in rates if one is not other]

    @property
    def gap(self) -> Interval:
        return self.over_all(1)

    def over_all(self, comparisons: int) -> Interval:
        more, less = self.more, self.less
        return difference(more.hits, more.of, less.hits, less.of, comparisons=comparisons)

    def __str__(self) -> str:
        return " against ".join(
            f"{rate.group} {rate.hits / rate.of:.0%} of {rate.of}"
            for rate in (self.more, self.less)
        )
