"""Offices that deal with names, books and doorplates: opened together when recording begins.

They look at the world and never change it, so hardship takes its course whatever they write down.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from experiments.district.account_books import AccountBooks
from experiments.district.config import DistrictConfig
from experiments.district.deliver import Lookup
from experiments.district.desk import Desk
from experiments.district.doorplates import Doorplates, put_up
from experiments.district.families import MedicalFamilies
from experiments.district.hotline import Hotline
from experiments.district.kin import parents_near
from experiments.district.lookups import lookups
from experiments.district.months import Ints, Month
from experiments.district.papers import Papers
from experiments.district.persons_truth import Lives, account_truth
from experiments.district.places import Grids
from experiments.district.property import Holdings
from experiments.district.registration import Register
from experiments.district.schools import Schools
from experiments.district.streams import Streams
from experiments.district.weddings import report_marriages_in_force
from experiments.district.world import World


@dataclass
class Offices:
    """Everything that names people and places."""

    papers: Papers
    doors: Doorplates
    parents: Ints
    register: Register
    books: AccountBooks
    families: MedicalFamilies
    schools: Schools
    holdings: Holdings
    hotline: Hotline
    lives: Lives
    lookups: dict[str, Lookup]

    def report_stock(self, world: World, desk: Desk, streams: Streams, month: Month) -> None:
        """Hand in what stands in their books when sharing begins."""
        self.register.report_stock(world, desk)
        report_marriages_in_force(world, desk, streams, day=month.first)
        self.schools.open(world, desk, streams, self.doors, self.register, month)
        self.holdings.open(world, desk, streams, month)
        self.lives.note(world, self.register, month)

    def month(self, world: World, desk: Desk, streams: Streams, month: Month) -> None:
        """Let the offices see one month of the world."""
        self.parents = _grown(self.parents, len(world.homes))
        self.papers.extend(world, streams, month=month.index, parents=self.parents)
        self.families.extend(world, streams, month=month.index)
        self.register.month(world, desk, streams, month)
        self.books.month(world, desk, streams, month)
        self.schools.month(world, desk, streams, month, self.register)
        self.holdings.month(world, desk, streams, month)
        self.hotline.month(world, desk, streams, month)
        self.lives.note(world, self.register, month)

    def write_truth(self, folder: Path, world: World, *, seed: int) -> None:
        """Write persons.parquet and accounts.parquet into ``folder``."""
        persons = self.lives.table(world, self.papers, seed=seed)
        pq.write_table(persons, folder / "persons.parquet", compression="zstd")
        accounts = account_truth(world, self.books, seed=seed)
        pq.write_table(accounts, folder / "accounts.parquet", compression="zstd")


def open_offices(
    world: World, grids: Grids, config: DistrictConfig, streams: Streams, *, day: int
) -> Offices:
    """Give the people of ``day`` papers, doorplates, books and accounts."""
    parents = parents_near(world, streams, day=day)
    papers = Papers()
    papers.extend(world, streams, month=-1, parents=parents)
    doors = put_up(world, grids, streams, config.register_noise, config.account_noise)
    register = Register(config.register_noise, doors)
    register.open(world, streams, parents, day=day)
    books = AccountBooks(papers, doors, config.account_noise)
    books.open(world, streams, parents, day=day)
    families = MedicalFamilies()
    families.open(world, streams, parents)
    found = lookups(papers, doors, books, families, seed=config.seed)
    return Offices(
        papers, doors, parents, register, books, families,
        Schools(), Holdings(), Hotline(), Lives(doors), found,
    )  # fmt: skip


def _grown(parents: Ints, count: int) -> Ints:
    return np.concatenate([parents, np.full(count - len(parents), -1, np.int64)])
