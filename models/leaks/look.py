"""Every check for leaks on one table, in one call."""

from collections.abc import Callable

from models.leaks.alone import areas_alone, filled_later, knowing_too_much, one_outcome
from models.leaks.findings import Finding, LeakReport, in_order
from models.leaks.night import Sides, differing, empty_at_night
from models.leaks.order import row_order, running_ids
from models.leaks.table import LeakTable
from models.leaks.without import TABLE_CEILING, costing_too_much, drop_and_rescore, too_good
from models.resampling import Interval

FEWEST_POSITIVES = 50
"""With fewer, the interval of a ROC-AUC is wider than what any check asks of it."""
MOST_ROWS = 50_000
_MOST_FITTED = 20_000
_NOT_FITTED = Interval(float("nan"), float("nan"), float("nan"))


def look_for_leaks(
    table: LeakTable,
    *,
    sides: Sides | None,
    seed: int,
    ceiling: float = TABLE_CEILING,
    model: Interval | None = None,
    most_groups: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> LeakReport:
    """Look for every kind of leak there is a check for.

    Args:
        table: rows with a known label, in stored order.
        sides: rows learned from and rows of the night, to tell apart; None where there is no night.
        seed: same seed, same answer.
        ceiling: ROC-AUC from which a ranking is too good to be true.
        model: ROC-AUC of the model in question, where one was judged; else that of the trees grown here.
        most_groups: rescore without so many groups only, those whose best column tells most; None for all of them.
        progress: is told one line per step.
    """
    few = table.sampled(most=MOST_ROWS, seed=seed)
    missing = []
    alone = areas_alone(few, seed=seed)
    found: list[Finding] = knowing_too_much(alone) + filled_later(few) + one_outcome(few)
    found += row_order(few) + running_ids(few)
    losses: dict[str, Interval] = {}
    fitted = _NOT_FITTED
    if min(table.positives, len(table.labels) - table.positives) < FEWEST_POSITIVES:
        missing.append(
            f"{table.positives} of {len(table.labels)} rows are positive: dropping groups and scoring again needs"
            f" {FEWEST_POSITIVES} of each kind; wait for more visits or widen the dates"
        )
    else:
        groups = _leading(table, alone, most=most_groups)
        rescored = drop_and_rescore(
            table.with_all_positives(most=_MOST_FITTED, seed=seed),
            groups,
            seed=seed,
            progress=progress,
        )
        fitted, losses = rescored.everything, rescored.losses
        found += costing_too_much(
            losses, fitted, decisions=table.decisions, groups=len(table.members())
        )
    judged = model if model is not None else fitted
    found += too_good(judged, ceiling=ceiling)
    if sides is None:
        missing.append("rows learned from were not compared with a night: give the rows of one")
    else:
        found += differing(table, sides, seed=seed) + empty_at_night(few, sides)
    return LeakReport(
        findings=in_order(found),
        alone=alone,
        losses=losses,
        model=judged,
        ceiling=ceiling,
        rows=len(table.labels),
        positives=table.positives,
        not_looked_at=tuple(missing),
    )


def _leading(
    table: LeakTable, alone: dict[str, Interval], *, most: int | None
) -> dict[str, tuple[str, ...]]:
    """The groups by their best column, those of earlier decisions always among them."""
    groups = table.members()
    best = {
        name: max(alone[column].value for column in columns) for name, columns in groups.items()
    }
    ranked = sorted(groups, key=lambda name: (name not in table.decisions, -best[name], name))
    kept = ranked if most is None else ranked[: max(most, len(table.decisions))]
    return {name: groups[name] for name in kept}
