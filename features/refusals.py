"""What a feature group asks of its feeds and cannot get, said in words: group, feed and column.

Left alone, a misspelt column ends in the query library's own complaint, which names neither. What is wrong
with the facts themselves (a feed that tells one fact twice) would not even be an error: every count and sum
over it would silently be too large.
"""

import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import ibis.expr.types as ir
from ibis.common.exceptions import IbisError

from data_contracts.contract import Contract
from features.matrix_contract import near
from features.point_in_time import Feed, PointInTime, UnknownFeedError
from features.registry import DeclarationError, FeatureGroup

_NOT_THERE = re.compile(
    r"^'Table' object has no attribute '(\w+)'|^Column '(\w+)' is not found in table"
)
_ABOUT_COLUMNS = re.compile(r"'(Table|\w+Column|\w+Scalar)'")
_ONE_IN = 64


class GroupRefused(DeclarationError):
    """A feature group asks for something its feeds do not have, or a feed is not what it promises."""


def build_group(
    group: FeatureGroup, view: PointInTime, contracts: Mapping[str, Contract]
) -> ir.Table:
    """Return ``group.build(view)``.

    Raises:
        GroupRefused: the group asks for a feed the deployment does not have, for a kind of entity it does
            not link, for a column the feed does not have, or for something its type cannot do.
    """
    try:
        return group.build(view)
    except UnknownFeedError as error:
        raise _unknown_feed(group, error, contracts) from error
    except (AttributeError, TypeError, IbisError) as error:
        if not _is_about_a_query(error):
            raise
        raise _unknown_column(group, error, contracts) from error


def require_grains(feeds: Mapping[str, Feed], groups: Sequence[FeatureGroup]) -> None:
    """Refuse feeds that ``groups`` read and that have the wrong grain, by a sample of one fact in 64.

    The sample is drawn by hash of the fact id: whoever sends the wrong grain tells most facts repeatedly.

    Raises:
        GroupRefused: see :func:`require_grain`.
    """
    read = sorted({source for group in groups for source in group.sources} & set(feeds))
    for name in read:
        require_grain(name, feeds[name], one_in=_ONE_IN)


def require_grain(name: str, feed: Feed, *, one_in: int = 1) -> None:
    """Refuse a feed that has two versions of one fact in force at the same time.

    Args:
        name: of the feed.
        feed: its facts.
        one_in: 1 looks at every fact, 64 at every sixty-fourth.

    Raises:
        GroupRefused: it has; names the feed, the column and how many facts.
    """
    contract, facts = feed.contract, feed.facts
    if one_in > 1:
        facts = facts.filter(facts[contract.fact_id].hash() % one_in == 0)
    versions = facts.group_by(contract.fact_id).agg(
        told=facts.count(),
        moments=facts.known_from.nunique(),
        unended=facts.count(where=facts.known_until.isnull()),
    )
    wrong = versions.filter((versions.told > versions.moments) | (versions.unended > 1))
    repeated = int(wrong.count().execute())
    if repeated:
        looked_at = "" if one_in == 1 else f" of every {one_in}th looked at"
        raise GroupRefused(
            f"feed {name}: {repeated} facts{looked_at} have several versions in force at once; one row"
            f" must be {_grain(contract)}, told apart by column {contract.fact_id!r}. Correct factId in"
            f" {name}.odcs.yaml or have {contract.department} send each fact once"
        )


def _unknown_feed(
    group: FeatureGroup, error: UnknownFeedError, contracts: Mapping[str, Contract]
) -> GroupRefused:
    asked = _feed_asked(error)
    if asked is None or asked in contracts:
        entity = contracts[asked].entity if asked else None
        of = f" of feed {asked} (its contract says entity {entity!r})" if asked else ""
        return GroupRefused(
            f"feature group {group.name}{_place(group, error)}: facts{of} cannot be linked: {error}."
            " Add the link to the deployment, or correct entity in the contract"
        )
    return GroupRefused(
        f"feature group {group.name}{_place(group, error)}: asks for feed {asked!r}, for which this"
        f" deployment has no contract{near(asked, contracts)}"
        f"{'' if near(asked, contracts) else f'; it has {sorted(contracts)}'}"
    )


def _unknown_column(
    group: FeatureGroup, error: Exception, contracts: Mapping[str, Contract]
) -> GroupRefused:
    where = f"feature group {group.name}{_place(group, error)}"
    match = _NOT_THERE.match(str(error))
    if match is None:
        return GroupRefused(f"{where}: the query library refuses: {str(error).splitlines()[0]}")
    column = match.group(1) or match.group(2)
    table = _table_asked(error)
    there = () if table is None else table.columns
    feed = _feed_asked(error) or _feed_of(table, group, contracts)
    if feed is not None and feed in contracts:
        known = contracts[feed].stored_names
        return GroupRefused(
            f"{where}: feed {feed} has no column {column!r}{near(column, (*known, *there))}"
            f"{_elsewhere(column, contracts)}"
        )
    sources = ", ".join(group.sources)
    return GroupRefused(
        f"{where}: no column {column!r} in a table made of {sources}{near(column, there)}"
        f"{_elsewhere(column, contracts)}"
    )


def _frames(error: BaseException) -> Iterator[FrameType]:
    """Yield where an error passed through, innermost first."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    yield from reversed(frames)


def _is_about_a_query(error: BaseException) -> bool:
    """Whether it is about tables and columns, and not a slip of plain Python."""
    return isinstance(error, IbisError) or bool(_ABOUT_COLUMNS.search(str(error)))


def _feed_asked(error: BaseException) -> str | None:
    """Return the feed of the innermost question to the point-in-time view that failed."""
    for frame in _frames(error):
        if frame.f_globals.get("__name__") == PointInTime.__module__ and "feed" in frame.f_locals:
            return str(frame.f_locals["feed"])
    return None


def _table_asked(error: BaseException) -> ir.Table | None:
    for frame in _frames(error):
        found = frame.f_locals.get("self")
        if isinstance(found, ir.Table):
            return found
    return None


def _feed_of(
    table: ir.Table | None, group: FeatureGroup, contracts: Mapping[str, Contract]
) -> str | None:
    """Return the source of ``group`` whose columns ``table`` carries; the widest if several."""
    if table is None:
        return None
    carried = [
        name
        for name in group.sources
        if name in contracts
        and set(contracts[name].stored_names) - {"household_id"} <= set(table.columns)
    ]
    return max(carried, key=lambda name: len(contracts[name].stored_names), default=None)


def _elsewhere(column: str, contracts: Mapping[str, Contract]) -> str:
    owners = sorted(name for name, one in contracts.items() if column in one.stored_names)
    return f" (feed {', '.join(owners)} has one)" if owners else ""


def _place(group: FeatureGroup, error: BaseException) -> str:
    """Return the line of the group's own module where it asked."""
    own = group.build.__code__.co_filename if hasattr(group.build, "__code__") else None
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_code.co_filename == own:
            return f" ({Path(own).name}, line {line})"
    return ""


def _grain(contract: Contract) -> str:
    text = contract.granularity.rstrip(".")
    return text[:1].lower() + text[1:]
