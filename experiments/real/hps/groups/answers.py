"""This interview: what the household answered in the wave that closed the day before.

Units and meanings of the answers stand in the contracts and are read from there. Not asked, not reached and
not answered are all unknown; of a box to tick only a tick is known. Race and Hispanic origin are asked in the
survey and deliberately not delivered: nobody should be sought out, or passed over, for them.
"""

from typing import Literal, NamedTuple

import ibis
import ibis.expr.types as ir

from experiments.real.hps.deliver import contracts
from features.point_in_time import PointInTime, side_by_side
from features.registry import KEYS, Dtype, Feature, FeatureGroup


class Answer(NamedTuple):
    """One answer as a feature. ``yes``: code 1 is true and every other code false."""

    feature: str
    column: str
    kind: Literal["scale", "class", "yes", "amount"] = "scale"
    monotone: Literal[-1, 0, 1] = 0
    phrase: str | None = None
    worrying: Literal["high", "low", "any"] = "high"


ANSWERS: dict[str, tuple[Answer, ...]] = {
    "hps_people": (
        Answer("people_schooling", "eeduc"),
        Answer("people_marital_status", "ms", "class"),
        Answer("people_persons", "thhld_numper"),
        Answer("people_children", "thhld_numkid"),
        Answer("people_adults", "thhld_numadlt"),
        Answer(
            "people_income_bracket",
            "income",
            monotone=-1,
            phrase="household income in bracket {value} of 8",
            worrying="low",
        ),
    ),
    "hps_employment": (
        Answer("work_income_lost", "wrkloss", "yes", phrase="lost income from work"),
        Answer("work_income_loss_expected", "expctloss", "yes", phrase="expects to lose income"),
        Answer("work_is_working", "anywork", "yes"),
        Answer("work_employer", "kindwork", "class"),
        Answer("work_reason_without", "rsnnowrk", "class"),
        Answer("work_pay_while_without", "unemppay"),
    ),
    "hps_food": (
        Answer("food_sufficiency_before_pandemic", "prifoodsuf", monotone=1),
        Answer(
            "food_sufficiency",
            "curfoodsuf",
            monotone=1,
            phrase="food in the last week: {value} (1 the kinds wanted, 2 not always)",
        ),
        Answer("food_lacks_money", "foodsufrsn1", "yes", phrase="cannot afford more food"),
        Answer("food_cannot_get_out", "foodsufrsn2", "yes"),
        Answer("food_afraid_to_go_out", "foodsufrsn3", "yes"),
        Answer("food_no_delivery", "foodsufrsn4", "yes"),
        Answer("food_not_in_shops", "foodsufrsn5", "yes"),
        Answer("food_got_free", "freefood", "yes", phrase="got free food in the last week"),
        Answer("food_spend_at_home", "tspndfood", "amount"),
        Answer("food_spend_on_meals", "tspndprpd", "amount"),
        Answer(
            "food_confidence",
            "foodconf",
            monotone=-1,
            phrase="confidence of affording food next month: {value} of 4",
            worrying="low",
        ),
    ),
    "hps_health": (
        Answer("health_general", "hlthstatus"),
        Answer("health_anxious", "anxious"),
        Answer("health_worry", "worry"),
        Answer("health_little_interest", "interest"),
        Answer("health_down", "down"),
        Answer("health_insured_by_employer", "hlthins1", "yes"),
        Answer("health_insured_directly", "hlthins2", "yes"),
        Answer("health_insured_medicare", "hlthins3", "yes"),
        Answer("health_insured_medicaid", "hlthins4", "yes"),
        Answer("health_insured_military", "hlthins5", "yes"),
        Answer("health_insured_veterans", "hlthins6", "yes"),
        Answer("health_insured_indian_service", "hlthins7", "yes"),
        Answer("health_insured_otherwise", "hlthins8", "yes"),
        Answer("health_care_delayed", "delay", "yes"),
        Answer("health_care_not_got", "notget", "yes", phrase="needed medical care and got none"),
    ),
    "hps_housing": (
        Answer("home_tenure", "tenure", "class"),
        Answer("home_payment_last_month", "mortlmth", "class"),
    ),
    "hps_schooling": (
        Answer("school_enrolled", "enroll1", "yes"),
        Answer("school_taught_at_home", "enroll2", "yes"),
        Answer("school_none_enrolled", "enroll3", "yes"),
        Answer("school_classes_cancelled", "teach1", "yes"),
        Answer("school_classes_online", "teach2", "yes"),
        Answer("school_classes_on_paper", "teach3", "yes"),
        Answer("school_classes_otherwise", "teach4", "yes"),
        Answer("school_classes_unchanged", "teach5", "yes"),
        Answer("school_computer_missing", "compavail"),
        Answer("school_computer_from_school", "comp1", "yes"),
        Answer("school_computer_own", "comp2", "yes"),
        Answer("school_computer_elsewhere", "comp3", "yes"),
        Answer("school_internet_missing", "intrntavail"),
        Answer("school_internet_from_school", "intrnt1", "yes"),
        Answer("school_internet_own", "intrnt2", "yes"),
        Answer("school_internet_elsewhere", "intrnt3", "yes"),
        Answer("school_live_hours", "tschlhrs", "amount"),
        Answer("school_hours_taught_at_home", "ttch_hrs", "amount"),
    ),
}

_DEFERRED = 5
"""Answer "the payment is or will be deferred" among degrees of confidence of paying it (hps_housing)."""
_YES, _NO = 1, 2
_DISTRESS = ("anxious", "worry", "interest", "down")
_MAIN_INSURANCE = tuple(f"hlthins{kind}" for kind in range(1, 7))
_ASKED_OF_ALL = (
    *("income", "ms", "wrkloss", "expctloss", "anywork", "prifoodsuf", "curfoodsuf", "freefood"),
    *("tspndfood", "tspndprpd", "foodconf", "hlthstatus", *_DISTRESS, "hlthins1", "hlthins2"),
    *("hlthins3", "hlthins4", "delay", "notget", "tenure"),
)


def build(view: PointInTime) -> ir.Table:
    """Return one row per household; the answers of the wave that closed the day before."""
    parts = [view.facts(feed, days=1).select(*KEYS, *_columns(feed)) for feed in ANSWERS]
    rows = side_by_side(view.spine, *parts)
    answered = {
        answer.feature: rows[answer.column] == _YES
        if answer.kind == "yes"
        else rows[answer.column].cast("string")
        if answer.kind == "class"
        else rows[answer.column]
        for answers in ANSWERS.values()
        for answer in answers
    }
    distress = [rows[column] for column in _DISTRESS]
    insured = [rows[column] == _YES for column in _MAIN_INSURANCE]
    uninsured = [rows[column] == _NO for column in _MAIN_INSURANCE]
    return rows.mutate(
        **answered,
        people_age=rows.as_of_date.year() - rows.birth_year,
        food_spend_per_person=rows.tspndfood / rows.thhld_numper,
        health_distress_mean=_mean(distress),
        health_is_uninsured=ibis.cases((ibis.or_(*insured), False), (ibis.and_(*uninsured), True)),
        home_payment_confidence=rows.mortconf.nullif(_DEFERRED),
        home_payment_will_be_deferred=rows.mortconf == _DEFERRED,
        people_unanswered=sum(
            (rows[column].isnull().cast("int64") for column in _ASKED_OF_ALL), start=ibis.literal(0)
        ),
        interviewed_on=rows.as_of_date - ibis.interval(days=1),
    ).select(*KEYS, *GROUP.columns)


def _columns(feed: str) -> list[str]:
    own = [answer.column for answer in ANSWERS[feed]]
    return own + {"hps_people": ["birth_year"], "hps_housing": ["mortconf"]}.get(feed, [])


def _mean(answers: list[ir.NumericValue]) -> ir.NumericValue:
    """Return the mean of the answers given; null if none was."""
    given = sum((answer.notnull().cast("int64") for answer in answers), start=ibis.literal(0))
    total = sum((answer.fill_null(0) for answer in answers), start=ibis.literal(0))
    return total / given.nullif(0)


_DTYPES: dict[str, Dtype] = {
    "scale": "integer",
    "class": "category",
    "yes": "boolean",
    "amount": "number",
}


def _feature(feed: str, answer: Answer) -> Feature:
    promised = contracts()[feed].column(answer.column)
    return Feature(
        name=answer.feature,
        unit="yes or no" if answer.kind == "yes" else promised.unit or "code",
        dtype=_DTYPES[answer.kind],
        missing="unknown",
        sources=(feed,),
        monotone=answer.monotone,
        description=promised.description,
        phrase=answer.phrase,
        dated_by="interviewed_on" if answer.phrase else None,
        worrying=answer.worrying,
    )


GROUP = FeatureGroup(
    name="answers",
    title="This interview",
    sensitivity="S3",
    sources=tuple(ANSWERS),
    evidence=("interviewed_on",),
    features=(
        *(_feature(feed, answer) for feed, answers in ANSWERS.items() for answer in answers),
        Feature(
            name="people_age",
            unit="years",
            dtype="integer",
            missing="unknown",
            sources=("hps_people",),
            description="Age reached in the year of the interview by the person interviewed.",
        ),
        Feature(
            name="food_spend_per_person",
            unit="USD per person and 7 days",
            missing="unknown",
            sources=("hps_people", "hps_food"),
            description="Spent on food to prepare at home over persons in the household.",
        ),
        Feature(
            name="health_distress_mean",
            unit="code",
            missing="unknown",
            sources=("hps_health",),
            description="Mean of the four questions on mood that were answered: 1 never, 4 daily.",
            phrase="low or worried: {value} on a scale of 1 to 4",
            dated_by="interviewed_on",
        ),
        Feature(
            name="health_is_uninsured",
            unit="yes or no",
            dtype="boolean",
            missing="unknown",
            sources=("hps_health",),
            description="No to each of six kinds of health insurance; false if yes to any.",
        ),
        Feature(
            name="home_payment_confidence",
            unit="code",
            dtype="integer",
            missing="unknown",
            sources=("hps_housing",),
            monotone=-1,
            description="Confidence of paying next month's rent or mortgage: 1 none, 4 high;"
            " unknown if it will be deferred.",
            phrase="confidence of paying next month's rent or mortgage: {value} of 4",
            dated_by="interviewed_on",
            worrying="low",
        ),
        Feature(
            name="home_payment_will_be_deferred",
            unit="yes or no",
            dtype="boolean",
            missing="unknown",
            sources=("hps_housing",),
            description="Next month's rent or mortgage is or will be deferred.",
        ),
        Feature(
            name="people_unanswered",
            unit="questions",
            dtype="integer",
            missing="unknown",
            description="Questions asked of everybody that were left open.",
        ),
    ),
    build=build,
)
