"""``unmet_need_180d``: will this household be confirmed in need, and is it not covered today?

A positive is a visit that confirmed need, or an admission to one of the relief schemes. A negative
is a household that somebody reached and found without unmet need. Refused, not found and unsafe are
nobody's answer: unknown. So is a household nobody looked at; training may presume it negative, but
only by saying so in its configuration. An admission nobody's visit came before is counted as their own coming.
"""

from features.groups.benefits import COVERING_SCHEMES
from features.groups.contact_history import CLEARING_FINDINGS, CONFIRMING_FINDINGS
from features.outcomes.declaration import Answer, Declaration, Lot, Told
from features.outcomes.declared import outcome_of

_CONFIRMED, _CLEARED = {"finding": CONFIRMING_FINDINGS}, {"finding": CLEARING_FINDINGS}
_THEY_CAME = {"channel": ("self_report",)}

UNMET_NEED_180D = outcome_of(
    Declaration(
        name="unmet_need_180d",
        description="Confirmed in need within 180 days by a visit or an admission, not covered before.",
        window_days=180,
        settle_days=30,
        excluded=(Told(source="covered", feed="benefits", where={"scheme": COVERING_SCHEMES}),),
        positive=(
            Answer(
                source="self_report",
                stream="self_reported",
                feed="visits",
                where=_CONFIRMED | _THEY_CAME,
            ),
            Answer(
                source="visit",
                stream="discovered",
                feed="visits",
                where=_CONFIRMED,
                where_not=_THEY_CAME,
            ),
            Answer(
                source="admission",
                stream="self_reported",
                feed="benefits",
                where={"scheme": COVERING_SCHEMES},
            ),
        ),
        negative=(
            Answer(
                source="visit",
                stream="discovered",
                feed="visits",
                where=_CLEARED,
                where_not=_THEY_CAME,
            ),
            Answer(
                source="visit",
                stream="self_reported",
                feed="visits",
                where=_CLEARED | _THEY_CAME,
            ),
        ),
        unanswered=(Told(source="unreached", feed="visits"),),
        lot=Lot(feed="visits", where={"channel": ("routine_random",)}, chance="propensity"),
    )
)
