"""``unmet_need_180d``: will this household be confirmed in need, and is it not covered today?

A positive is a visit that confirmed need, or an admission to one of the relief schemes. A negative
is a household that somebody reached and found without unmet need. Refused, not found and unsafe are
nobody's answer: unknown. So is a household nobody looked at; training may presume it negative, but
only by saying so in its configuration.
"""

import ibis
import ibis.expr.types as ir

from features.groups.benefits import COVERING_SCHEMES
from features.groups.contact_history import CLEARING_FINDINGS, CONFIRMING_FINDINGS
from features.labels import LABEL_COLUMNS, Outcome, OutcomeWindow
from features.point_in_time import side_by_side
from features.registry import KEYS


def define(window: OutcomeWindow) -> ir.Table:
    """Return the label columns for every spine row of ``window``."""
    keys = list(KEYS)
    covered = window.past.current("benefits")
    covered = covered.filter(covered.scheme.isin(COVERING_SCHEMES)).select(*KEYS).distinct()

    visits = window.facts("visits")
    confirmed = visits.finding.isin(CONFIRMING_FINDINGS)
    cleared = visits.finding.isin(CLEARING_FINDINGS)
    by_lot = visits.channel == "routine_random"
    seen = visits.group_by(keys).agg(
        visited=visits.count() > 0,
        confirmed=confirmed.any(),
        cleared=cleared.any(),
        self_reported=(confirmed & (visits.channel == "self_report")).any(),
        lot_confirmed=(confirmed & by_lot).any(),
        lot_cleared=(cleared & by_lot).any(),
        random_propensity=visits.propensity.max(where=by_lot),
    )
    benefits = window.facts("benefits")
    benefits = benefits.filter(benefits.scheme.isin(COVERING_SCHEMES))
    admitted = benefits.group_by(keys).agg(admitted=benefits.count() > 0)
    rows = side_by_side(window.spine, seen, admitted, covered.mutate(covered=ibis.literal(True)))
    yes = {
        name: rows[name].fill_null(False)
        for name in ("visited", "confirmed", "cleared", "self_reported", "admitted", "covered")
    }
    label = ibis.cases(
        (yes["covered"], ibis.null("int64")),
        (yes["confirmed"] | yes["admitted"], ibis.literal(1, "int64")),
        (yes["cleared"], ibis.literal(0, "int64")),
        else_=ibis.null("int64"),
    )
    source = ibis.cases(
        (yes["covered"], "covered"),
        (yes["confirmed"] & ~yes["self_reported"], "visit"),
        (yes["confirmed"], "self_report"),
        (yes["admitted"], "admission"),
        (yes["cleared"], "visit"),
        (yes["visited"], "unreached"),
        else_="unseen",
    )
    random_label = ibis.cases(
        (yes["covered"], ibis.null("int64")),
        (rows.lot_confirmed.fill_null(False), ibis.literal(1, "int64")),
        (rows.lot_cleared.fill_null(False), ibis.literal(0, "int64")),
        else_=ibis.null("int64"),
    )
    return rows.mutate(label=label, label_source=source, random_label=random_label).select(
        *LABEL_COLUMNS
    )


UNMET_NEED_180D = Outcome(
    name="unmet_need_180d",
    window_days=180,
    settle_days=30,
    description="Confirmed in need within 180 days by a visit or an admission, not covered before.",
    define=define,
)
