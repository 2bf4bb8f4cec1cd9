"""From sealed texts to links the gate has taken: the whole way, on a town of 240 flats."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_town import Town, name_of, town

from data_contracts.conclusions import deliver
from data_contracts.gate import pass_gate
from data_contracts.lake import Lake
from data_contracts.linkage.linking import FEED, link_accounts
from data_contracts.linkage.sources import known
from data_contracts.pseudonyms import KEY_FILE, Keyring, simulated_key
from features.connections import open_engine
from features.district import DISTRICT

FEEDS = ("grid_tree", "addresses", "residents", "utility_accounts", FEED)
CONTRACTS = {feed: DISTRICT.contracts[feed] for feed in FEEDS}
FIRST = datetime.fromisoformat("2026-07-01T02:00")
NIGHT = datetime.fromisoformat("2026-07-02")
LAST_YEAR = date(2025, 3, 1)


def pseudonym(prefix: str, number: int) -> str:
    return f"{prefix}{number:024x}"


def land(home: Path, feed: str, rows: list[dict[str, object]], at: datetime) -> None:
    contract = CONTRACTS[feed]
    arrow = {"date": pa.date32(), "boolean": pa.bool_(), "integer": pa.int64()}
    columns = {
        column.name: pa.array(
            [row.get(column.name) for row in rows], arrow.get(column.logical_type, pa.string())
        )
        for column in contract.columns
    }
    deliver(home, feed, pa.table(columns), received_at=at, name=f"{feed}_{at:%Y%m%d%H%M}")


def land_town(home: Path, made: Town, at: datetime) -> None:
    spell = {"event_date": LAST_YEAR}
    grid = {
        "grid_version_id": "v", "grid_id": "g", "grid_name": "第一网格", "community_id": "c", "community_name": "社区",
        "street_id": "s", "street_name": "街道", "district_id": "d",
    }  # fmt: skip
    land(home, "grid_tree", [grid | spell], at)
    land(
        home,
        "addresses",
        [
            spell | {"address_id": one, "grid_id": "g", "address_text": text}
            for one, text in made.dwellings.items()
        ],
        at,
    )
    person = {
        "sex": "female", "relation": "head", "marital_status": "never", "hukou": "here", "birth_date": date(1980, 1, 1),
    }  # fmt: skip
    land(
        home,
        "residents",
        [
            spell
            | person
            | {
                "residence_id": f"r{number}",
                "person_id": pseudonym("p", number),
                "household_id": f"h{address}",
                "address_id": address,
                "name": name,
            }
            for number, (address, name, _, _) in enumerate(made.people)
        ],
        at,
    )
    land_accounts(home, made, at)


def land_accounts(home: Path, made: Town, at: datetime) -> None:
    rows = [
        {
            "account_id": account,
            "service": "power",
            "holder_name": holder,
            "holder_phone": phone,
            "address_text": text,
            "event_date": LAST_YEAR,
            "subsidised": False,
        }
        for account, (holder, phone, text) in made.accounts.items()
    ]
    land(home, "utility_accounts", rows, at)


def gate(home: Path, keyring: Keyring, before: datetime) -> None:
    told: list[str] = []
    judged = pass_gate(home, CONTRACTS, before=before, progress=told.append, keyring=keyring)
    assert {one.verdict.value for one in judged} <= {"accepted"}, told


def link(home: Path, keyring: Keyring, before: datetime) -> Path | None:
    with open_engine() as con:
        landed = link_accounts(
            home, CONTRACTS, keyring, con, before=before, progress=lambda line: None
        )
    if landed is not None:
        gate(home, keyring, before)
    return landed


def links(home: Path, before: datetime) -> dict[tuple[str, str], dict[str, object]]:
    with open_engine() as con:
        rows = known(con, Lake(home), CONTRACTS[FEED], before=before).to_pylist()
    return {(row["account_id"], row["address_id"]): row for row in rows}


EXACT, LANDLORD, NO_ROOM, NOWHERE = (pseudonym("u", number) for number in range(4))


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Keyring, Town]:
    home = tmp_path_factory.mktemp("home")
    keyring = simulated_key(home / KEY_FILE, seed=1)
    made = town()
    made.accounts = {
        EXACT: (name_of(0), None, "翠湖花园1-1-101"),
        LANDLORD: ("诸葛房东", None, "阳光小区2幢2单元301室"),
        NO_ROOM: (name_of(125), None, "工人新村1幢"),
        NOWHERE: ("诸葛房东", None, "翠湖花园"),
    }
    land_town(home, made, FIRST)
    gate(home, keyring, NIGHT)
    link(home, keyring, NIGHT)
    return home, keyring, made


def test_whoever_can_be_told_is_linked_and_nobody_else(linked: tuple[Path, Keyring, Town]) -> None:
    home, _, _ = linked
    accepted = {pair for pair, row in links(home, NIGHT).items() if row["accepted"]}

    assert accepted == {(EXACT, "a000"), (LANDLORD, "a134"), (NO_ROOM, "a205")}


def test_links_carry_probability_evidence_and_the_spell_of_the_account(
    linked: tuple[Path, Keyring, Town],
) -> None:
    row = links(linked[0], NIGHT)[EXACT, "a000"]

    assert row["evidence"] == "where=same;door=whole;holder=resident"
    assert row["probability"] > 0.99
    assert (row["event_date"], row["valid_to"]) == (LAST_YEAR, None)


def test_a_night_without_news_concludes_nothing(linked: tuple[Path, Keyring, Town]) -> None:
    home, keyring, _ = linked

    assert link(home, keyring, NIGHT + timedelta(days=1)) is None


def told(path: Path) -> bytes:
    """Everything a file says; Parquet is compressed, so its cells are read."""
    if path.suffix == ".parquet":
        return repr(pq.read_table(path).to_pydict()).encode()
    return path.read_bytes()


def test_no_name_and_no_text_leaves_the_sealed_store(linked: tuple[Path, Keyring, Town]) -> None:
    home, _, _ = linked
    words = [text.encode() for text in ("翠湖花园", "诸葛房东", name_of(0), "工人新村")]
    outside = [
        path
        for path in home.rglob("*")
        if path.is_file() and "landing" not in path.relative_to(home).parts
    ]
    landed = list((home / "landing" / FEED).iterdir())

    assert len(outside) > 5
    assert landed
    for path in [*outside, *landed]:
        assert not any(word in told(path) for word in words), path


def test_a_holder_who_moves_the_account_ends_one_link_and_begins_the_next(
    linked: tuple[Path, Keyring, Town],
) -> None:
    home, keyring, made = linked
    moved = datetime.fromisoformat("2026-07-10T09:00")
    made.accounts[EXACT] = (name_of(61), None, "阳光小区1幢1单元102室")
    land_accounts(home, made, moved)
    night = datetime.fromisoformat("2026-07-11")
    gate(home, keyring, night)

    link(home, keyring, night)

    rows = links(home, night)
    assert rows[EXACT, "a000"]["valid_to"] == moved.date()
    assert rows[EXACT, "a101"]["event_date"] == moved.date()
    assert rows[EXACT, "a101"]["accepted"]
    assert links(home, NIGHT)[EXACT, "a000"]["valid_to"] is None
