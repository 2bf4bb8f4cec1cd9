"""A deployment: which departments there are, whom the engine speaks for, and what is computed.

The simulated district, a real bureau and a public survey differ only in the object defined here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import ibis.expr.types as ir

from data_contracts.odcs import Contract, load_contracts
from features.point_in_time import Feed
from features.registry import Feature, FeatureGroup, features_of, find_groups

Feeds = Mapping[str, Feed]


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What makes one place different from another.

    ``cohort(feeds, dates)`` returns the spine: ``household_id, as_of_date`` for every household the
    engine speaks for. ``links(spine, feeds)`` returns, per kind of entity, which entity belonged to
    which household (``household_id, as_of_date, entity_id``). ``area(spine, feeds, links)`` returns
    ``household_id, as_of_date, area_id``: the smallest area a list is drawn up for. ``covered_by``
    names the boolean feature that says a household already receives the help this deployment looks
    for, or None; ``need_known_by`` the one that says a visit already confirmed its need: finding such a
    household again is no discovery. ``triggers`` is the YAML file of single triggers and rules of thumb to compare with.
    """

    name: str
    region: str
    contracts_folder: Path
    groups_package: str
    cohort: Callable[[Feeds, ir.Table], ir.Table]
    links: Callable[[ir.Table, Feeds], dict[str, ir.Table]]
    area: Callable[[ir.Table, Feeds, Mapping[str, ir.Table]], ir.Table]
    triggers: Path
    covered_by: str | None = None
    need_known_by: str | None = None

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """Contracts by feed name."""
        return load_contracts(self.contracts_folder)

    @cached_property
    def groups(self) -> tuple[FeatureGroup, ...]:
        """Feature groups whose feeds all have a contract here."""
        return find_groups(self.groups_package, feeds=self.contracts)

    @property
    def features(self) -> tuple[Feature, ...]:
        """Every declared feature, in matrix order."""
        return features_of(self.groups)
