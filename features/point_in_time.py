"""Join facts to a spine so that each row sees only what was known on its own date.

Two dates govern every fact. ``event_date`` is when it happened; ``known_from`` is when this version
of it reached us, and ``known_until`` when a correction replaced it. A row may use a version only if
it had arrived before the row's ``as_of_date`` and had not been replaced before it, and only if the
event itself lies before that date. Windows are half-open: ``[as_of_date - days, as_of_date)``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from data_contracts.odcs import Contract
from features.registry import KEYS

ENTITY = "entity_id"


class UnknownFeed(LookupError):
    """A group asked for a feed, or for a link, that this deployment does not have."""


@dataclass(frozen=True)
class Feed:
    """A contract with its facts: contract columns plus ``known_from`` and ``known_until``."""

    contract: Contract
    facts: ir.Table


def visible(facts: ir.Table, dates: ir.Table) -> ir.Table:
    """Return the version of each fact that was current on each ``as_of_date`` of ``dates``.

    The version is chosen before any window is applied: a correction may move ``event_date`` out of
    a window, and the superseded version must not come back in its place. Facts that had not
    happened yet are left out, even if announced beforehand.
    """
    midnight = dates.as_of_date.cast("timestamp")
    return dates.join(
        facts,
        [
            facts.known_from < midnight,
            facts.known_until.isnull() | (facts.known_until >= midnight),
            facts.event_date < dates.as_of_date,
        ],
    )


def in_force(spells: ir.Table) -> ir.Table:
    """Keep the spells that cover the last whole day before ``as_of_date``.

    A spell is ``[event_date, valid_to)``; a null ``valid_to`` means no end was known on that date.
    """
    return spells.filter(spells.valid_to.isnull() | (spells.valid_to >= spells.as_of_date))


class PointInTime:
    """What every household's records said on each ``as_of_date`` of a spine.

    Feature groups receive one of these and nothing else; they never touch ``known_from``.
    """

    def __init__(
        self, spine: ir.Table, feeds: Mapping[str, Feed], links: Mapping[str, ir.Table]
    ) -> None:
        """Bind a spine to its facts.

        Args:
            spine: one row per ``household_id`` and ``as_of_date``.
            feeds: facts by feed name.
            links: per kind of entity a table ``household_id, as_of_date, entity_id``: which person,
                address, account or grid belonged to which household on that date.
        """
        self.spine = spine
        self._feeds = feeds
        self._links = {**links, "household": spine.mutate(**{ENTITY: spine.household_id})}
        self._dates = spine.select("as_of_date").distinct()

    def facts(self, feed: str, *, days: int | None = None) -> ir.Table:
        """Return the facts of ``feed`` known on each date, one row per household and fact.

        Args:
            feed: name of the feed.
            days: window length counted back from ``as_of_date``; None for all history.

        Returns:
            ``household_id``, ``as_of_date`` and the contract's columns. A household with no fact is
            absent.

        Raises:
            UnknownFeed: no such feed, or no link from its entity to a household.
        """
        linked = self._linked(feed)
        if days is None:
            return linked
        return linked.filter(linked.event_date >= linked.as_of_date - ibis.interval(days=days))

    def current(self, feed: str) -> ir.Table:
        """Return the spells of ``feed`` in force on each date (see :func:`in_force`)."""
        return in_force(self._linked(feed))

    def members(self, entity: str) -> ir.Table:
        """Return ``household_id, as_of_date, entity_id`` for one kind of entity.

        Raises:
            UnknownFeed: the deployment links no such entity.
        """
        if entity not in self._links:
            raise UnknownFeed(
                f"no link from {entity!r} to a household; this deployment links"
                f" {sorted(self._links)}"
            )
        return self._links[entity]

    def _linked(self, feed: str) -> ir.Table:
        if feed not in self._feeds:
            raise UnknownFeed(f"no feed {feed!r}; this deployment has {sorted(self._feeds)}")
        contract = self._feeds[feed].contract
        known = visible(self._feeds[feed].facts, self._dates).drop("known_from", "known_until")
        members = self.members(contract.entity)
        owned = known.join(
            members,
            [
                known[contract.entity_column] == members[ENTITY],
                known.as_of_date == members.as_of_date,
            ],
            rname="{name}_of_member",
        )
        if contract.entity == "household":
            return owned.drop(ENTITY, "as_of_date_of_member", "household_id_of_member")
        if "household_id" in contract.column_names:
            # The register's own household column gives way to the household the entity is linked to.
            owned = owned.drop("household_id").rename(household_id="household_id_of_member")
        return owned.drop(ENTITY, "as_of_date_of_member").relocate(*KEYS)
