"""The edge: people before it, pseudonyms behind it, and plain words when it cannot do its work."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from data_contracts.edge import KeyNeeded
from data_contracts.gate import GateError
from data_contracts.judgement import Judgement, Verdict
from data_contracts.quarantine import read_quarantine
from tests.data_contracts.landing import facts, grids, land
from tests.data_contracts.made_up_people import mobile, national_id, old_national_id
from tests.data_contracts.registers import KEYS, filled, judge_with_keys


def pseudonym(kind: str, cell: str) -> str:
    made: str = KEYS.pseudonyms(kind, pa.array([cell]))[0].as_py()
    return made


def only(judgements: Sequence[Judgement]) -> Judgement:
    [judgement] = judgements
    return judgement


def test_the_lake_holds_pseudonyms_and_no_names(tmp_path: Path) -> None:
    land(tmp_path, "residents", filled("residents", 3, phone=[mobile(7), None, None]))

    judgement = only(judge_with_keys(tmp_path))
    held = facts(tmp_path, "residents")

    assert (judgement.verdict, judgement.accepted) == (Verdict.ACCEPTED, 3)
    assert held["person_id"].tolist() == [
        pseudonym("national_id", national_id(number)) for number in range(3)
    ]
    assert held["phone"].dropna().tolist() == [pseudonym("phone", mobile(7))]
    assert "name" not in held.columns


def test_a_person_is_the_same_in_every_feed_however_the_number_is_written(tmp_path: Path) -> None:
    seed = next(number for number in range(99) if national_id(number)[6:8] == "19")
    land(tmp_path, "residents", filled("residents", 1, person_id=[old_national_id(seed)]))
    land(tmp_path, "pensions", filled("pensions", 1, person_id=[f" {national_id(seed).lower()} "]))

    assert [one.accepted for one in judge_with_keys(tmp_path)] == [1, 1]

    told = [facts(tmp_path, feed)["person_id"].tolist() for feed in ("residents", "pensions")]
    assert told[0] == told[1] == [pseudonym("national_id", national_id(seed))]


def test_a_wrong_identity_number_goes_to_quarantine_and_is_not_quoted(tmp_path: Path) -> None:
    right = national_id(1)
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    rows = filled("residents", 3, person_id=[national_id(0), wrong, national_id(2)])
    land(tmp_path, "residents", rows)

    judgement = only(judge_with_keys(tmp_path))

    assert (judgement.accepted, judgement.quarantined) == (2, 1)
    assert "check person_id_is_national_id, column person_id, row 2" in str(judgement)
    assert wrong not in str(judgement)
    refused = read_quarantine(tmp_path, KEYS, judgement).to_pandas()
    assert refused["person_id"].tolist() == [wrong]
    assert refused["name"].tolist() == ["甲1"]


@pytest.mark.parametrize(
    ("column", "kind", "cell"),
    [("phone", "phone", "1234"), ("person_id", "national_id", "张三")],
)
def test_each_kind_of_identifier_has_its_own_check(
    tmp_path: Path, column: str, kind: str, cell: str
) -> None:
    land(tmp_path, "residents", filled("residents", 2).assign(**{column: [None, cell]}))

    judgement = only(judge_with_keys(tmp_path))

    assert f"check {column}_is_{kind}, column {column}, row 2: expected" in str(judgement)
    assert cell not in str(judgement)


def test_refused_rows_lie_encrypted(tmp_path: Path) -> None:
    land(tmp_path, "residents", filled("residents", 2, sex=["male", "张三丰"]))

    judgement = only(judge_with_keys(tmp_path))

    assert judgement.quarantined == 1
    [kept] = (tmp_path / "quarantine").rglob("*.*")
    assert kept.name == f"{judgement.delivery_id}.parquet.sealed"
    content = kept.read_bytes()
    assert b"PAR1" not in content
    assert "张三丰".encode() not in content
    with pytest.raises(KeyNeeded, match="no key; restore the key file"):
        read_quarantine(tmp_path, None, judgement)


def test_raw_identifiers_stop_a_home_without_a_key_until_it_has_one(tmp_path: Path) -> None:
    land(tmp_path, "residents", filled("residents", 2))

    with pytest.raises(GateError, match="zhaoren keys new") as stopped:
        judge_with_keys(tmp_path, keyring=None)

    assert national_id(0) not in str(stopped.value)
    assert only(judge_with_keys(tmp_path)).accepted == 2


def test_names_stop_a_home_without_a_key_too(tmp_path: Path) -> None:
    upstream = filled("residents", 2, person_id=["p1", "p2"])
    land(tmp_path, "residents", upstream)

    with pytest.raises(GateError, match="column name carries raw identifiers"):
        judge_with_keys(tmp_path, keyring=None)


@pytest.mark.parametrize("leaves_out", [True, False], ids=["left out", "null"])
def test_a_home_without_a_key_takes_pseudonyms_made_upstream(
    tmp_path: Path, leaves_out: bool
) -> None:
    upstream = filled("residents", 2, person_id=["p1", "p2"], name=[None, None])
    land(tmp_path, "residents", upstream.drop(columns="name") if leaves_out else upstream)

    judgement = only(judge_with_keys(tmp_path, keyring=None))

    assert judgement.accepted == 2, judgement
    assert facts(tmp_path, "residents")["person_id"].tolist() == ["p1", "p2"]
    assert not (tmp_path / "sealed").exists()


def test_refused_rows_in_plain_text_may_not_hold_a_raw_identifier(tmp_path: Path) -> None:
    upstream = filled("residents", 3, person_id=["p1", "p2", "p3"], name=[None] * 3)
    land(tmp_path, "residents", upstream.assign(birth_date=["1980-01-01", "1990-01-01", mobile(1)]))

    with pytest.raises(GateError, match=r"a refused row, column birth_date.*zhaoren keys new"):
        judge_with_keys(tmp_path, keyring=None)

    assert not (tmp_path / "quarantine").exists()


@pytest.mark.parametrize("with_keys", [True, False])
@pytest.mark.parametrize("cell", [national_id(3), f"见{national_id(3)}", f"86{mobile(3)}"])
def test_a_raw_identifier_in_another_column_refuses_the_file(
    tmp_path: Path, cell: str, with_keys: bool
) -> None:
    upstream = filled("residents", 3, person_id=["p1", "p2", "p3"], name=[None] * 3)
    rows = filled("residents", 3) if with_keys else upstream
    land(tmp_path, "residents", rows.assign(household_id=["h1", cell, "h3"]))

    judgement = only(judge_with_keys(tmp_path, keyring=KEYS if with_keys else None))

    assert judgement.verdict is Verdict.REFUSED
    assert "household_id" in str(judgement)
    assert cell not in str(judgement)


def test_a_number_column_may_not_hold_a_phone_either(tmp_path: Path) -> None:
    rows = filled("utility_bills", 2).assign(usage=[12.0, float(mobile(1))])
    land(tmp_path, "utility_bills", rows)

    judgement = only(judge_with_keys(tmp_path))

    assert judgement.verdict is Verdict.REFUSED
    assert "column usage holds an identity number or a mobile number in 1 rows" in str(judgement)


def test_a_file_named_after_somebody_is_left_alone_and_its_name_withheld(tmp_path: Path) -> None:
    land(tmp_path, "residents", filled("residents", 1), name=f"{national_id(1)}.csv")

    judgement = only(judge_with_keys(tmp_path))

    assert judgement.verdict is Verdict.WAITING
    assert "rename it" in str(judgement)
    assert national_id(1) not in str(judgement)


@pytest.mark.parametrize("header", ["张三的备注", f"x{mobile(1)}", "身份证110"])
def test_an_odd_header_is_told_by_number_not_by_name(tmp_path: Path, header: str) -> None:
    land(tmp_path, "residents", filled("residents", 1).assign(**{header: "x"}))

    judgement = only(judge_with_keys(tmp_path))

    assert judgement.accepted == 1
    assert "unexpected column" in str(judgement)
    assert header not in str(judgement)


def test_known_in_other_feeds_works_on_pseudonyms(tmp_path: Path) -> None:
    land(tmp_path, "grid_tree", grids("g0", "g1"))
    land(tmp_path, "residents", filled("residents", 2))
    land(tmp_path, "pensions", filled("pensions", 2, person_id=[national_id(0), national_id(9)]))

    *_, pensions = judge_with_keys(tmp_path)

    assert pensions.feed == "pensions"
    assert "person_id_is_on_the_register" in str(pensions)
    assert "row 2" in str(pensions) or "1 of 2" in str(pensions)


def test_a_row_repeated_with_another_name_is_a_contradiction(tmp_path: Path) -> None:
    rows = filled("residents", 3)
    again = rows.iloc[[1]]
    land(tmp_path, "residents", pd.concat([rows, again, again.assign(name="乙")]))

    judgement = only(judge_with_keys(tmp_path))

    assert (judgement.accepted, judgement.quarantined, judgement.exact_duplicates) == (3, 2, 0)
    assert "fact_is_told_once" in str(judgement)


def test_the_catalogue_never_quotes_a_cell(tmp_path: Path) -> None:
    rows = filled("residents", 3, person_id=[national_id(0), "33010619490231", national_id(2)])
    land(tmp_path, "residents", rows.assign(sex=["male", "female", "李四"]))
    judge_with_keys(tmp_path)

    with sqlite3.connect(tmp_path / "catalogue.db") as catalogue:
        told = "\n".join(catalogue.iterdump())

    assert "residents" in told
    for cell in ("33010619490231", "李四", "甲1", national_id(0), national_id(2)):
        assert cell not in told


def test_a_delivery_judged_again_after_a_crash_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tmp_path, "residents", filled("residents", 3, sex=["male", "female", "?"]))

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("data_contracts.catalogue.Catalogue.record", crash)
        with pytest.raises(KeyboardInterrupt):
            judge_with_keys(tmp_path)
    crashed = contents(tmp_path)
    assert crashed

    assert only(judge_with_keys(tmp_path)).accepted == 2
    assert contents(tmp_path) == crashed


def contents(home: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(home)): path.read_bytes()
        for folder in ("sealed", "quarantine", "lake")
        for path in (home / folder).rglob("*.*")
    }
