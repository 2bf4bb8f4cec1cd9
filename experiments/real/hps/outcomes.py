"""Onset of hardship: not in it at this interview, in it at the next one, a week later.

The household's next answer is the only judge. No next interview, or no answer in it, is unknown: people
who stop answering are never counted as fine.
"""

from collections.abc import Callable, Sequence

import ibis
import ibis.expr.types as ir

from features.labels import LABEL_COLUMNS, Outcome, OutcomeWindow
from features.point_in_time import side_by_side
from features.registry import KEYS

WINDOW_DAYS = 7
"""One wave: the next interview closes within it, the one after the next does not."""

FOOD_ENOUGH, FOOD_NOT_ENOUGH = (1, 2), (3, 4)
"""Answers on food in the last 7 days (see the contract of hps_food)."""

PAYMENT_NOT_MISSED, PAYMENT_MISSED = (1, 3), (2,)
"""Answers on last month's rent or mortgage (hps_housing). A deferral agreed with the lender is not arrears."""


def _next_answer(
    feed: str, column: str, hardship: Sequence[int]
) -> Callable[[OutcomeWindow], ir.Table]:
    def define(window: OutcomeWindow) -> ir.Table:
        told = window.facts(feed)
        answers = told.group_by(list(KEYS)).agg(answer=told[column].max())
        rows = side_by_side(window.spine.select(*KEYS), answers)
        known = rows.answer.notnull()
        return rows.mutate(
            label=ibis.ifelse(known, rows.answer.isin(hardship).cast("int64"), ibis.null("int64")),
            label_source=ibis.ifelse(known, "interview", "no_answer"),
            random_label=ibis.null("int64"),
            random_propensity=ibis.null("float64"),
        ).select(*LABEL_COLUMNS)

    return define


FOOD_ONSET_7D = Outcome(
    name="food_onset_7d",
    window_days=WINDOW_DAYS,
    description="Sometimes or often not enough to eat at the next interview; enough at this one.",
    define=_next_answer("hps_food", "curfoodsuf", FOOD_NOT_ENOUGH),
)

PAYMENT_ONSET_7D = Outcome(
    name="payment_onset_7d",
    window_days=WINDOW_DAYS,
    description="Last month's rent or mortgage not paid at the next interview; not so at this one.",
    define=_next_answer("hps_housing", "mortlmth", PAYMENT_MISSED),
)
