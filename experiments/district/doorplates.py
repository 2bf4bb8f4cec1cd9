"""Standard addresses: compounds with their buildings, units and rooms, from province to room.

Every dwelling lies in a compound of its grid. Styles differ as they do in towns: buildings with
units, lanes (弄), street numbers, village groups. Rooms of tenants may lie within another dwelling:
then both households have one address.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.district.months import Flags, Ints
from experiments.district.noise import AccountNoise, RegisterNoise
from experiments.district.people import DORMITORY, PRIVATE_RENTAL
from experiments.district.places import Grids, community_names, street_names
from experiments.district.streams import Streams
from experiments.district.world import World

PROVINCE, CITY, COUNTY = "江苏省", "云溪市", "临湖区"
ESTATE, BLOCKS, LANE, STREET, VILLAGE = range(5)
STYLE_SHARES = (0.44, 0.20, 0.12, 0.12, 0.12)
"""Of compounds; plausible for a mixed district of eastern China."""
BUILDING_WORD = ("幢", "号楼", "号", "号", "组")
UNIT_WORD = ("单元", "单元", "", "", "")
ROOM_WORD = ("室", "室", "室", "室", "号")
COMPOUND_SIZE = 140
"""Dwellings of a compound, about; 400 households of a grid live in two to four."""
_FIRST = [
    "阳光", "东方", "金色", "翠竹", "滨江", "湖景", "锦绣", "世纪", "丽景", "怡和", "康乐", "富民", "南苑",
    "北苑", "西城", "新城", "绿洲", "春江", "紫荆", "梧桐",
]  # fmt: skip
_ESTATE = ["花园", "家园", "小区", "新村", "苑", "公寓", "名邸", "里", "华庭", "佳园"]
_ROAD = [
    "解放", "人民", "中山", "建国", "文昌", "学前", "县前", "梅园", "运河", "清扬", "太湖", "惠山", "永丰",
    "兴源", "广瑞", "通江",
]  # fmt: skip
_CLAN = [
    "王", "李", "张", "陆", "沈", "钱", "顾", "周", "陈", "许", "㘭头", "唐", "墈上", "蒋", "前朱",
    "后朱",
]  # fmt: skip


@dataclass(frozen=True)
class Doorplates:
    """Where every dwelling lies. Arrays per address row, those of compounds per compound.

    ``shown`` is the address row whose address a dwelling bears: its own, unless it is a room of
    another. ``old_name`` is null for compounds that never had another name; ``shift`` is what
    merging added to building numbers (0: nothing).
    """

    shown: Ints
    compound: Ints
    building: Ints
    unit: Ints
    room: Ints
    style: Ints
    name: pa.Array
    grid: Ints
    old_name: pa.Array
    shift: Ints
    prefix: pa.Array
    short_prefix: pa.Array

    @property
    def is_room(self) -> Flags:
        """Which address rows are rooms of another dwelling and bear its address."""
        rooms: Flags = self.shown != np.arange(len(self.shown))
        return rooms

    def texts(self, rows: Ints) -> pa.Array:
        """The standard form of address rows that bear their own address."""
        compound = self.compound[rows]
        style = self.style[compound]
        unit = self.unit[rows]
        return pc.binary_join_element_wise(
            pc.take(self.prefix, pa.array(self.grid[compound])),
            pc.take(self.name, pa.array(compound)),
            numbers(self.building[rows]),
            pc.take(pa.array(BUILDING_WORD), pa.array(style)),
            pc.if_else(pa.array(unit > 0), numbers(unit), ""),
            pc.if_else(pa.array(unit > 0), pc.take(pa.array(UNIT_WORD), pa.array(style)), ""),
            numbers(self.room[rows]),
            pc.take(pa.array(ROOM_WORD), pa.array(style)),
            "",
        )


def numbers(values: Ints) -> pa.Array:
    """Numbers as text."""
    return pa.array(values).cast(pa.string())


def put_up(
    world: World,
    grids: Grids,
    streams: Streams,
    register: RegisterNoise,
    accounts: AccountNoise,
) -> Doorplates:
    """Give every dwelling its doorplate, once people live in them."""
    rng = streams.at("doorplates")
    addresses = world.addresses
    count = len(addresses)
    shown = _share_dwellings(world, streams, register)
    order = np.lexsort((rng.random(count), addresses.grid))
    grid = addresses.grid[order]
    place = np.arange(count) - np.searchsorted(grid, grid)
    per_grid = np.bincount(addresses.grid, minlength=len(grids))
    parts = np.maximum(np.round(per_grid / COMPOUND_SIZE), 1).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(parts)[:-1]])
    size = -(-per_grid // parts)
    compound_of = np.empty(count, np.int64)
    compound_of[order] = first[grid] + place // size[grid]
    within = np.empty(count, np.int64)
    within[order] = place % size[grid]

    compounds = int(parts.sum())
    of_grid = np.repeat(np.arange(len(grids)), parts)
    style = rng.choice(len(STYLE_SHARES), compounds, p=STYLE_SHARES)
    floors = rng.integers(5, 8, compounds)
    flats = rng.integers(2, 4, compounds)
    units = rng.integers(2, 5, compounds)
    building, unit, room = _numbered(within, compound_of, style, floors, flats, units)
    merged = (rng.random(compounds) < accounts.merged_compounds) & np.isin(style, [ESTATE, BLOCKS])
    shift = np.where(merged, rng.integers(8, 30, compounds), 0)
    renamed = merged | (
        (rng.random(compounds) < accounts.renamed_compounds) & np.isin(style, [ESTATE, BLOCKS])
    )
    street = [f"{name}街道" for name in street_names(grids)]
    community = community_names(grids)
    of_compound = [community[grid] for grid in of_grid]
    taken: set[tuple[str, str]] = set()
    names = _compound_names(rng, style, of_compound, taken)
    old_names = _compound_names(rng, style, of_compound, taken)
    prefix = [f"{PROVINCE}{CITY}{COUNTY}{s}{c}" for s, c in zip(street, community, strict=True)]
    return Doorplates(
        shown=shown,
        compound=compound_of,
        building=building + shift[compound_of],
        unit=unit,
        room=room,
        style=style,
        name=pa.array(names),
        grid=of_grid,
        old_name=pa.array(old_names, mask=~renamed),
        shift=shift,
        prefix=pa.array(prefix),
        short_prefix=pa.array(street),
    )


def _share_dwellings(world: World, streams: Streams, register: RegisterNoise) -> Ints:
    """Let small tenant households live in a room of a dwelling nearby; one address for both."""
    rng = streams.at("shared dwellings")
    homes, addresses = world.homes, world.addresses
    shown = np.arange(len(addresses))
    size = world.per_home(np.ones(len(world.people)))
    small = homes.present & (size <= 2) & np.isin(homes.tenure, [PRIVATE_RENTAL, DORMITORY])
    guests = np.flatnonzero(small & (rng.random(len(homes)) < register.shared_dwelling))
    rooms = homes.address[guests]
    is_room: Flags = np.zeros(len(addresses), np.bool_)
    is_room[rooms] = True
    hosts = np.flatnonzero(~is_room & (addresses.household >= 0))
    hosts = hosts[np.lexsort((rng.random(len(hosts)), addresses.grid[hosts]))]
    # The nth guest of a grid gets its nth host, as far as there are any.
    rooms = rooms[np.argsort(addresses.grid[rooms], kind="stable")]
    grid = addresses.grid[rooms]
    nth = np.arange(len(rooms)) - np.searchsorted(grid, grid)
    host_grid = addresses.grid[hosts]
    place = np.searchsorted(host_grid, grid) + nth
    fits = place < np.searchsorted(host_grid, grid, side="right")
    shown[rooms[fits]] = hosts[place[fits]]
    return shown


def _numbered(
    within: Ints, compound: Ints, style: Ints, floors: Ints, flats: Ints, units: Ints
) -> tuple[Ints, Ints, Ints]:
    """Building, unit (0: none) and room of the nth dwelling of each compound."""
    floors, flats, units, style = (part[compound] for part in (floors, flats, units, style))
    with_units = np.isin(style, [ESTATE, BLOCKS])
    per_unit = floors * flats
    per_building = per_unit * np.where(with_units, units, 1)
    building = within // per_building + 1
    unit = np.where(with_units, within % per_building // per_unit + 1, 0)
    floor = within % per_unit // flats + 1
    room = floor * 100 + within % flats + 1
    village = style == VILLAGE
    building = np.where(village, within // 30 + 1, building)
    room = np.where(village, within % 30 + 1, room)
    building = np.where(style == STREET, building * 2 + 14, building)
    return building, unit, room


def _compound_names(
    rng: np.random.Generator, style: Ints, community: list[str], taken: set[tuple[str, str]]
) -> list[str]:
    """Names in the style of each compound, each once in a community, elsewhere again as in life.

    ``taken`` holds the names given before by community, and is added to.
    """
    count = len(style)
    first, estate = rng.choice(_FIRST, count), rng.choice(_ESTATE, count)
    road, clan = rng.choice(_ROAD, count), rng.choice(_CLAN, count)
    lane = rng.integers(11, 980, count)
    side = rng.choice(["", "", "东", "西", "南", "北"], count)
    names = []
    for n in range(count):
        for again in range(count):
            nth = "" if not again else str(again + 1)
            name = {
                ESTATE: f"{first[n]}{estate[n]}{nth and f'{nth}期'}",
                BLOCKS: f"{road[n]}{estate[n]}{nth and f'{nth}期'}",
                LANE: f"{road[n]}{side[n]}路{lane[n] + again}弄",
                STREET: f"{road[n]}{side[n]}路{nth and f'{nth}巷'}",
                VILLAGE: f"{clan[n]}{'' if len(clan[n]) > 1 else '家'}村{nth and f'{nth}队'}",
            }[int(style[n])]
            if (community[n], name) not in taken:
                break
        taken.add((community[n], name))
        names.append(name)
    return names
