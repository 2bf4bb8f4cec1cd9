"""The truth, written apart: who is in hardship, why, and whether anybody helps.

Nothing of it may ever lie under ``landing``. Household ids are those of the feeds.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.district.deliver import pseudonyms
from experiments.district.feeds import COVERING_SCHEMES
from experiments.district.months import Flags, Ints, Month
from experiments.district.people import UNINSURED
from experiments.district.streams import Streams
from experiments.district.world import CAUSES, FLEXIBLE, FORMAL, World

HARDSHIPS = ("rent_arrears", "bill_arrears", "cut_off", "cold_home", "care_forgone", "meals_cut",
             "schooling_cut")  # fmt: skip
"""The seven hardships of the published figure; arrears and cut-off are the first three."""
TRACE_MONTHS = 6
ORDINARY_RECORDED_INCOME = 1_700.0
"""Yuan per head and month on record below which a family looks poor (about the 低边 line)."""
TRACE_YEAR_MONTHS = 12
VISIBLE_SHOCKS = ("job_loss", "major_illness", "death_of_earner", "disability", "family_breakup",
                  "dangerous_housing")  # fmt: skip
TRACE_SELF_PAID_YEAR = 5_000.0
"""Lowest yearly self-paid sum any published threshold looks at for an ordinary family."""


@dataclass
class Chronicle:
    """Collects the truth month by month and writes it at the end."""

    seed: int
    _months: list[pa.Table] = field(default_factory=list)
    _events: list[pa.Table] = field(default_factory=list)
    _first: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _last: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _traced: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def note(
        self,
        world: World,
        streams: Streams,
        month: Month,
        *,
        entitled: Ints,
        unable_to_pay: Flags,
    ) -> None:
        """Write down ``month``: one row per household in hardship."""
        homes = world.homes
        count = len(homes)
        self._first = _grown(self._first, count, 10**6)
        self._last = _grown(self._last, count, -(10**6))
        self._traced = _grown(self._traced, count, -(10**6))
        here = homes.present
        self._first[here] = np.minimum(self._first[here], month.first)
        self._last[here] = month.after
        self._traced[self._traces(world, month)] = month.index
        if month.index < 0:
            return
        rows = np.flatnonzero(homes.in_hardship & here)
        covered = homes.scheme[rows] >= 0
        names = pa.array(COVERING_SCHEMES)
        best = entitled[rows]
        self._months.append(
            pa.table(
                {
                    "household_id": pseudonyms(rows, prefix="h", seed=self.seed),
                    "month": _day(month.first, len(rows)),
                    "in_hardship": pa.array(np.ones(len(rows), np.bool_)),
                    "hidden": pa.array(~covered),
                    "spell_months": pa.array(homes.spell_months[rows]),
                    "cause": _names(homes.cause[rows], CAUSES),
                    "eligible_schemes": pa.DictionaryArray.from_arrays(
                        pa.array(best.astype(np.int32), mask=best < 0), names
                    ).cast(pa.string()),
                    "pressure": pa.array(np.round(homes.pressure[rows], 4)),
                    "traceless": pa.array(month.index - self._traced[rows] >= TRACE_MONTHS),
                }
            )
        )
        self._note_hardships(world, streams, month, rows[~covered], unable_to_pay)

    def _note_hardships(
        self,
        world: World,
        streams: Streams,
        month: Month,
        hidden: Ints,
        unable_to_pay: Flags,
    ) -> None:
        """Draw what hidden hardship does to a family this month, of the seven hardships."""
        rng = streams.at("consequences", month.index)
        homes = world.homes
        cuts_food = np.where(homes.bills_first[hidden], 0.10, 0.05)
        cut_off = np.zeros(len(homes), np.bool_)
        closed = np.flatnonzero(world.accounts.cut_id >= 0)
        home = world.addresses.household[world.accounts.address[closed]]
        cut_off[home[home >= 0]] = True
        tenant = homes.rent[hidden] > 0
        happens = {
            "rent_arrears": tenant & (rng.random(len(hidden)) < 0.05),
            "bill_arrears": unable_to_pay[hidden],
            "cut_off": cut_off[hidden],
            "cold_home": (rng.random(len(hidden)) < 0.03) & month.is_winter,
            "care_forgone": rng.random(len(hidden)) < 0.06,
            "meals_cut": rng.random(len(hidden)) < cuts_food,
            "schooling_cut": rng.random(len(hidden)) < 0.004,
        }
        for kind in HARDSHIPS:
            rows = hidden[happens[kind]]
            self._events.append(
                pa.table(
                    {
                        "household_id": pseudonyms(rows, prefix="h", seed=self.seed),
                        "month": _day(month.first, len(rows)),
                        "kind": pa.array([kind] * len(rows), pa.string()),
                    }
                )
            )

    def _traces(self, world: World, month: Month) -> Flags:
        """Households some department's records would make anybody look at, this month."""
        homes, people = world.homes, world.people
        visible_shock = np.isin(homes.shock, [CAUSES.index(name) for name in VISIBLE_SHOCKS])
        marked = (people.certificate_id >= 0) | (people.scheme == UNINSURED)
        marked |= people.insurance_arrears >= 2
        contributing = np.isin(people.work, [FORMAL, FLEXIBLE])
        recorded = np.where(contributing, people.usual_wage, 0.0) + people.pension
        mouths = np.maximum(world.per_home(np.ones(len(people))), 1)
        found: Flags = (
            homes.new_signal
            | (world.per_home(recorded) / mouths < ORDINARY_RECORDED_INCOME)
            | (visible_shock & (month.index - homes.shock_month <= TRACE_YEAR_MONTHS))
            | (homes.self_paid_year >= TRACE_SELF_PAID_YEAR)
            | (world.per_home(marked) > 0)
            | (month.index - homes.last_help <= TRACE_YEAR_MONTHS)
        )
        return found

    def write(self, folder: Path, world: World) -> None:
        """Write hardship.parquet, consequences.parquet and households.parquet into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        _write(pa.concat_tables(self._months), folder / "hardship.parquet")
        _write(pa.concat_tables(self._events), folder / "consequences.parquet")
        homes = world.homes
        rows = np.flatnonzero(self._last > -(10**6))
        hidden = pa.concat_tables(self._months)
        seen = hidden.group_by("household_id").aggregate([("hidden", "any"), ("traceless", "any")])
        traits = pa.table(
            {
                "household_id": pseudonyms(rows, prefix="h", seed=self.seed),
                "from_day": pa.array(self._first[rows].astype(np.int32)).cast(pa.date32()),
                "to_day": pa.array(self._last[rows].astype(np.int32)).cast(pa.date32()),
                "never_applies": pa.array(homes.never_applies[rows]),
                "stigma": pa.array(np.round(homes.stigma[rows], 4)),
                "awareness": pa.array(np.round(homes.awareness[rows], 4)),
                "literacy": pa.array(np.round(homes.literacy[rows], 4)),
                "pays_bills_first": pa.array(homes.bills_first[rows]),
            }
        )
        joined = traits.join(seen, "household_id", join_type="left outer").sort_by("household_id")
        flags = {"hidden_any": "ever_hidden", "traceless_any": "ordinary_looking"}
        for old, new in flags.items():
            position = joined.column_names.index(old)
            joined = joined.set_column(position, new, joined[old].fill_null(False))
        _write(joined, folder / "households.parquet")


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table.combine_chunks(), path, compression="zstd")


def _grown(values: Ints, count: int, fill: int) -> Ints:
    return np.concatenate([values, np.full(count - len(values), fill, np.int64)])


def _day(day: int, count: int) -> pa.Array:
    return pa.array(np.full(count, day, np.int32)).cast(pa.date32())


def _names(codes: Ints, names: tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(list(names))
    ).cast(pa.string())
