"""What is compared between an account and a dwelling, and how near two values can be.

One table for Splink's settings, the evidence codes of a link and the words of a chart. A level is tested top
down; the first that holds counts. A part one side does not tell is *unknown*: no weight either way.

Starting values of m (share among true pairs) and u (share among random pairs) are rough guesses; training replaces
them wherever the data show the level at all.
"""

from dataclasses import dataclass
from typing import Any, Literal

Settings = dict[str, Any]
"""A model as Splink writes it: comparisons with m and u, the prior, the blocking rules."""


@dataclass(frozen=True)
class Level:
    """One level of a comparison.

    ``code`` goes into the evidence, ``label`` onto charts. ``kind`` says how ``condition`` is meant: ``sql``
    over the two records, ``shared`` entry of a list column (of each,
    where several are named), ``else``. ``m`` and ``u`` are None for the unknown level.
    """

    code: str
    label: str
    kind: Literal["sql", "shared", "else"]
    condition: str
    m: float | None
    u: float | None


def _unknown(condition: str) -> Level:
    return Level("unknown", "unknown", "sql", condition, None, None)


def _sql(code: str, label: str, condition: str, *, m: float, u: float) -> Level:
    return Level(code, label, "sql", condition, m, u)


_SAME_NAME = "(place_l = place_r OR road_no_l = road_no_r)"
_NEAR = f"({_SAME_NAME} AND (town_l IS NULL OR town_r IS NULL OR town_l = town_r))"
_HERE = f"({_NEAR} AND guessed_l IS NULL AND guessed_r IS NULL)"
"""A compound that was only guessed does not vouch for the door: the wrong compound mostly has that door too."""
_NOBODY = "(array_length({0}) IS NULL OR array_length({0}) = 0)"
_BUILDING = "building_l IS NOT DISTINCT FROM building_r"
_UNIT_MAY_AGREE = "(unit_l IS NULL OR unit_r IS NULL OR unit_l = unit_r)"

COMPARISONS: dict[str, list[Level]] = {
    "where": [
        _unknown("(place_l IS NULL OR place_r IS NULL) AND (road_l IS NULL OR road_r IS NULL)"),
        _sql(
            "same",
            "compound or street number agrees",
            _HERE,
            m=0.95,
            u=0.01,
        ),
        _sql("guessed", "compound or road agrees by likeness", _NEAR, m=0.03, u=0.0005),
        _sql("other_town", "same name in another town", _SAME_NAME, m=0.01, u=0.002),
        _sql("road", "only the road agrees", "road_l = road_r", m=0.02, u=0.02),
        Level("other", "compound and road differ", "else", "", 0.02, 0.968),
    ],
    # Given that compound or street number agree (all but the last two): no two flats have one door, so a door
    # written whole is far rarer among strangers than its parts would say one by one.
    "door": [
        _unknown(
            "(room_l IS NULL OR room_r IS NULL) AND (building_l IS NULL OR building_r IS NULL)"
            " AND (house_l IS NULL OR house_r IS NULL)"
        ),
        _sql(
            "whole",
            "building, unit and room agree",
            f"{_HERE} AND (house_l = house_r OR"
            f" (room_l = room_r AND {_BUILDING} AND unit_l IS NOT DISTINCT FROM unit_r))",
            m=0.82,
            u=0.00002,
        ),
        _sql(
            "no_unit",
            "building and room agree, unit unknown",
            f"{_HERE} AND room_l = room_r AND {_BUILDING} AND {_UNIT_MAY_AGREE}",
            m=0.05,
            u=0.002,
        ),
        _sql(
            "no_building",
            "room agrees, building unknown",
            f"{_HERE} AND room_l = room_r AND {_UNIT_MAY_AGREE}"
            " AND (building_l IS NULL OR building_r IS NULL)",
            m=0.01,
            u=0.01,
        ),
        _sql(
            "one_sign",
            "room off by one sign",
            f"{_HERE} AND {_BUILDING} AND {_UNIT_MAY_AGREE} AND length(room_l) >= 3"
            " AND levenshtein(room_l, room_r) <= 1",
            m=0.01,
            u=0.02,
        ),
        _sql(
            "no_room",
            "building agrees, room unknown",
            f"{_HERE} AND building_l = building_r AND {_UNIT_MAY_AGREE}"
            " AND (room_l IS NULL OR room_r IS NULL)",
            m=0.08,
            u=0.02,
        ),
        _sql(
            "room",
            "room agrees, building or unit differs",
            f"{_HERE} AND room_l = room_r",
            m=0.02,
            u=0.03,
        ),
        _sql("other_here", "another door of the compound", _HERE, m=0.01, u=0.9),
        _sql(
            "elsewhere",
            "building and room agree, compound not or guessed",
            f"room_l = room_r AND {_BUILDING} AND {_UNIT_MAY_AGREE}",
            m=0.95,
            u=0.005,
        ),
        Level("other", "doors differ", "else", "", 0.05, 0.995),
    ],
    # Name and phone are one person: who is known at another dwelling is known there by both.
    "holder": [
        _unknown(
            f"({_NOBODY.format('known_names_l')} OR {_NOBODY.format('known_names_r')})"
            f" AND ({_NOBODY.format('phones_l')} OR {_NOBODY.format('phones_r')})"
        ),
        Level(
            "both",
            "holder is registered there, phone too",
            "shared",
            "residents,phones",
            0.25,
            1e-5,
        ),
        Level("resident", "holder is registered there", "shared", "residents", 0.40, 0.0005),
        Level("phone", "only the phone agrees", "shared", "phones", 0.03, 1e-5),
        Level("known", "holder was known there once", "shared", "known_names", 0.05, 0.0003),
        Level("one_sign", "holder off by one sign", "shared", "name_patterns", 0.02, 0.002),
        Level("surname", "only the family name agrees", "shared", "surnames", 0.05, 0.08),
        Level("other", "holder unknown there", "else", "", 0.20, 0.9172),
    ],
}

ELSEWHERE = ("elsewhere", "other")
"""Levels of ``door`` for pairs whose compound and street number do not agree."""


CONTESTED = ";contested"
"""Ends the evidence of a link whose dwelling another account of the service has a better claim to."""


def code_of(comparison: str, gamma: int) -> str:
    """Return the evidence code of a level by Splink's number for it; -1 is unknown, 0 the last level."""
    levels = COMPARISONS[comparison]
    return levels[0].code if gamma < 0 else levels[len(levels) - 1 - gamma].code


def gammas_of(evidence: str) -> dict[str, int]:
    """Return Splink's level numbers from the evidence of a link: the reverse of :func:`code_of`."""
    gammas = {}
    for part in evidence.removesuffix(CONTESTED).split(";"):
        name, code = part.split("=")
        levels = COMPARISONS[name]
        place = next(place for place, level in enumerate(levels) if level.code == code)
        gammas[name] = len(levels) - 1 - place if place else -1
    return gammas
