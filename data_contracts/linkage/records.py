"""Accounts and dwellings as records that can be compared: parts of the address, names, phones.

Both sides get the same columns, read the same way:

- ``town``, ``place`` compound (or village), ``road``, ``road_no`` (road with lane or number);
- ``guessed`` is ``yes`` where compound or road was told by likeness or a learned name, else null;
- ``building``, ``unit``, ``room``; in a lane the house is the building, in a village the group is the building
  and the door is the room; ``house`` is ``yes`` for a road and number with nothing behind them;
- ``residents`` who is registered there now, ``known_names`` everybody ever known there (the holder, for an account),
  ``name_patterns`` those of three signs and more with each sign left open in turn (one sign off is a typing slip;
  in a name of two it is another person), ``surnames``, ``phones``. Empty lists where nobody told.
"""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.linkage.address_text import AddressParts, parse
from data_contracts.linkage.holder_names import one_sign_open, person_name, surname
from data_contracts.linkage.numerals import fold_numerals
from data_contracts.linkage.places import Places

_PARTS = ("place", "road", "road_no", "building", "town", "unit", "room", "house", "guessed")
PARALLEL_FROM = 100_000
"""From as many distinct texts on two processes parse faster than one."""
_CHUNK = 20_000


@dataclass(frozen=True)
class Sources:
    """What is known on one night, still in plain text; lives in memory only.

    ``accounts``: account_id, holder_name, holder_phone, address_text. ``dwellings``: address_id, address_text.
    ``people``: address_id, name, phone (null: none), current (registered there tonight), one row per person and
    dwelling.
    """

    accounts: pa.Table
    dwellings: pa.Table
    people: pa.Table


@dataclass(frozen=True)
class Records:
    """Both sides, ready to compare; ``unique_id`` is the account or the address."""

    accounts: pa.Table
    dwellings: pa.Table
    aliases: int


def records_of(sources: Sources) -> Records:
    """Parse both sides and bring them to one way of writing."""
    dwelling_parts = _parsed(sources.dwellings["address_text"])
    account_parts = _parsed(sources.accounts["address_text"])
    compounds = Places({name for part in dwelling_parts if (name := _compound(part))})
    roads = Places({part.road for part in dwelling_parts if part.road})
    dwellings = _addresses(sources.dwellings["address_id"], dwelling_parts, compounds, roads)
    dwellings = _with_people(dwellings, sources.people)
    holders = _holders(sources.accounts)
    accounts = _joined(
        _addresses(sources.accounts["account_id"], account_parts, compounds, roads), holders
    )
    compounds.learn(_votes(accounts, dwellings, compounds, account_parts))
    if compounds.aliases:
        accounts = _joined(
            _addresses(sources.accounts["account_id"], account_parts, compounds, roads), holders
        )
    return Records(accounts, dwellings, len(compounds.aliases))


def _parsed(texts: pa.ChunkedArray) -> list[AddressParts]:
    """Return the parts of every text; each distinct text is parsed once."""
    encoded = pa.chunked_array(texts).combine_chunks().dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    if len(distinct) < PARALLEL_FROM:
        parts = [parse(text) for text in distinct]
    else:
        chunks = [distinct[at : at + _CHUNK] for at in range(0, len(distinct), _CHUNK)]
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            parts = [AddressParts(*one) for done in pool.map(_parse_chunk, chunks) for one in done]
    nothing = parse(None)
    return [nothing if at is None else parts[at] for at in encoded.indices.to_pylist()]


def _parse_chunk(texts: Sequence[str | None]) -> list[tuple[str | None, ...]]:
    return [tuple(parse(text)) for text in texts]


def _compound(part: AddressParts) -> str | None:
    return part.compound or part.village


def _addresses(
    ids: pa.ChunkedArray, parts: Sequence[AddressParts], compounds: Places, roads: Places
) -> pa.Table:
    columns: dict[str, list[str | None]] = {name: [] for name in _PARTS}
    for part in parts:
        named = _compound(part)
        road = roads.canonical(part.road) if part.road else None
        building, room = part.building, part.room
        gate = f"{part.lane}弄" if part.lane else part.number
        if part.lane:
            building = building or part.number
        elif part.village and not building and not room:
            building, room = part.group and fold_numerals(part.group), part.number
            gate = None
        guessed = (named and compounds.is_guess(named)) or (part.road and roads.is_guess(part.road))
        columns["guessed"].append("yes" if guessed else None)
        columns["place"].append(compounds.canonical(named) if named else None)
        columns["road"].append(road)
        columns["road_no"].append(f"{road}{gate}" if road and gate else None)
        columns["building"].append(building)
        columns["town"].append(part.town)
        columns["unit"].append(part.unit)
        columns["room"].append(room)
        columns["house"].append(
            None if building or part.unit or room or not (road and gate) else "yes"
        )
    return pa.table(
        {
            "unique_id": ids,
            **{name: pa.array(values, pa.string()) for name, values in columns.items()},
        }
    )


def _names(names: pa.ChunkedArray) -> dict[str, pa.Array]:
    """Return the names of persons, their surnames and patterns, each distinct name cleaned once."""
    encoded = pa.chunked_array(names).combine_chunks().dictionary_encode()
    cleaned = [person_name(name) for name in encoded.dictionary.to_pylist()]
    surnames = [name and surname(name) for name in cleaned]
    patterns = [one_sign_open(name) if name else [] for name in cleaned]
    return {
        "name": pc.take(pa.array(cleaned, pa.string()), encoded.indices),
        "surname": pc.take(pa.array(surnames, pa.string()), encoded.indices),
        "patterns": pc.take(pa.array(patterns, pa.list_(pa.string())), encoded.indices),
    }


def _holders(accounts: pa.Table) -> pa.Table:
    return pa.table(
        {
            "unique_id": accounts["account_id"],
            **_names(accounts["holder_name"]),
            "phone": accounts["holder_phone"],
            "current": pa.array([True] * accounts.num_rows),
        }
    )


_LISTS = """
    SELECT a.*,
           coalesce(p.residents, []) AS residents, coalesce(p.known_names, []) AS known_names,
           coalesce(p.name_patterns, []) AS name_patterns, coalesce(p.surnames, []) AS surnames,
           coalesce(p.phones, []) AS phones
    FROM addresses AS a LEFT JOIN (
        SELECT unique_id,
               list(DISTINCT name ORDER BY name) FILTER (name IS NOT NULL AND current) AS residents,
               list(DISTINCT name ORDER BY name) FILTER (name IS NOT NULL) AS known_names,
               list_sort(list_distinct(flatten(list(patterns)))) AS name_patterns,
               list(DISTINCT surname ORDER BY surname) FILTER (surname IS NOT NULL) AS surnames,
               list(DISTINCT phone ORDER BY phone) FILTER (phone IS NOT NULL) AS phones
        FROM people GROUP BY unique_id
    ) AS p ON p.unique_id = a.unique_id
    ORDER BY a.unique_id
"""


def _joined(addresses: pa.Table, people: pa.Table) -> pa.Table:
    with duckdb.connect(":memory:", config={"temp_directory": ""}) as con:
        con.register("addresses", addresses)
        con.register("people", people)
        return con.sql(_LISTS).to_arrow_table()


def _with_people(dwellings: pa.Table, people: pa.Table) -> pa.Table:
    return _joined(
        dwellings,
        pa.table(
            {
                "unique_id": people["address_id"],
                **_names(people["name"]),
                "phone": people["phone"],
                "current": people["current"],
            }
        ),
    )


_VOTES = """
    SELECT a.place, d.place, count(DISTINCT d.unique_id)
    FROM (SELECT place, building, room, unnest(known_names) AS name FROM unknown) AS a
    JOIN (SELECT unique_id, place, building, room, unnest(known_names) AS name FROM dwellings) AS d
      ON a.name = d.name AND a.building = d.building AND a.room = d.room
    WHERE d.place IS NOT NULL AND a.place <> d.place
    GROUP BY ALL
"""


def _votes(
    accounts: pa.Table, dwellings: pa.Table, compounds: Places, parts: Sequence[AddressParts]
) -> dict[str, dict[str, int]]:
    """Count, per compound name nobody knows, the dwellings of each known compound its accounts fit."""
    votes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for part in parts:
        if part.formerly and part.compound:
            current, former = compounds.canonical(part.compound), fold_numerals(part.formerly)
            if compounds.knows(current) and not compounds.knows(former):
                votes[former][current] += 1
    unknown = pa.array(
        [name is not None and not compounds.knows(name) for name in accounts["place"].to_pylist()]
    )
    with duckdb.connect(":memory:", config={"temp_directory": ""}) as con:
        con.register("unknown", accounts.filter(unknown))
        con.register("dwellings", dwellings)
        for name, compound, count in con.execute(_VOTES).fetchall():
            votes[name][compound] += count
    return votes
