"""Earlier interviews of the same household: what it said last time, and what has changed since.

Most households are interviewed once, so nearly all of this is unknown for nearly everybody. A part left out
last time is read from the interview before it.
"""

import ibis.expr.types as ir

from features.point_in_time import PointInTime, newest, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import within

REMEMBERED: dict[str, dict[str, str]] = {
    "hps_employment": {
        "wrkloss": "Somebody had lost employment income: 1 yes, 2 no",
        "expctloss": "Somebody expected to lose employment income: 1 yes, 2 no",
        "anywork": "Worked for pay: 1 yes, 2 no",
        "unemppay": "Pay while not working: 1 to 3 some, 4 none",
    },
    "hps_food": {
        "curfoodsuf": "Food in the week before: 1 the kinds wanted, 4 often not enough",
        "foodconf": "Confidence of affording food: 1 none, 4 very confident",
        "freefood": "Got free food: 1 yes, 2 no",
        "tspndfood": "Spent on food to prepare at home",
        "tspndprpd": "Spent on prepared meals",
    },
    "hps_health": {
        "hlthstatus": "General health: 1 excellent, 5 poor",
        "anxious": "Felt nervous: 1 not at all, 4 nearly every day",
        "worry": "Could not stop worrying, same scale",
        "interest": "Little interest or pleasure, same scale",
        "down": "Felt down or hopeless, same scale",
        "delay": "Put off medical care: 1 yes, 2 no",
        "notget": "Needed medical care and did not get it: 1 yes, 2 no",
    },
    "hps_housing": {
        "tenure": "Tenure: 1 owned, 2 mortgage, 3 rented, 4 without payment",
        "mortlmth": "Rent or mortgage of the month before: 1 paid, 2 not, 3 deferred",
        "mortconf": "Confidence of paying the next one: 1 none, 4 high, 5 deferred",
    },
}
COMPARED = {
    "curfoodsuf": ("hps_food", "food sufficiency; above 0 is worse"),
    "foodconf": ("hps_food", "confidence of affording food; below 0 is worse"),
    "expctloss": ("hps_employment", "expecting to lose income; below 0 is worse"),
}


def build(view: PointInTime) -> ir.Table:
    """Return one row per household; unknown where there was no earlier interview."""
    parts, counts = [], []
    for feed, columns in REMEMBERED.items():
        facts = view.facts(feed)
        earlier = facts.filter(~within(facts, days=1))
        before = newest(earlier, per=KEYS, fact_id="interview_id")
        parts.append(before.select(*KEYS, **{f"before_{column}": column for column in columns}))
        compared = [column for column, (of, _) in COMPARED.items() if of == feed]
        if compared:
            parts.append(facts.filter(within(facts, days=1)).select(*KEYS, *compared))
    people = view.facts("hps_people")
    earlier = people.filter(~within(people, days=1))
    counts = earlier.group_by(list(KEYS)).agg(
        before_interviews=earlier.count(), interviewed_before_on=earlier.event_date.max()
    )
    rows = side_by_side(view.spine, *parts, counts)
    return rows.mutate(
        before_days_ago=rows.as_of_date.delta(rows.interviewed_before_on, unit="day"),
        **{f"change_{column}": rows[column] - rows[f"before_{column}"] for column in COMPARED},
    ).select(*KEYS, *GROUP.columns)


GROUP = FeatureGroup(
    name="before",
    title="Earlier interviews",
    sensitivity="S3",
    sources=("hps_people", *REMEMBERED),
    evidence=("interviewed_before_on",),
    features=(
        *(
            Feature(
                name=f"before_{column}",
                unit="USD per 7 days" if column.startswith("tspnd") else "code",
                missing="unknown",
                sources=(feed,),
                description=f"{description}; in the last interview but this one.",
            )
            for feed, columns in REMEMBERED.items()
            for column, description in columns.items()
        ),
        *(
            Feature(
                name=f"change_{column}",
                unit="steps",
                missing="unknown",
                sources=(feed,),
                description=f"This answer less the one before: {description}.",
            )
            for column, (feed, description) in COMPARED.items()
        ),
        Feature(
            name="before_interviews",
            unit="interviews",
            dtype="integer",
            missing="zero",
            sources=("hps_people",),
            description="Interviews of this household before this one.",
        ),
        Feature(
            name="before_days_ago",
            unit="days",
            dtype="integer",
            missing="unknown",
            sources=("hps_people",),
            description="Days from the closing of the last wave but this one it answered.",
        ),
    ),
    build=build,
)
