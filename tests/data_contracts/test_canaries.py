"""Fifty people's identifiers through the gate, in every place they can come in: nothing behind it shows one."""

import json
import logging
import sqlite3
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts.checks import Check, Expectation, Severity
from data_contracts.expectations import ExpectationCrashed, run, suite_of
from data_contracts.gate import GateError, pass_gate
from data_contracts.judgement import Judgement, Verdict
from data_contracts.quarantine import read_quarantine
from data_contracts.sealed import SealedStore
from features.connections import open_engine
from serving.datadocs.site import write_deliveries
from tests.canaries import Canaries, fifty, hits, hits_in_text
from tests.data_contracts.landing import CONTRACTS, TONIGHT, grids, land
from tests.data_contracts.registers import KEYS, filled

CANARIES = fifty()


def test_there_are_fifty_different_ones() -> None:
    assert len(set(CANARIES.every)) == 50


def plant(home: Path, canaries: Canaries) -> None:
    """Land the fifty in good rows, bad rows, and everywhere a careless export could put them."""
    ids, old_ids, phones = canaries.ids, canaries.old_ids, canaries.phones
    names, addresses, accounts = canaries.names, canaries.addresses, canaries.accounts
    people = [*ids, *old_ids]
    residents = filled(
        "residents",
        18,
        person_id=people,
        name=[*names, *names[:8]],
        phone=[*phones, *[None] * 8],
    )
    land(home, "residents", residents, name="people.csv")
    land(home, "grid_tree", grids(*(f"g{place}" for place in range(6))))
    land(home, "addresses", filled("addresses", 6, address_text=addresses), name="addresses.jsonl")
    supplied = filled(
        "utility_accounts",
        6,
        account_id=accounts,
        holder_name=names[:6],
        holder_phone=phones[:6],
        address_text=addresses,
    )
    land(home, "utility_accounts", supplied, name="accounts.xlsx")
    land(
        home, "utility_bills", filled("utility_bills", 6, account_id=accounts), name="bills.parquet"
    )
    land(home, "pensions", filled("pensions", 12, person_id=ids), name="gbk.csv", encoding="gbk")
    # Rows that end in quarantine, for reasons of every kind.
    slips = residents.head(6).assign(residence_id=[f"slip{place}" for place in range(6)])
    slips["birth_date"] = ["2024-13-01", phones[0], *["1980-01-01"] * 2, "2999-01-01", "1980-01-01"]
    slips["sex"] = ["male", "male", names[0], "male", "male", "male"]
    slips["phone"] = [*phones[:3], f"{phones[3]}7", *phones[4:6]]
    land(home, "residents", slips, name="slips.csv")
    # Columns nobody asked for, and headers that are somebody.
    more = filled("pensions", 2, person_id=ids[:2]).assign(
        pension_id=["x1", "x2"],
        remark=[f"{names[1]} {phones[1]}", addresses[1]],
        **{names[2]: "x", f"tel{phones[2]}": "y", f"x {addresses[2]}": "z"},
    )
    land(home, "pensions", more, name="remarks.csv")
    land(home, "pensions", more.rename(columns={"person_id": names[3]}), name="renamed.csv")
    twice = ",".join([names[4], names[4], phones[4], phones[4]]) + "\n1,2,3,4\n"
    land(home, "pensions", twice.encode(), name="twice.csv", told_rows=1)
    body = residents.to_csv(index=False, header=False, lineterminator="\n").encode()
    land(home, "residents", body, name="no_header.csv", told_rows=17)
    # Identifiers in columns that promise none.
    land(home, "residents", residents.assign(household_id=people), name="column_moved.csv")
    wrong = filled("utility_bills", 2).assign(usage=[1.0, float(phones[5])], bill_id=["n1", "n2"])
    land(home, "utility_bills", wrong, name="a_phone_as_usage.parquet")
    # Files that break while they are read, each near a canary.
    whole = residents.to_csv(index=False, lineterminator="\n")
    ragged = whole.replace(names[1], f'{names[1]},{phones[1]}"', 1)
    land(home, "residents", ragged.encode(), name="ragged.csv", told_rows=18)
    land(home, "residents", whole.encode("utf-16"), name="utf16.csv", told_rows=18)
    land(
        home,
        "residents",
        whole.replace(names[2], f"{names[2]}\0", 1).encode(),
        name="nul.csv",
        told_rows=18,
    )
    cut = residents.to_json(orient="records", lines=True, force_ascii=False)[:-20]
    land(home, "residents", cut.encode(), name="cut.jsonl", told_rows=18)
    nested = json.dumps(
        {"person_id": {ids[3]: [phones[3]]}, "name": [names[3]]}, ensure_ascii=False
    )
    land(home, "residents", nested.encode(), name="nested.jsonl", told_rows=1)
    lists = pa.table({"person_id": [[ids[4]]], "name": [[names[4]]]})
    sink = pa.BufferOutputStream()
    pq.write_table(lists, sink)
    land(home, "residents", sink.getvalue().to_pybytes(), name="lists.parquet", told_rows=1)
    land(home, "residents", b"PK\x03\x04" + whole.encode(), name="broken.xlsx", told_rows=18)
    land(home, "residents", residents, name=f"{ids[5]}.csv")


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Judgement], str]:
    """A home after the gate, its judgements, and everything that was logged or shown."""
    home = tmp_path_factory.mktemp("canaries")
    plant(home, CANARIES)
    shown: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: shown.append(listener.format(record))
    root = logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        judgements = pass_gate(home, CONTRACTS, before=TONIGHT, progress=shown.append, keyring=KEYS)
        write_deliveries(home, CONTRACTS, home / "documents")
    finally:
        root.removeHandler(listener)
        root.setLevel(level)
    shown += map(repr, judgements)
    return home, judgements, "\n".join(shown)


def test_the_canaries_really_went_through(passed: tuple[Path, list[Judgement], str]) -> None:
    home, judgements, _ = passed
    by_name = {one.name: one for one in judgements}

    assert by_name["people.csv"].accepted + by_name["nul.csv"].accepted == 18
    assert by_name["addresses.jsonl"].accepted == 6
    assert by_name["slips.csv"].quarantined == 5
    refused = {name for name, one in by_name.items() if one.verdict is Verdict.REFUSED}
    assert refused >= {
        "renamed.csv",
        "twice.csv",
        "no_header.csv",
        "column_moved.csv",
        "a_phone_as_usage.parquet",
        "ragged.csv",
        "utf16.csv",
        "cut.jsonl",
        "lists.parquet",
        "broken.xlsx",
    }
    with open_engine() as engine:
        store = SealedStore(home, KEYS)
        kept = store.rows(engine, CONTRACTS["residents"], before=TONIGHT).to_pandas()
        supplied = store.rows(engine, CONTRACTS["utility_accounts"], before=TONIGHT).to_pandas()
    assert set(CANARIES.names) <= set(kept["name"])
    assert set(CANARIES.ids) <= set(kept["person_id_raw"])
    assert set(CANARIES.phones) <= set(kept["phone_raw"].dropna())
    assert set(CANARIES.addresses) <= set(supplied["address_text"])
    rows = read_quarantine(home, KEYS, by_name["slips.csv"]).to_pandas()
    assert set(CANARIES.names[:5]) == set(rows["name"])


def test_no_file_behind_the_edge_shows_a_canary(passed: tuple[Path, list[Judgement], str]) -> None:
    home, _, _ = passed

    assert len(list((home / "lake").rglob("*.parquet"))) >= 5
    assert hits(home, CANARIES.every) == []


def test_no_reason_and_no_log_line_shows_a_canary(
    passed: tuple[Path, list[Judgement], str],
) -> None:
    _, _, shown = passed

    assert "residents" in shown
    assert hits_in_text(shown, CANARIES.every) == []


def test_a_home_that_lost_its_key_shows_none_either(tmp_path: Path) -> None:
    land(tmp_path, "residents", filled("residents", 2, person_id=CANARIES.ids[:2]))

    with pytest.raises(GateError) as stopped:
        pass_gate(tmp_path, CONTRACTS, before=TONIGHT, progress=print, keyring=None)

    told = f"{stopped.value!r} {stopped.value.__cause__!r}"
    assert hits_in_text(told, CANARIES.every) == []
    assert hits(tmp_path, CANARIES.every) == []


def test_a_row_that_crashes_a_check_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    rule = Expectation(
        "expect_column_values_to_be_between", (("column", "service"), ("min_value", 0))
    )
    check = Check("crashes", "service", Severity.ERROR, "conformity", "a test fails", rule)
    contract = replace(CONTRACTS["utility_bills"], checks=(check,))
    rows = filled("utility_bills", 3, service=["power", CANARIES.names[0], CANARIES.ids[0]])

    with caplog.at_level(logging.DEBUG), pytest.raises(ExpectationCrashed) as crashed:
        run(suite_of(contract), [rows[["bill_id", "service"]]])

    assert hits_in_text(f"{crashed.value!r} {crashed.value.__cause__!r}", CANARIES.every) == []
    assert hits_in_text(caplog.text, CANARIES.every) == []


def _as_text(path: Path, canary: str) -> None:
    path.write_text(f"... {canary} ...", encoding="utf-8")


def _as_gbk(path: Path, canary: str) -> None:
    path.write_text(canary, encoding="gb18030")


def _as_json(path: Path, canary: str) -> None:
    path.write_text(json.dumps({"a": [canary]}), encoding="ascii")


def _as_html(path: Path, canary: str) -> None:
    path.write_bytes(canary.encode("ascii", "xmlcharrefreplace"))


def _as_parquet(path: Path, canary: str) -> None:
    pq.write_table(pa.table({"a": ["x", canary]}), path, compression="zstd")


def _as_workbook(path: Path, canary: str) -> None:
    pd.DataFrame({"a": [canary]}).to_excel(path.with_suffix(".xlsx"))


def _as_database(path: Path, canary: str) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE a (b TEXT)")
        database.execute("INSERT INTO a VALUES (?)", (json.dumps([canary]),))


def _as_file_name(path: Path, canary: str) -> None:
    path.with_name(canary).touch()


@pytest.mark.parametrize(
    "hide",
    [
        _as_text,
        _as_gbk,
        _as_json,
        _as_html,
        _as_parquet,
        _as_workbook,
        _as_database,
        _as_file_name,
    ],
)
@pytest.mark.parametrize("canary", [CANARIES.names[0], CANARIES.ids[0]])
def test_the_scanner_finds_a_planted_canary(tmp_path: Path, hide, canary: str) -> None:
    hide(tmp_path / "planted", canary)

    [hit] = hits(tmp_path, CANARIES.every)
    assert hit.endswith(canary)


def test_the_scanner_knows_plain_hashes_and_the_other_number_of_a_person(tmp_path: Path) -> None:
    import hashlib

    told = hashlib.sha256(CANARIES.ids[1].encode()).hexdigest()
    short = CANARIES.ids[2][:6] + CANARIES.ids[2][8:17]

    assert hits_in_text(f"{told} {short}", CANARIES.every) == sorted(CANARIES.ids[1:3])
