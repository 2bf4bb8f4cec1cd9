"""The grid tree and its dwellings."""

from dataclasses import dataclass

import numpy as np

from experiments.district.desk import Desk
from experiments.district.months import NO_DAY, Flags, Floats, Ints
from experiments.district.streams import Streams
from experiments.district.world import World

HOUSEHOLDS_PER_GRID = 400
SPARE_DWELLINGS = 1.06
STREET_NAMES = ("湖滨", "河西", "新桥", "东林", "北塘", "南园", "柳巷", "石门")
COMMUNITY_NAMES = ("向阳", "和平", "建设", "幸福", "光明", "团结", "红星", "永宁", "长安", "胜利")


@dataclass(frozen=True)
class Grids:
    """The grid tree. ``community`` and ``street`` give the parent of each grid."""

    community: Ints
    street: Ints
    poverty: Floats
    has_heating: Ints
    rural: Flags

    def __len__(self) -> int:
        return len(self.community)


def lay_out(world: World, streams: Streams, *, households: int, rural_share: float) -> Grids:
    """Make the grid tree and its dwellings; older and poorer grids lie together.

    ``rural_share`` of the communities count as country; life in them is no other.
    """
    rng = streams.at("places")
    grids = max(round(households / HOUSEHOLDS_PER_GRID), 4)
    streets = int(np.clip(round(grids / 30) + 3, 4, 8))
    communities = max(streets, round(grids / 5))
    street_of_community = np.arange(communities) * streets // communities
    community = np.arange(grids) * communities // grids
    street = street_of_community[community]
    poverty = rng.normal(0, 0.25, communities)[community] + rng.normal(0, 0.3, grids)
    heating = (rng.random(communities) < 0.5)[community].astype(np.int64)

    dwellings = round(households * SPARE_DWELLINGS)
    rows = world.addresses.grow(dwellings)
    world.ids.take("address", dwellings)
    world.addresses.grid[rows] = rng.integers(0, grids, dwellings)
    age = rng.gamma(3.0, 9.0, dwellings) + 8 * np.clip(poverty[world.addresses.grid[rows]], 0, 1)
    world.addresses.built[rows] = np.clip(2024 - age, 1950, 2024).astype(np.int64)
    area = rng.lognormal(4.4, 0.35, dwellings) * np.exp(-0.1 * poverty[world.addresses.grid[rows]])
    world.addresses.area[rows] = np.round(area, 1)
    country = streams.at("setting").random(communities) < rural_share
    return Grids(community, street, poverty, heating, country[community])


def street_names(grids: Grids) -> list[str]:
    """The name of each grid's street, without 街道."""
    return [STREET_NAMES[street] for street in grids.street]


def community_names(grids: Grids) -> list[str]:
    """The name of each grid's community."""
    return [
        f"{COMMUNITY_NAMES[c % len(COMMUNITY_NAMES)]}{'' if c < 10 else c // 10}社区"
        for c in grids.community
    ]


def report_places(world: World, desk: Desk, grids: Grids, rooms: Flags, *, day: int) -> None:
    """Hand in the whole tree and all dwellings as they stand at the start.

    ``rooms`` says which address rows are only rooms of another dwelling: they have no doorplate.
    """
    count = len(grids)
    numbers = np.arange(count, dtype=np.int64)
    began = np.full(count, day, np.int64)
    open_end = np.full(count, NO_DAY, np.int64)
    communities = community_names(grids)
    desk.report(
        "grid_tree",
        grid_version_id=numbers,
        grid_id=numbers,
        grid_name=np.array(
            [f"{name}第{n + 1}网格" for n, name in enumerate(communities)], dtype=object
        ),
        community_id=grids.community,
        community_name=np.array(communities, dtype=object),
        street_id=grids.street,
        street_name=np.array([f"{name}街道" for name in street_names(grids)], dtype=object),
        district_id=np.zeros(count, np.int64),
        setting=grids.rural.astype(np.int64),
        event_date=began,
        valid_to=open_end,
    )
    report_addresses(world, desk, np.flatnonzero(~rooms), day=day)


def report_addresses(world: World, desk: Desk, rows: Ints, *, day: int) -> None:
    """Hand in dwellings; a tenth have no building year on record."""
    built = world.addresses.built[rows]
    unknown = rows % 10 == 7
    desk.report(
        "addresses",
        address_id=rows,
        compound_id=rows,
        address_text=rows,
        grid_id=world.addresses.grid[rows],
        event_date=np.full(len(rows), day, np.int64),
        built_year=np.where(unknown, NO_DAY, built),
    )
