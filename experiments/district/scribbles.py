"""How clerks write an address down: short, reordered, misspelt, under an old name, without a room.

The texts are made from the dwelling's doorplate, an account at a time; what was done to each is
kept as a set of bits for the truth.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.district.doorplates import (
    BUILDING_WORD,
    CITY,
    COUNTY,
    ROOM_WORD,
    UNIT_WORD,
    VILLAGE,
    Doorplates,
)
from experiments.district.months import Flags, Ints
from experiments.district.noise import AccountNoise

KINDS = (
    "short_form",
    "no_room",
    "fullwidth",
    "chinese_numerals",
    "reordered",
    "typo",
    "old_compound_name",
    "merged_compound",
    "abbreviated_units",
    "extra_words",
)
"""What can be done to a text, in the order of its bits; no bit is ``exact``."""
(SHORT, NO_ROOM, FULLWIDTH, CHINESE, REORDERED, TYPO, OLD_NAME, MERGED, ABBREVIATED, EXTRA) = (
    1 << bit for bit in range(len(KINDS))
)
PREFIXES = ("", "{county}", "{city}{county}", "{county}{street}", "{street}")
_EXTRA = ("(出租)", "北门旁", " 电表", "附近", "(老房子)", "后门", "二楼", "(合租)")
_SLIPS = "园苑花化城成湖胡路璐新心东冬春椿江姜里理家佳"
_DIGITS = "〇一二三四五六七八九"
_MOST = 2500


@dataclass(frozen=True)
class Scribbles:
    """One address text per account, and the bits of what was done to it."""

    text: pa.Array
    done: Ints


def scribble(
    rng: np.random.Generator, doors: Doorplates, rows: Ints, foreign: Flags, noise: AccountNoise
) -> Scribbles:
    """Write the addresses of the dwellings ``rows`` down as suppliers would.

    Args:
        rng: dice.
        doors: the doorplates.
        rows: address rows that bear their own address, one per account.
        foreign: whether the account is under a landlord or an office.
        noise: the rates.
    """
    done = _lots(rng, doors, rows, foreign, noise)
    compound = doors.compound[rows]
    style = doors.style[compound]
    name = pc.take(doors.name, pa.array(compound))
    old = (done & (OLD_NAME | MERGED)) > 0
    name = pc.if_else(pa.array(old), pc.take(doors.old_name, pa.array(compound)), name)
    building = doors.building[rows] - np.where((done & MERGED) > 0, doors.shift[compound], 0)
    room = doors.room[rows]
    of_digits = noise.wrong_digit / max(noise.typo + noise.wrong_digit, 1e-9)
    slipped = ((done & TYPO) > 0) & (rng.random(len(rows)) < of_digits)
    room = np.where(slipped, _next_door(room), room)
    name = _mistyped(rng, name, ((done & TYPO) > 0) & ~slipped)

    has_unit, brief = doors.unit[rows] > 0, (done & ABBREVIATED) > 0
    tens = np.where((done & FULLWIDTH) > 0, 1, np.where((done & CHINESE) > 0, 2, 0))
    dash = pa.array(brief & (style != VILLAGE))
    part_one = pc.binary_join_element_wise(
        _written(building, tens),
        pc.if_else(dash, "-", pc.take(pa.array(BUILDING_WORD), pa.array(style))),
        "",
    )
    part_two = pc.binary_join_element_wise(
        _written(doors.unit[rows], tens),
        pc.if_else(dash, "-", pc.take(pa.array(UNIT_WORD), pa.array(style))),
        "",
    )
    part_two = pc.if_else(pa.array(has_unit), part_two, "")
    word = pc.if_else(dash, "", pc.take(pa.array(ROOM_WORD), pa.array(style)))
    part_three = pc.binary_join_element_wise(_written(room, tens), word, "")
    part_three = pc.if_else(pa.array((done & NO_ROOM) > 0), "", part_three)
    where = pc.binary_join_element_wise(part_one, part_two, part_three, "")
    where = pc.if_else(pa.array((done & NO_ROOM) > 0), pc.utf8_rtrim(where, characters="-"), where)
    prefix = _prefix(rng, doors, compound, (done & SHORT) > 0)
    extra = pc.take(pa.array(_EXTRA), pa.array(rng.integers(0, len(_EXTRA), len(rows))))
    extra = pc.if_else(pa.array((done & EXTRA) > 0), extra, "")
    forward = pc.binary_join_element_wise(prefix, name, where, extra, "")
    backward = pc.binary_join_element_wise(where, " ", prefix, name, extra, "")
    return Scribbles(pc.if_else(pa.array((done & REORDERED) > 0), backward, forward), done)


def _lots(
    rng: np.random.Generator, doors: Doorplates, rows: Ints, foreign: Flags, noise: AccountNoise
) -> Ints:
    """Draw what is done to each text."""
    count = len(rows)
    compound = doors.compound[rows]
    shift = doors.shift[compound] > 0
    renamed = doors.old_name.is_valid().to_numpy(zero_copy_only=False)[compound] & ~shift
    rates = (
        (SHORT, noise.short_form),
        (NO_ROOM, np.where(foreign, noise.no_room_foreign, noise.no_room)),
        (FULLWIDTH, noise.fullwidth),
        (CHINESE, noise.chinese_numerals),
        (REORDERED, noise.reordered),
        (TYPO, noise.typo + noise.wrong_digit),
        (OLD_NAME, np.where(renamed, noise.old_name, 0.0)),
        (MERGED, np.where(shift, noise.old_number, 0.0)),
        (ABBREVIATED, noise.abbreviated),
        (EXTRA, noise.extra_words),
    )
    done = np.zeros(count, np.int64)
    for bit, rate in rates:
        done |= np.where(rng.random(count) < rate, bit, 0)
    done &= np.where((done & FULLWIDTH) > 0, ~CHINESE, ~0)
    village = doors.style[compound] == VILLAGE
    return done & np.where(village, ~ABBREVIATED, ~0)


def _mistyped(rng: np.random.Generator, names: pa.Array, wrong: Flags) -> pa.Array:
    """Put another character in the second place of the names that are wrong."""
    slip = pc.take(pa.array(list(_SLIPS)), pa.array(rng.integers(0, len(_SLIPS), len(names))))
    mistyped = pc.binary_join_element_wise(
        pc.utf8_slice_codeunits(names, 0, 1), slip, pc.utf8_slice_codeunits(names, 2), ""
    )
    return pc.if_else(pa.array(wrong), mistyped, names)


def _next_door(room: Ints) -> Ints:
    """The room beside each: 302 for 301, 301 for 302."""
    return np.where(room % 10 == 1, room + 1, room - 1)


def _written(values: Ints, style: Ints) -> pa.Array:
    """Numbers in plain digits (style 0), full-width digits (1) or Chinese numerals (2)."""
    plain = [str(n) for n in range(_MOST)]
    wide = [text.translate({48 + d: 0xFF10 + d for d in range(10)}) for text in plain]
    return pc.take(pa.array(plain + wide + _CHINESE_NUMBERS), pa.array(values + _MOST * style))


def _prefix(rng: np.random.Generator, doors: Doorplates, compound: Ints, short: Flags) -> pa.Array:
    """What stands before the compound: all of it, or what a clerk thinks is enough."""
    grids = doors.short_prefix.to_pylist()
    choices = [
        form.format(city=CITY, county=COUNTY, street=street)
        for street in grids
        for form in PREFIXES
    ]
    grid = doors.grid[compound]
    pick = rng.choice(len(PREFIXES), len(compound), p=[0.35, 0.2, 0.15, 0.2, 0.1])
    brief = pc.take(pa.array(choices), pa.array(grid * len(PREFIXES) + pick))
    return pc.if_else(pa.array(short), brief, pc.take(doors.prefix, pa.array(grid)))


def _chinese(number: int) -> str:
    """Chinese numerals: up to 99 as spoken, from 100 on digit by digit as rooms are read."""
    if number >= 100:
        return "".join(_DIGITS[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    spoken = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return spoken + (_DIGITS[ones] if ones or not tens else "")


_CHINESE_NUMBERS = [_chinese(number) for number in range(_MOST)]
