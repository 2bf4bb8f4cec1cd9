"""Pseudonyms: one per person and city, computable by nobody without the key; keys that refuse to be careless."""

import hashlib
import hmac
import json
import os
import stat
from pathlib import Path

import pyarrow as pa
import pytest

from data_contracts.pseudonyms import (
    KEY_FILE,
    Keyring,
    KeyUnusable,
    keyring_of,
    load_keyring,
    new_key,
    simulated_key,
)
from tests.data_contracts.made_up_people import mobile, national_id, old_national_id

MASTER = hashlib.sha256(b"a key for tests").digest()
KEYS = Keyring(MASTER, "990100")
PERSON = next(made for seed in range(99) if (made := national_id(seed))[6:8] == "19")
PERSON_SEED = next(seed for seed in range(99) if national_id(seed) == PERSON)


def one(kind: str, cell: str, *, keys: Keyring = KEYS) -> str:
    pseudonym: str = keys.pseudonyms(kind, pa.chunked_array([[cell]]))[0].as_py()
    return pseudonym


def test_a_pseudonym_is_the_hmac_of_the_identifier_under_the_derived_key() -> None:
    # RFC 5869 by hand: extract with an empty salt, expand for one block.
    extracted = hmac.digest(bytes(32), MASTER, "sha256")
    derived = hmac.digest(extracted, b"zhaoren/1/990100/national_id" + b"\x01", "sha256")

    expected = hmac.digest(derived, PERSON.encode(), "sha256").hex()[:24]

    assert one("national_id", PERSON) == f"p{expected}"


def test_all_spellings_of_a_person_have_one_pseudonym() -> None:
    spellings = [PERSON, PERSON.lower(), f" {PERSON} ", old_national_id(PERSON_SEED)]

    made = KEYS.pseudonyms("national_id", pa.array([*spellings, None, "不详"]))

    assert len(set(made.to_pylist()[:4])) == 1
    assert made.to_pylist()[4:] == [None, None]


def test_kinds_cities_and_keys_do_not_share_pseudonyms() -> None:
    number = mobile(1)
    other_city = Keyring(MASTER, "990200")
    other_key = Keyring(hashlib.sha256(b"another key").digest(), "990100")

    made = {
        one("phone", number)[1:],
        one("account", number)[1:],
        one("phone", number, keys=other_city)[1:],
        one("phone", number, keys=other_key)[1:],
    }

    assert len(made) == 4
    assert (one("phone", number)[0], one("account", number)[0]) == ("t", "u")


def test_a_pseudonym_of_before_is_left_as_it_is() -> None:
    assert one("national_id", one("national_id", PERSON)) == one("national_id", PERSON)


@pytest.mark.parametrize(
    ("master", "said"),
    [
        (MASTER[:31], "31 bytes"),
        (bytes(32), "placeholder"),
        (b"changemechangemechangemechangeme", "placeholder"),
        (b"0123456789abcdefghijklmnopqrstuv", "placeholder"),
        (bytes(range(15)) * 3, "placeholder"),
    ],
    ids=["short", "zeros", "a word", "typed", "padded"],
)
def test_careless_keys_are_refused_without_being_quoted(master: bytes, said: str) -> None:
    with pytest.raises(KeyUnusable, match=said) as refused:
        Keyring(master, "990100")

    assert "zhaoren keys new" in str(refused.value)
    assert master.hex() not in str(refused.value)
    assert master.decode("latin-1") not in str(refused.value)


def test_a_keyring_shows_its_fingerprint_and_never_its_key() -> None:
    shown = f"{KEYS!r} {KEYS}"

    assert KEYS.fingerprint in shown
    assert MASTER.hex()[:8] not in shown
    assert KEYS.key_for("national_id").hex()[:8] not in shown


def test_a_new_key_is_its_owners_only_and_is_never_overwritten(tmp_path: Path) -> None:
    made = new_key(tmp_path / KEY_FILE, city="990100")

    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert keyring_of(tmp_path).fingerprint == made.fingerprint
    with pytest.raises(KeyUnusable, match="exists already and is not overwritten"):
        new_key(tmp_path / KEY_FILE, city="990100")
    assert load_keyring(tmp_path / KEY_FILE).fingerprint == made.fingerprint
    assert new_key(tmp_path / "other.key", city="990100").fingerprint != made.fingerprint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o666])
def test_a_key_file_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    new_key(tmp_path / "a.key", city="990100")
    os.chmod(tmp_path / "a.key", mode)

    with pytest.raises(KeyUnusable, match="chmod 600"):
        load_keyring(tmp_path / "a.key")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"city": "990100"}', '{"city": "1", "key": "xy"}']
)
def test_a_damaged_key_file_is_not_quoted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.key"
    path.write_text(content, encoding="ascii")
    path.chmod(0o600)

    with pytest.raises(KeyUnusable, match="is not a key file; restore it") as refused:
        load_keyring(path)

    assert refused.value.__cause__ is None


def test_a_home_without_a_key_has_no_keyring_but_a_named_file_must_be_there(tmp_path: Path) -> None:
    assert keyring_of(tmp_path) is None
    with pytest.raises(KeyUnusable, match="no key file"):
        keyring_of(tmp_path, tmp_path / "elsewhere.key")


def test_the_simulated_key_follows_from_the_seed_and_says_that_it_is_simulated(
    tmp_path: Path,
) -> None:
    made = [simulated_key(tmp_path / name / KEY_FILE, seed=1).fingerprint for name in ("a", "b")]

    assert made[0] == made[1] != simulated_key(tmp_path / "c", seed=2).fingerprint
    told = json.loads((tmp_path / "a" / KEY_FILE).read_text("ascii"))
    assert (told["simulated"], told["city"]) == (True, "simulated-1")
