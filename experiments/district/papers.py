"""What identifies people on paper: national ids, mobile numbers, names.

Nobody real can bear these ids: their county codes are 90 to 99, which are given to no county.
"""

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.district.months import Flags, Ints
from experiments.district.names import draw_surnames, full_names
from experiments.district.people import CHILD, GRANDCHILD, HEAD, HUKOU_ELSEWHERE, PARENT, SPOUSE
from experiments.district.streams import Streams
from experiments.district.world import World

HOME_AREAS = (320299, 320699, 321299)
SPARE_AREAS = tuple(320_000 + 100 * city + 90 + n for city in range(1, 14) for n in range(9))
"""For those an area has no number left for; given to no county either."""
OTHER_AREAS = (341299, 341599, 360499, 411799, 421199, 510999, 522299, 610999)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""ISO 7064 MOD 11-2, as GB 11643-1999 prescribes."""
CHECK = np.frombuffer(b"10X98765432", np.uint8)
PER_DAY_AND_SEX = 500
"""Sequence numbers of one area, day of birth and sex: odd for men, even for women."""
OLD_FORM = {"pensions": 12, "disability_certificates": 15, "housing_tenure": 10, "benefits": 5}
"""People per thousand whose id an old department still writes with 15 digits; plausible."""
SMALL_X = {"housing_tenure": 100, "benefits": 150, "applications": 150, "education": 200}
"""People per thousand whose final X a department types as x; plausible."""
PHONE_AGE, PHONE_SHARE = 14, 0.88
FATHERS_SURNAME = 0.93
"""Children under their father's name; the report on names of 2020 has 92 %, rounded."""


class TooManyAlike(ValueError):
    """National ids of one area, day and sex have run out."""


@dataclass
class Papers:
    """One entry per person row: grown month by month, never changed."""

    surname: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _factor: int = 0
    _keys: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _ids: list[pa.Array] = field(default_factory=list)
    _names: list[pa.Array] = field(default_factory=list)
    _phones: list[pa.Array] = field(default_factory=list)

    def extend(self, world: World, streams: Streams, *, month: int, parents: Ints) -> None:
        """Give papers to the persons who came since.

        Args:
            world: its persons beyond those with papers are new.
            streams: dice.
            month: index of the month.
            parents: household -> household of the parents of its head, -1 for none.
        """
        rng = streams.at("papers", month)
        rows = np.arange(len(self.surname), len(world.people))
        people = world.people
        self._factor = self._factor or int(rng.integers(1, 1 << 20))
        birth, female = people.birth[rows], people.female[rows]
        self._ids.append(self._national_ids(rng, birth, female, people.hukou[rows]))
        self.surname = np.concatenate([self.surname, draw_surnames(rng, len(rows))])
        self._inherit(world, rng, rows, parents)
        self._names.append(full_names(rng, self.surname[rows], female, birth))
        number = 13_000_000_000 + (rows * 1_618_033_989 + 77_777_777) % 7_000_000_000
        silent = rng.random(len(rows)) >= PHONE_SHARE
        young = birth > 365 * (56 - PHONE_AGE)
        self._phones.append(pa.array(number, mask=silent | young).cast(pa.string()))

    def _national_ids(
        self, rng: np.random.Generator, birth: Ints, female: Flags, hukou: Ints
    ) -> pa.Array:
        count = len(birth)
        area = np.where(
            hukou == HUKOU_ELSEWHERE,
            rng.choice(OTHER_AREAS, count),
            rng.choice(HOME_AREAS, count, p=[0.86, 0.08, 0.06]),
        )
        day = birth.astype("datetime64[D]")
        year = day.astype("datetime64[Y]").astype(np.int64) + 1970
        month = day.astype("datetime64[M]").astype(np.int64) % 12 + 1
        of_month = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
        born = year * 10_000 + month * 100 + of_month
        key, turn = self._numbered(area, born, female)
        # Numbers of a day begin anywhere, and elsewhere in another district.
        turn = (turn * 137 + key * self._factor % 1_000_003) % PER_DAY_AND_SEX
        self._keys = np.concatenate([self._keys, key])
        area = key // 200_000_000
        body = (area * 100_000_000 + born) * 1000 + turn * 2 + ~female
        letters = np.empty((len(body), 18), np.uint8)
        weighed = np.zeros(len(body), np.int64)
        for place, weight in enumerate(WEIGHTS):
            digit = body // 10 ** (16 - place) % 10
            letters[:, place] = digit + ord("0")
            weighed += digit * weight
        letters[:, 17] = CHECK[weighed % 11]
        # Text of one length straight from its bytes: the usual way gives pieces when there is much.
        ends = np.arange(0, letters.size + 1, 18, dtype=np.int32)
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(letters)]
        return pa.Array.from_buffers(pa.string(), len(body), buffers)

    def _numbered(self, area: Ints, born: Ints, female: Flags) -> tuple[Ints, Ints]:
        """Key of area, birth and sex, and the how-manieth each person is under it.

        Those for whom an area has no number left get a spare one; many small children share a
        day of birth in a large district.
        """
        key = (area * 100_000_000 + born) * 2 + female
        turn = _turn(key, self._keys)
        over = np.flatnonzero(turn >= PER_DAY_AND_SEX)
        for spare in SPARE_AREAS:
            if not len(over):
                return key, turn
            key[over] = (spare * 100_000_000 + born[over]) * 2 + female[over]
            turn[over] = _turn(key[over], self._keys)
            over = over[turn[over] >= PER_DAY_AND_SEX]
        raise TooManyAlike(
            f"{len(over)} people too many of one sex and day of birth: national ids have no more"
            " numbers; simulate a smaller district"
        )

    def _inherit(self, world: World, rng: np.random.Generator, rows: Ints, parents: Ints) -> None:
        """Children bear their father's name; a grandfather's is that of his son."""
        people = world.people
        family = np.full(len(world.homes), -1, np.int64)
        adults = np.flatnonzero(np.isin(people.relation, [HEAD, SPOUSE]) & (people.household >= 0))
        adults = adults[np.lexsort((~people.female[adults], people.present[adults]))]
        family[people.household[adults]] = self.surname[adults]
        # Grown children first: their own children then bear the same name.
        grown = rows[(people.relation[rows] == HEAD) & (rng.random(len(rows)) < FATHERS_SURNAME)]
        elders = parents[people.household[grown]]
        known = elders >= 0
        known[known] &= family[elders[known]] >= 0
        self.surname[grown[known]] = family[elders[known]]
        men = grown[known & ~people.female[grown]]
        family[people.household[men]] = self.surname[men]
        takes = rng.random(len(rows)) < np.select(
            [
                np.isin(people.relation[rows], [CHILD]),
                people.relation[rows] == GRANDCHILD,
                (people.relation[rows] == PARENT) & ~people.female[rows],
            ],
            [FATHERS_SURNAME, 0.65, 0.70],
            0.0,
        )
        heirs = rows[takes & (family[people.household[rows]] >= 0)]
        self.surname[heirs] = family[people.household[heirs]]

    def national_ids(self, feed: str, rows: Ints) -> pa.Array:
        """The ids of persons as ``feed`` writes them; null for row -1."""
        self._join()
        ids = _taken(self._ids[0], rows)
        lot = _lot(rows, feed)
        if feed in SMALL_X:
            ids = pc.if_else(pa.array(lot >= 1000 - SMALL_X[feed]), pc.utf8_lower(ids), ids)
        if feed in OLD_FORM:
            old = pa.array(lot < OLD_FORM[feed])
            old = pc.and_(old, pc.equal(pc.utf8_slice_codeunits(ids, 6, 8), "19"))
            old = pc.and_(old, pc.less(pc.utf8_slice_codeunits(ids, 6, 10), "1999"))
            short = pc.binary_join_element_wise(
                pc.utf8_slice_codeunits(ids, 0, 6), pc.utf8_slice_codeunits(ids, 8, 17), ""
            )
            ids = pc.if_else(old, short, ids)
        return ids

    def names(self, rows: Ints) -> pa.Array:
        """The names of persons; null for row -1."""
        self._join()
        return _taken(self._names[0], rows)

    def phones(self, rows: Ints) -> pa.Array:
        """The mobile numbers of persons; null for row -1, children and whoever has none."""
        self._join()
        return _taken(self._phones[0], rows)

    def _join(self) -> None:
        for parts in (self._ids, self._names, self._phones):
            if len(parts) > 1:
                parts[:] = [pa.concat_arrays(parts)]


def _turn(keys: Ints, before: Ints) -> Ints:
    """How many earlier persons share each key: 0 for the first."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(keys)])
    sizes = np.diff(np.append(begins, len(keys)))
    turn = np.empty(len(keys), np.int64)
    turn[order] = np.arange(len(keys)) - np.repeat(begins, sizes)
    old, count = np.unique(before[np.isin(before, keys)], return_counts=True)
    if len(old):
        place = np.minimum(np.searchsorted(old, keys), len(old) - 1)
        turn += np.where(old[place] == keys, count[place], 0)
    return turn


def _lot(rows: Ints, feed: str) -> Ints:
    """A number from 0 to 999 that depends on person and feed only."""
    return (rows * 2_654_435_761 + crc32(feed.encode())) % 1_000_003 % 1000


def _taken(values: pa.Array, rows: Ints) -> pa.Array:
    return pc.take(values, pa.array(rows, mask=rows < 0))
