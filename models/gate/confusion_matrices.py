"""Published confusion matrices as evidence: what a gate would have said to a tool that was really tried."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.gate.evidence import Arm, Evidence, GroupCounts, Prospective
from models.gate.refusals import PromotionRefusal


class MatricesUnreadable(PromotionRefusal):
    """The table of matrices lacks something; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Counts of one group; every count None where the publisher suppressed it."""

    attribute: str
    group: str
    true_negatives: int | None
    false_positives: int | None
    false_negatives: int | None
    true_positives: int | None


def evidence_of(matrices: Sequence[Matrix], *, prospective: bool) -> Evidence:
    """Return what confusion matrices can show: lift over everybody, and who is missed.

    Args:
        matrices: of one model at one stage, all groups of all attributes.
        prospective: whether the counted cases came after the model was frozen. Of a backtest only the
            group table is evidence; its lift is not.

    Raises:
        MatricesUnreadable: no attribute has all of its groups, so nobody can be counted in total.
    """
    groups = tuple(
        GroupCounts(
            attribute=one.attribute,
            group=one.group,
            positives=_sum(one.true_positives, one.false_negatives),
            missed=one.false_negatives,
            negatives=_sum(one.true_negatives, one.false_positives),
            bothered=one.false_positives,
        )
        for one in matrices
    )
    if not prospective:
        return Evidence(groups=groups)
    return Evidence(groups=groups, prospective=_visits(matrices))


def _visits(matrices: Sequence[Matrix]) -> Prospective:
    """Count cases over the attribute that covers most of them; suppressed cells cover nobody."""
    totals = []
    for attribute in dict.fromkeys(one.attribute for one in matrices):
        rows = [one for one in matrices if one.attribute == attribute]
        counts = [_counts(one) for one in rows]
        told = [one for one in counts if one is not None]
        if len(told) == len(rows):
            totals.append(tuple(map(sum, zip(*told, strict=True))))
    if not totals:
        raise MatricesUnreadable(
            "every attribute has a suppressed group: cases cannot be counted in total;"
            " expected one attribute with all of its groups, for example gender"
        )
    negatives, bothered, missed, found = max(totals, key=sum)
    return Prospective(
        challenger=Arm(visits=bothered + found, found=found),
        random=Arm(visits=negatives + bothered + missed + found, found=missed + found),
        champion=None,
    )


def _counts(one: Matrix) -> tuple[int, int, int, int] | None:
    cells = (one.true_negatives, one.false_positives, one.false_negatives, one.true_positives)
    if any(cell is None for cell in cells):
        return None
    negatives, bothered, missed, found = (cell or 0 for cell in cells)
    return negatives, bothered, missed, found


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
