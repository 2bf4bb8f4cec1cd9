"""What is compared between an account and a dwelling, and how near two values can be.

One table for Splink's settings, the evidence codes of a link and the words of a chart. A level is tested top
down; the first that holds counts. A part one side does not tell is *unknown*: no weight either way.

Starting values of m (share among true pairs) and u (share among random pairs) are rough counts from simulated
development districts (seeds 100 to 111); training replaces them wherever the data show the level at all.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Level:
    """One level of a comparison.

    ``code`` goes into the evidence, ``label`` onto charts. ``kind`` says how ``condition`` is meant: ``sql``
    over the two records, ``shared`` entry of a list column, ``one_sign_off`` between entries of a list
    column, ``else``. ``m`` and ``u`` are None for the unknown level.
    """

    code: str
    label: str
    kind: Literal["sql", "shared", "one_sign_off", "else"]
    condition: str
    m: float | None
    u: float | None


def _unknown(condition: str) -> Level:
    return Level("unknown", "unknown", "sql", condition, None, None)


def _same(column: str, *, m: float, u: float) -> list[Level]:
    return [
        _unknown(f"{column}_l IS NULL OR {column}_r IS NULL"),
        Level("same", f"{column} agrees", "sql", f"{column}_l = {column}_r", m, u),
        Level("other", f"{column} differs", "else", "", 1 - m, 1 - u),
    ]


COMPARISONS: dict[str, list[Level]] = {
    "where": [
        _unknown(
            "(place_l IS NULL OR place_r IS NULL) AND (road_l IS NULL OR road_r IS NULL)"
        ),
        Level(
            "same",
            "compound agrees, road too or unknown",
            "sql",
            "place_l = place_r AND (road_l IS NULL OR road_r IS NULL OR road_l = road_r)",
            0.80,
            0.01,
        ),
        Level("road_no", "road and number agree", "sql", "road_no_l = road_no_r", 0.10, 0.002),
        Level("place", "compound agrees, road differs", "sql", "place_l = place_r", 0.04, 0.002),
        Level("road", "road agrees, number or compound not", "sql", "road_l = road_r", 0.04, 0.01),
        Level("other", "compound and road differ", "else", "", 0.02, 0.976),
    ],
    "building": _same("building", m=0.96, u=0.1),
    "unit": _same("unit", m=0.97, u=0.4),
    "room": [
        _unknown("room_l IS NULL OR room_r IS NULL"),
        Level("same", "room agrees", "sql", "room_l = room_r", 0.95, 0.02),
        Level(
            "one_sign",
            "room off by one sign, or two swapped",
            "sql",
            "length(room_l) >= 3 AND damerau_levenshtein(room_l, room_r) <= 1",
            0.03,
            0.12,
        ),
        Level("other", "room differs", "else", "", 0.02, 0.86),
    ],
    "holder": [
        _unknown(
            "array_length(known_names_l) IS NULL OR array_length(known_names_l) = 0"
            " OR array_length(known_names_r) IS NULL OR array_length(known_names_r) = 0"
        ),
        Level("resident", "holder is registered there", "shared", "residents", 0.65, 0.0005),
        Level("known", "holder was known there once", "shared", "known_names", 0.08, 0.0003),
        Level("one_sign", "holder off by one sign", "one_sign_off", "long_names", 0.05, 0.002),
        Level("surname", "only the family name agrees", "shared", "surnames", 0.08, 0.09),
        Level("other", "holder unknown there", "else", "", 0.14, 0.9082),
    ],
    "phone": [
        _unknown(
            "array_length(phones_l) IS NULL OR array_length(phones_l) = 0"
            " OR array_length(phones_r) IS NULL OR array_length(phones_r) = 0"
        ),
        Level("same", "phone agrees", "shared", "phones", 0.6, 0.00005),
        Level("other", "phone differs", "else", "", 0.4, 0.99995),
    ],
}


def code_of(comparison: str, gamma: int) -> str:
    """Return the evidence code of a level by Splink's number for it; -1 is unknown, 0 the last level."""
    levels = COMPARISONS[comparison]
    return levels[0].code if gamma < 0 else levels[len(levels) - 1 - gamma].code
