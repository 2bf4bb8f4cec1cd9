"""Accounts: who holds them, how their addresses are written, at the rates configured."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.district.account_books import HOLDERS
from experiments.district.noise import AccountNoise
from experiments.district.scribbles import KINDS
from tests.district.landing import latest, read_feed

NOISE = AccountNoise()


def _accounts(district: Path) -> pd.DataFrame:
    """Every account as delivered first, beside the truth of that time."""
    told = read_feed(district / "landing", "utility_accounts").drop_duplicates("account_id")
    truth = pd.read_parquet(district / "truth/accounts.parquet")
    truth = truth.sort_values("from_day", kind="stable").drop_duplicates("account_id")
    return told.merge(truth, on="account_id", suffixes=("", "_true"))


def _lived_in(district: Path) -> set[str]:
    people = pd.read_parquet(district / "truth/persons.parquet")
    return set(people[pd.to_datetime(people.from_day) < "2025-05-01"].address_id)


def test_one_holder_in_five_does_not_live_there(district: Path) -> None:
    accounts = _accounts(district)
    accounts = accounts[accounts.address_id.isin(_lived_in(district))]
    assert set(accounts.holder_kind) == set(HOLDERS)
    foreign = ~accounts.holder_kind.isin(["own", "typo"])
    assert 0.16 < foreign.mean() < 0.25
    without_room = accounts.text_kind.str.contains("no_room")
    assert 0.005 < (foreign & without_room).mean() < 0.02


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        ("short_form", NOISE.short_form),
        ("no_room", NOISE.no_room + 0.005),
        ("fullwidth", NOISE.fullwidth),
        ("chinese_numerals", NOISE.chinese_numerals),
        ("reordered", NOISE.reordered),
        ("typo", NOISE.typo + NOISE.wrong_digit),
        ("extra_words", NOISE.extra_words),
    ],
)
def test_texts_are_spoilt_as_often_as_configured(district: Path, kind: str, share: float) -> None:
    found = _accounts(district).text_kind.str.split("+").map(lambda kinds: kind in kinds).mean()
    assert found == pytest.approx(share, rel=0.2)


def test_texts_are_coded_with_known_kinds_only(district: Path) -> None:
    kinds = set(_accounts(district).text_kind.str.split("+").explode())
    assert kinds <= {*KINDS, "exact"}
    assert len(kinds) >= 9


def test_an_exact_text_is_the_standard_address(district: Path) -> None:
    accounts = _accounts(district)
    standard = read_feed(district / "landing", "addresses").drop_duplicates("address_id")
    standard = standard.set_index("address_id").address_text
    assert standard.is_unique
    exact = accounts[(accounts.text_kind == "exact") & accounts.address_id.isin(standard.index)]
    assert (exact.address_text.to_numpy() == standard[exact.address_id].to_numpy()).all()
    spoilt = accounts[(accounts.text_kind != "exact") & accounts.address_id.isin(standard.index)]
    changed = spoilt.address_text.to_numpy() != standard[spoilt.address_id].to_numpy()
    # A slip may put the character that stood there; everything else shows.
    assert changed.mean() > 0.99


def test_own_accounts_name_somebody_who_lives_there(district: Path) -> None:
    accounts = _accounts(district)
    accounts = accounts[accounts.address_id.isin(_lived_in(district))]
    people = pd.read_parquet(district / "truth/persons.parquet")
    people = people[pd.to_datetime(people.from_day) < "2025-05-01"]
    names = latest(read_feed(district / "landing", "residents"), "person_id")
    there = people.merge(names, left_on="national_id", right_on="person_id")
    pairs = set(zip(there.address_id_x, there.name, strict=True))
    lives_there = pd.Series(
        [pair in pairs for pair in zip(accounts.address_id, accounts.holder_name, strict=True)],
        index=accounts.index,
    )
    # Those never registered have no name in any feed but this one.
    assert lives_there[accounts.holder_kind == "own"].mean() > 0.93
    assert lives_there[accounts.holder_kind.isin(["landlord", "company", "typo"])].mean() < 0.03


def test_in_the_end_own_accounts_name_somebody_who_lives_there_now(district: Path) -> None:
    told = latest(read_feed(district / "landing", "utility_accounts"), "account_id")
    truth = pd.read_parquet(district / "truth/accounts.parquet")
    moved = truth[truth.account_id.duplicated(keep=False) & truth.to_day.isna()]
    people = pd.read_parquet(district / "truth/persons.parquet")
    names = latest(read_feed(district / "landing", "residents"), "person_id")
    there = people[people.to_day.isna()].merge(names, left_on="national_id", right_on="person_id")
    pairs = set(zip(there.address_id_x, there.name, strict=True))
    own = told.merge(moved[moved.holder_kind == "own"], on="account_id")
    assert len(own) > 30
    # Names put right in the last month reach us with the next delivery.
    lives_there = [pair in pairs for pair in zip(own.address_id, own.holder_name, strict=True)]
    assert sum(lives_there) / len(own) > 0.85


def test_an_account_is_put_under_another_name_by_a_correction(district: Path) -> None:
    rows = read_feed(district / "landing", "utility_accounts")
    names = rows.groupby("account_id").holder_name.nunique()
    assert (names > 1).any()
    texts = rows.groupby("account_id").address_text.nunique()
    assert (texts == 1).all()
    truth = pd.read_parquet(district / "truth/accounts.parquet")
    assert truth.groupby("account_id").size().max() > 1
    assert truth.groupby("account_id").address_id.nunique().max() == 1
    assert (truth.to_day.isna().groupby(truth.account_id).sum() == 1).all()


def test_an_account_number_is_neither_a_phone_nor_an_id(district: Path) -> None:
    numbers = read_feed(district / "landing", "utility_accounts").account_id
    assert numbers.str.fullmatch(r"32\d{11}").all()
