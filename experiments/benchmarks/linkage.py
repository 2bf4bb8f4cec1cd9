"""How long linking takes at full size: a made-up city, parsed, trained and linked once on two cores.

The city has nothing of the simulated district but its kind of noise: it only has to be as large, as repetitive and
as ambiguous as a real one.
"""

import resource
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import numpy as np
import pyarrow as pa

from data_contracts.linkage.linking import candidates_of, trained_model
from data_contracts.linkage.records import Sources, records_of

_NIGHT = datetime.fromisoformat("2026-07-15")
_FLATS_OF_A_COMPOUND = 400
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超兰霞平刚桂英文华建国玉春海燕晓红志飞小宇婷浩然子轩梓涵"
_FIRST = "翠锦阳金银东南北新和康丽华龙凤紫碧青蓝红"
_SECOND = "湖绣光桂河城园苑山水泉林枫竹梅兰菊荷莲桐"
_KINDS = ["花园", "小区", "家园", "苑", "公寓", "新村"]


@dataclass(frozen=True)
class Timing:
    """Seconds of wall time and of CPU (on a busy machine they differ), peak memory, and what came of it."""

    parse_seconds: float
    train_seconds: float
    link_seconds: float
    cpu_seconds: float
    peak_gigabytes: float
    accounts: int
    dwellings: int
    candidates: int
    accepted: int
    right: int

    def __str__(self) -> str:
        """One line for the terminal."""
        total = self.parse_seconds + self.train_seconds + self.link_seconds
        return (
            f"linkage: {self.accounts:,} accounts to {self.dwellings:,} dwellings in {total:.0f} s"
            f" (read {self.parse_seconds:.0f}, train {self.train_seconds:.0f}, link {self.link_seconds:.0f}),"
            f" {self.cpu_seconds:.0f} s of CPU, peak {self.peak_gigabytes:.2f} GB; {self.candidates:,} candidate links, {self.accepted:,} accepted,"
            f" of these {self.right / max(self.accepted, 1):.2%} right"
        )


def run(households: int, *, seed: int) -> Timing:
    """Link as many accounts as households; peak memory includes the made-up texts themselves."""
    sources, truth = made_up_city(households, seed=seed)
    start, cpu = perf_counter(), _cpu_seconds()
    records = records_of(sources)
    parsed = perf_counter()
    model = trained_model(records, before=_NIGHT)
    trained = perf_counter()
    candidates = candidates_of(model, records)
    linked = perf_counter()
    cpu_end = _cpu_seconds()
    accepted = candidates.filter(candidates["accepted"])
    told = dict(
        zip(accepted["account_id"].to_pylist(), accepted["address_id"].to_pylist(), strict=True)
    )
    right = sum(truth[account] == address for account, address in told.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return Timing(
        parse_seconds=parsed - start,
        train_seconds=trained - parsed,
        link_seconds=linked - trained,
        cpu_seconds=cpu_end - cpu,
        peak_gigabytes=peak,
        accounts=records.accounts.num_rows,
        dwellings=records.dwellings.num_rows,
        candidates=candidates.num_rows,
        accepted=accepted.num_rows,
        right=right,
    )


def _cpu_seconds() -> float:
    """CPU of this process and of the children it waited for."""
    every = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in every)


def made_up_city(households: int, *, seed: int) -> tuple[Sources, dict[str, str]]:
    """Return a city of flats with one account each, and the true dwelling of every account."""
    rng = np.random.default_rng(seed)
    compounds = _compounds(-(-households // _FLATS_OF_A_COMPOUND), rng)
    at = np.arange(households)
    compound, flat = at // _FLATS_OF_A_COMPOUND, at % _FLATS_OF_A_COMPOUND
    building, unit = flat // 40 + 1, flat // 20 % 2 + 1
    floor, door = flat // 2 % 10 + 1, flat % 2 + 1
    family = rng.integers(0, len(_SURNAMES), households)
    people_of = 1 + rng.integers(0, 3, households)
    names, owners = _people(family, people_of, rng)
    addresses = [f"a{one}" for one in at]
    texts, standard = [], []
    ways, missing = rng.integers(0, 6, households), rng.random(households)
    for one in at:
        road, number, name = compounds[compound[one]]
        b, u, r = building[one], unit[one], f"{floor[one]}{door[one]:02d}"
        head = f"浙江省杭州市西湖区翠苑街道{road}{number}号{name}"
        standard.append(f"{head}{b}幢{u}单元{r}室")
        short = head if ways[one] < 2 else name
        if missing[one] < 0.05:
            texts.append(f"{short}{b}幢")
        elif missing[one] < 0.15:
            texts.append(f"{short}{b}幢{r}")
        elif missing[one] < 0.18:
            texts.append(f"{road}{number}号{b}-{u}-{r}")
        else:
            texts.append(
                f"{short}{b}{('幢', '栋', '号楼')[one % 3]}{u}单元{r}室"
                if ways[one] % 2
                else f"{short}{b}-{u}-{r}"
            )
    holders, chance = [], rng.random(households)
    first = np.concatenate([[0], np.cumsum(people_of)[:-1]])
    for one in at:
        name = names[first[one]]
        if chance[one] < 0.1:
            name = _SURNAMES[one * 7 % len(_SURNAMES)] + _GIVEN[one * 13 % len(_GIVEN)]
        elif chance[one] < 0.14 and len(name) == 3:
            name = name[:2] + _GIVEN[one % len(_GIVEN)]
        holders.append(name)
    accounts = [f"u{one}" for one in at]
    sources = Sources(
        accounts=pa.table(
            {
                "account_id": accounts,
                "holder_name": holders,
                "holder_phone": pa.nulls(households, pa.string()),
                "address_text": texts,
            }
        ),
        dwellings=pa.table({"address_id": addresses, "address_text": standard}),
        people=pa.table(
            {
                "address_id": [addresses[one] for one in owners],
                "name": names,
                "phone": pa.nulls(len(names), pa.string()),
                "current": rng.random(len(names)) < 0.9,
            }
        ),
    )
    return sources, dict(zip(accounts, addresses, strict=True))


def _compounds(count: int, rng: np.random.Generator) -> list[tuple[str, int, str]]:
    """Return road, number and name of each compound; names come again in other streets, as they do."""
    made = []
    for one in range(count):
        road = f"{_FIRST[one // 20 % 20]}{_SECOND[one // 400 % 20]}{'路街'[one % 2]}"
        picks = rng.integers(0, [len(_FIRST), len(_SECOND), len(_FIRST), len(_KINDS)])
        name = f"{_FIRST[picks[0]]}{_SECOND[picks[1]]}{_FIRST[picks[2]]}{_KINDS[picks[3]]}"
        made.append((road, one % 400 + 1, name))
    return made


def _people(
    family: np.ndarray, people_of: np.ndarray, rng: np.random.Generator
) -> tuple[list[str], np.ndarray]:
    """Return the names of everybody and, for each, the household."""
    owners = np.repeat(np.arange(len(family)), people_of)
    given = rng.integers(0, len(_GIVEN), (len(owners), 2))
    short = rng.random(len(owners)) < 0.2
    return [
        _SURNAMES[family[owner]] + _GIVEN[one] + ("" if brief else _GIVEN[two])
        for owner, (one, two), brief in zip(owners, given, short, strict=True)
    ], owners
