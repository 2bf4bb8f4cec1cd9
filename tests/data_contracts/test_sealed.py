"""The sealed store: what linking may see, as it stood on any day, and nobody without the key."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from data_contracts.ciphers import CannotOpen, decrypted, encrypted
from data_contracts.lake import LakeError
from data_contracts.pseudonyms import Keyring
from data_contracts.sealed import SealedRowMissing, SealedStore
from features.connections import open_engine
from tests.data_contracts.landing import CONTRACTS, RECEIVED, TONIGHT, facts, land
from tests.data_contracts.made_up_people import mobile, national_id
from tests.data_contracts.registers import KEYS, filled, judge_with_keys

OTHERS = Keyring(hashlib.sha256(b"the key of another home").digest(), "990100")
LATER = RECEIVED + timedelta(hours=1)


def sealed(home: Path, feed: str = "residents", *, before=TONIGHT, keyring=KEYS) -> pd.DataFrame:
    with open_engine() as engine:
        rows: pd.DataFrame = (
            SealedStore(home, keyring).rows(engine, CONTRACTS[feed], before=before).to_pandas()
        )
    return rows


def test_the_store_gives_back_what_was_kept_apart(tmp_path: Path) -> None:
    rows = filled("residents", 3, phone=[f"+86 {mobile(0)}", None, None], name=["甲", "乙", "丙"])
    land(tmp_path, "residents", rows)
    judge_with_keys(tmp_path)

    kept = sealed(tmp_path)

    assert kept["residence_id"].tolist() == ["res0", "res1", "res2"]
    assert kept["name"].tolist() == ["甲", "乙", "丙"]
    assert kept["person_id_raw"].tolist() == [national_id(number) for number in range(3)]
    assert kept["phone_raw"].isna().tolist() == [False, True, True]
    assert kept["phone_raw"][0] == mobile(0)
    assert kept["person_id"].tolist() == facts(tmp_path, "residents")["person_id"].tolist()
    assert kept["known_from"].unique().tolist() == [pd.Timestamp(RECEIVED)]


def test_a_corrected_name_is_a_new_version_and_both_days_see_their_own(tmp_path: Path) -> None:
    first = filled("residents", 2, name=["甲", "乙"])
    land(tmp_path, "residents", first, name="1.csv")
    land(
        tmp_path,
        "residents",
        first.assign(name=["甲", "乙改"]),
        name="2.csv",
        received_at=LATER,
    )

    judged = judge_with_keys(tmp_path)

    assert [(one.accepted, one.exact_duplicates) for one in judged] == [(2, 0), (1, 1)]
    assert sealed(tmp_path)["name"].tolist() == ["甲", "乙改"]
    assert sealed(tmp_path, before=LATER)["name"].tolist() == ["甲", "乙"]
    assert sealed(tmp_path, before=RECEIVED).empty


def test_a_name_that_returns_and_a_late_delivery_are_found(tmp_path: Path) -> None:
    rows = filled("residents", 1)
    for name, hours in (("甲", 0), ("乙", 4), ("甲", 6), ("丙", 2)):
        received_at = RECEIVED + timedelta(hours=hours)
        file = f"{hours}.csv"
        land(tmp_path, "residents", rows.assign(name=name), name=file, received_at=received_at)
        judge_with_keys(tmp_path)

    seen = [
        sealed(tmp_path, before=RECEIVED + timedelta(hours=hour))["name"].tolist()
        for hour in (1, 3, 5, 7)
    ]

    assert seen == [["甲"], ["丙"], ["乙"], ["甲"]]


def test_what_a_late_delivery_brings_to_light_is_found(tmp_path: Path) -> None:
    rows = filled("residents", 1)
    for name, hours in (("甲", 0), ("甲", 4), ("乙", 2)):
        received_at = RECEIVED + timedelta(hours=hours)
        file = f"{hours}.csv"
        land(tmp_path, "residents", rows.assign(name=name), name=file, received_at=received_at)
        judge_with_keys(tmp_path)

    assert sealed(tmp_path, before=RECEIVED + timedelta(hours=3))["name"].tolist() == ["乙"]
    assert sealed(tmp_path)["name"].tolist() == ["甲"]


def test_feeds_that_keep_nothing_apart_have_nothing_there(tmp_path: Path) -> None:
    land(tmp_path, "pensions", filled("pensions", 2))
    judge_with_keys(tmp_path)

    assert not (tmp_path / "sealed").exists()


def test_an_empty_home_has_an_empty_store(tmp_path: Path) -> None:
    assert sealed(tmp_path).empty
    assert {"name", "person_id", "person_id_raw"} <= set(sealed(tmp_path).columns)


def test_sealed_files_show_nothing_and_open_only_with_their_key(tmp_path: Path) -> None:
    land(tmp_path, "residents", filled("residents", 2))
    judge_with_keys(tmp_path)

    [file] = (tmp_path / "sealed").rglob("*.sealed")
    content = file.read_bytes()
    assert "甲1".encode() not in content
    assert national_id(1).encode() not in content
    assert b"PAR1" not in content
    with pytest.raises(CannotOpen, match="zhaoren keys fingerprint"):
        sealed(tmp_path, keyring=OTHERS)


def test_a_sealed_file_does_not_open_in_the_place_of_another(tmp_path: Path) -> None:
    content = encrypted(b"rows", key=bytes(range(32)), path="sealed/residents/2024-08/a")

    assert decrypted(content, key=bytes(range(32)), path="sealed/residents/2024-08/a") == b"rows"
    with pytest.raises(CannotOpen, match="changed or moved"):
        decrypted(content, key=bytes(range(32)), path="sealed/residents/2024-09/a")


@pytest.mark.parametrize("place", range(0, 40, 3))
def test_a_changed_byte_anywhere_is_noticed(place: int) -> None:
    content = bytearray(encrypted(b"eight...", key=bytes(range(32)), path="a"))
    content[place % len(content)] ^= 1

    with pytest.raises(CannotOpen):
        decrypted(bytes(content), key=bytes(range(32)), path="a")


@pytest.mark.parametrize("length", range(0, 40, 3))
def test_a_cut_file_is_noticed(length: int) -> None:
    content = encrypted(b"eight...", key=bytes(range(32)), path="a")

    with pytest.raises(CannotOpen):
        decrypted(content[:length], key=bytes(range(32)), path="a")


def test_same_content_same_bytes_other_content_other_nonce() -> None:
    key = bytes(range(32))
    first, again, other = (encrypted(one, key=key, path="a") for one in (b"1", b"1", b"2"))

    assert first == again
    assert first[:16] != other[:16]


def test_a_damaged_sealed_file_is_found_by_the_lake(tmp_path: Path) -> None:
    land(tmp_path, "residents", filled("residents", 2))
    judge_with_keys(tmp_path)
    [file] = (tmp_path / "sealed").rglob("*.sealed")
    file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(LakeError, match="restore it from a backup"):
        sealed(tmp_path)


def test_a_fact_without_its_sealed_row_is_not_passed_over(tmp_path: Path) -> None:
    from sqlalchemy import create_engine, text

    land(tmp_path, "residents", filled("residents", 2))
    judge_with_keys(tmp_path)
    with create_engine(f"sqlite:///{tmp_path / 'catalogue.db'}").begin() as catalogue:
        catalogue.execute(text("DELETE FROM lake_files WHERE kind = 'sealed'"))

    with pytest.raises(SealedRowMissing, match="2 facts have no row in sealed/"):
        sealed(tmp_path)
