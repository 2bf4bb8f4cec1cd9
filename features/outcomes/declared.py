"""From the words of an outcome to its labels: one aggregate per feed, and the rungs in their order."""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import count
from operator import and_, or_
from pathlib import Path

import ibis
import ibis.expr.types as ir

from features.labels import LABEL_COLUMNS, STREAM_COLUMNS, Outcome, OutcomeWindow
from features.outcomes.declaration import (
    Answer,
    Declaration,
    Events,
    Evidence,
    Lot,
    OutcomeRefused,
    Stream,
    Told,
    read_declaration,
)
from features.point_in_time import side_by_side
from features.registry import KEYS

SHIPPED = Path(__file__).parent
UNSEEN = "unseen"
_NEVER = ibis.date("9999-12-31")


def load_outcome(path: str | Path) -> Outcome:
    """Return the outcome declared in a YAML file: a path, or the name of one shipped beside this module.

    Raises:
        OutcomeRefused: there is no such file, or it does not say what it must.
    """
    return outcome_of(read_declaration(outcome_file(path)))


def outcome_file(path: str | Path) -> Path:
    """Return the file ``path`` stands for: itself where there is one, else the one of that name shipped here.

    Raises:
        OutcomeRefused: there is neither.
    """
    for file in (Path(path), SHIPPED / path):
        if file.is_file():
            return file
    known = ", ".join(sorted(one.name for one in SHIPPED.glob("*.yaml")))
    raise OutcomeRefused(f"no outcome file {path}; shipped with the engine: {known}")


def outcome_of(words: Declaration) -> Outcome:
    """Return the outcome that ``words`` declare; its ``define`` refuses what the feeds do not have."""
    return Outcome(
        name=words.name,
        window_days=words.window_days,
        settle_days=words.settle_days,
        description=words.description,
        define=lambda window: _labels(words, window),
    )


Numbered = Mapping[int, Told]
"""Evidence by the number its columns carry."""


def _labels(words: Declaration, window: OutcomeWindow) -> ir.Table:
    words.check({name: feed.contract for name, feed in window.feeds.items()})
    positive, unknown, negative, unanswered = _numbered(
        words.positive, words.unknown, words.negative, words.unanswered
    )
    inside = {**positive, **unknown, **negative, **unanswered}
    tables = [
        *_at_the_start(words, window),
        *_inside(inside, words, window),
        *_drawn(words, window),
    ]
    rows = side_by_side(window.spine, *tables)

    def any_of(rung: Numbered, *, by_lot: bool = False) -> ir.BooleanValue:
        named = (f"{'lot' if by_lot else 'on'}_{number}" for number in rung)
        happened = (rows[name].notnull() for name in named if name in rows.columns)
        return reduce(or_, happened, ibis.literal(False))

    excluded = [rows[f"was_{number}"].notnull() for number in range(len(words.excluded))]
    out = reduce(or_, excluded, ibis.literal(False))
    sources = [
        *zip(excluded, (one.source for one in words.excluded), strict=True),
        *((rows[f"on_{number}"].notnull(), one.source) for number, one in inside.items()),
    ]
    label = _one_or_zero(
        out, positive=any_of(positive), unknown=any_of(unknown), negative=any_of(negative)
    )
    by_lot = _one_or_zero(
        out,
        positive=any_of(positive, by_lot=True),
        unknown=any_of(unknown),
        negative=any_of(negative, by_lot=True),
    )

    def first(stream: Stream) -> ir.DateValue:
        days = (
            rows[f"on_{number}"].fill_null(_NEVER)
            for number, one in positive.items()
            if _stream(one) == stream
        )
        return reduce(ibis.least, days, _NEVER)

    cleared_by_us = {
        number: one for number, one in negative.items() if _stream(one) == "discovered"
    }
    ours = ibis.ifelse(
        label == 1, first("discovered") <= first("self_reported"), any_of(cleared_by_us)
    ).fill_null(False)
    return rows.mutate(
        label=label,
        label_source=ibis.cases(*sources, else_=UNSEEN),
        random_label=by_lot,
        random_propensity=rows.chance if words.lot else ibis.null("float64"),
        discovered_label=ibis.ifelse(ours, label, ibis.null("int64")),
        self_reported_label=ibis.ifelse(ours, ibis.null("int64"), label),
    ).select(*LABEL_COLUMNS, *STREAM_COLUMNS)


def _numbered(*rungs: Sequence[Told]) -> list[Numbered]:
    numbers = count()
    return [{next(numbers): one for one in rung} for rung in rungs]


def _stream(one: Told) -> Stream | None:
    return one.stream if isinstance(one, Answer) else None


def _one_or_zero(
    out: ir.BooleanValue,
    *,
    positive: ir.BooleanValue,
    unknown: ir.BooleanValue,
    negative: ir.BooleanValue,
) -> ir.IntegerValue:
    return ibis.cases(
        (out, ibis.null("int64")),
        (positive, ibis.literal(1, "int64")),
        (unknown, ibis.null("int64")),
        (negative, ibis.literal(0, "int64")),
        else_=ibis.null("int64"),
    )


def _at_the_start(words: Declaration, window: OutcomeWindow) -> list[ir.Table]:
    tables = []
    for number, one in enumerate(words.excluded):
        spells = window.past.current(one.feed)
        held = spells.filter(_holds(spells, one)).select(*KEYS).distinct()
        tables.append(held.mutate(**{f"was_{number}": ibis.literal(True)}))
    return tables


def _inside(inside: Numbered, words: Declaration, window: OutcomeWindow) -> Iterator[ir.Table]:
    """Yield, per household, the first day of each evidence, and the first that came about by lot."""
    together: dict[tuple[str, str | None], list[int]] = {}
    for number, one in inside.items():
        if isinstance(one, Answer) and one.after is not None:
            facts = window.facts(one.feed, link=one.link)
            told = _after(facts.filter(_holds(facts, one)), words.events[one.after], window)
            yield told.group_by(list(KEYS)).agg(**_first_days({number: one}, words, told))
        else:
            together.setdefault((one.feed, one.link), []).append(number)
    for (feed, link), numbers in together.items():
        facts = window.facts(feed, link=link)
        asked = {number: inside[number] for number in numbers}
        yield facts.group_by(list(KEYS)).agg(**_first_days(asked, words, facts))


def _first_days(asked: Numbered, words: Declaration, facts: ir.Table) -> dict[str, ir.DateScalar]:
    days = {}
    for number, one in asked.items():
        holds = _holds(facts, one)
        days[f"on_{number}"] = facts.event_date.min(where=holds)
        if words.lot is not None and words.lot.feed == one.feed:
            days[f"lot_{number}"] = facts.event_date.min(where=holds & _by_lot(facts, words.lot))
    return days


def _after(facts: ir.Table, events: Events, window: OutcomeWindow) -> ir.Table:
    """Keep the facts that one of ``events`` preceded by at most its days, or happened on the day of."""
    struck = [
        seen.filter(_holds(seen, one)).select(*KEYS, struck_on="event_date")
        for one in events.any_of
        for seen in [window.facts(one.feed, days_before=events.days, link=one.link)]
    ]
    pairs = facts.join(ibis.union(*struck, distinct=True) if len(struck) > 1 else struck[0], KEYS)
    passed = pairs.event_date.delta(pairs.struck_on, unit="day")
    return pairs.filter(passed >= 0, passed <= events.days)


def _drawn(words: Declaration, window: OutcomeWindow) -> list[ir.Table]:
    if words.lot is None:
        return []
    facts = window.facts(words.lot.feed)
    drawn = facts.filter(_by_lot(facts, words.lot))
    return [drawn.group_by(list(KEYS)).agg(chance=drawn[words.lot.chance].max())]


def _by_lot(facts: ir.Table, lot: Lot) -> ir.BooleanValue:
    return _holds(facts, Evidence(feed=lot.feed, where=lot.where))


def _holds(facts: ir.Table, one: Evidence) -> ir.BooleanValue:
    conditions = [
        *(facts[column].isin(codes) for column, codes in one.where.items()),
        *(~facts[column].isin(codes).fill_null(False) for column, codes in one.where_not.items()),
        *(facts[column] >= least for column, least in one.at_least.items()),
        *(facts[column].notnull() for column in one.known),
    ]
    return reduce(and_, conditions, ibis.literal(True)).fill_null(False)
