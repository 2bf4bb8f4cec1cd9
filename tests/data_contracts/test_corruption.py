"""One flipped bit, a cut, a zeroed block in any file of the lake: found before it is read, every time."""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from data_contracts.gate import pass_gate
from data_contracts.lake import Lake, LakeError
from data_contracts.lake_files import Kind, LakeFile
from data_contracts.pseudonyms import Keyring
from data_contracts.quarantine import read_quarantine
from data_contracts.releases import open_quarantine
from data_contracts.sealed import SealedStore
from data_contracts.verification import verify
from features.connections import open_engine
from tests.data_contracts.landing import CONTRACTS, RECEIVED, TONIGHT, land
from tests.tables import table

KEYRING = Keyring(bytes(range(32)), "310000")
TRIALS = 1000
FEED = "utility_accounts"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home with a file of every kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        accounts = _accounts()
        for hour, name in enumerate(["张三", "张三", "李四"]):
            rows = accounts.assign(holder_name=[name, *accounts["holder_name"][1:]])
            if hour == 2:
                rows.loc[5, "event_date"] = "2999-01-01"
            land(path, FEED, rows, name=f"{hour}.csv", received_at=RECEIVED + timedelta(hours=hour))
        told = pass_gate(
            path, CONTRACTS, before=TONIGHT, progress=lambda line: None, keyring=KEYRING
        )
        kinds = {file.kind for file in Lake(path).catalogue.files()}
        assert kinds == set(Kind), [str(one) for one in told]
        yield path


def _accounts():
    contract = CONTRACTS[FEED]
    drawn = "\n".join(
        f"3101{number:08d} | power | 王五 | ? | 上海市浦东新区某路{number}号 | 2024-01-01 | ? | false"
        for number in range(12)
    )
    names = [column.name for column in contract.columns]
    return table(" | ".join(names) + "\n---\n" + drawn)


def _damaged(content: bytes, how: str, lot: random.Random) -> bytes:
    at = lot.randrange(len(content))
    if how == "one bit":
        flipped = bytearray(content)
        flipped[at] ^= 1 << lot.randrange(8)
        return bytes(flipped)
    if how == "cut short":
        return content[:at]
    block = slice(at, at + 512)
    return content[:at] + bytes(len(content[block])) + content[at + 512 :]


def _read(home: Path, file: LakeFile) -> None:
    """Read the file as the engine reads files of its kind."""
    lake = Lake(home)
    if file.kind is Kind.QUARANTINE:
        for one in open_quarantine(home, KEYRING):
            read_quarantine(home, KEYRING, one.judgement)
    elif file.kind is Kind.SEALED:
        SealedStore(home, KEYRING)._kept(CONTRACTS[FEED])
    else:
        lake.paths(FEED, file.kind)


def test_a_thousand_damages_are_found_before_the_first_read(home: Path) -> None:
    lot = random.Random(20240805)
    files = Lake(home).catalogue.files()
    found: Counter[tuple[str, Kind]] = Counter()
    for trial in range(TRIALS):
        file = files[trial % len(files)]
        path = home / file.path
        sound = path.read_bytes()
        how = lot.choice(["one bit", "cut short", "zeroed block"])
        damaged = _damaged(sound, how, lot)
        while damaged == sound:
            damaged = _damaged(sound, how, lot)
        path.write_bytes(damaged)
        try:
            with pytest.raises(LakeError, match="restore it from a backup"):
                _read(home, file)
            found[how, file.kind] += 1
        finally:
            path.write_bytes(sound)

    assert sum(found.values()) == TRIALS
    assert {kind for _, kind in found} == set(Kind)
    assert len(found) == 3 * len(Kind)


@pytest.mark.parametrize("kind", [Kind.FACTS, Kind.SUPERSEDED])
def test_features_are_not_given_damaged_facts(home: Path, kind: Kind) -> None:
    path = Path(Lake(home).paths(FEED, kind)[0])
    sound = path.read_bytes()
    path.write_bytes(_damaged(sound, "one bit", random.Random(1)))
    try:
        with open_engine() as engine, pytest.raises(LakeError):
            Lake(home).facts(engine, CONTRACTS[FEED])
        assert len(verify(home).faults) == 1
    finally:
        path.write_bytes(sound)
    assert verify(home).faults == ()
