"""A made-up town for linking: four compounds, families with names, accounts written by clerks."""

from dataclasses import dataclass, field

import pyarrow as pa

from data_contracts.linkage.records import Sources

SURNAMES = "王李张刘陈杨黄赵吴周徐孙"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超兰霞平刚"


@dataclass
class Town:
    """Dwellings with one family each; accounts are added by the test."""

    dwellings: dict[str, str] = field(default_factory=dict)
    people: list[tuple[str, str, str | None, bool]] = field(default_factory=list)
    accounts: dict[str, tuple[str, str | None, str]] = field(default_factory=dict)

    def sources(self) -> Sources:
        accounts = sorted(self.accounts.items())
        texts = pa.string()
        return Sources(
            accounts=pa.table(
                {
                    "account_id": pa.array([one for one, _ in accounts], texts),
                    "holder_name": pa.array([told[0] for _, told in accounts], texts),
                    "holder_phone": pa.array([told[1] for _, told in accounts], texts),
                    "address_text": pa.array([told[2] for _, told in accounts], texts),
                }
            ),
            dwellings=pa.table(
                {
                    "address_id": pa.array(list(self.dwellings), texts),
                    "address_text": pa.array(list(self.dwellings.values()), texts),
                }
            ),
            people=pa.table(
                {
                    "address_id": pa.array([one[0] for one in self.people], texts),
                    "name": pa.array([one[1] for one in self.people], texts),
                    "phone": pa.array([one[2] for one in self.people], texts),
                    "current": pa.array([one[3] for one in self.people], pa.bool_()),
                }
            ),
        )


def town(compounds: tuple[str, ...] = ("翠湖花园", "阳光小区", "工人新村", "锦绣家园")) -> Town:
    """Return compounds of 3 buildings, 2 units, 5 floors, 2 doors; a couple in each flat, no account yet."""
    made = Town()
    for c, compound in enumerate(compounds):
        for flat in range(60):
            building, unit, floor, door = (
                flat // 20 + 1,
                flat // 10 % 2 + 1,
                flat // 2 % 5 + 1,
                flat % 2 + 1,
            )
            address = f"a{c}{flat:02d}"
            made.dwellings[address] = (
                f"浙江省杭州市西湖区翠苑街道{compound}{building}幢{unit}单元{floor}0{door}室"
            )
            for person in range(2):
                made.people.append((address, name_of(c * 60 + flat, person), None, True))
    return made


def name_of(household: int, person: int = 0) -> str:
    """Return the name of one of a household's two people; no two in the town are the same."""
    place = household * 2 + person
    return SURNAMES[place % 12] + GIVEN[place // 12 % 20] + GIVEN[(place // 240 + place) % 20]
