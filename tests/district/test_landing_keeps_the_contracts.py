"""What the simulated departments deliver is what the contracts promise."""

import hashlib
from datetime import datetime
from pathlib import Path

import pytest

from data_contracts.gate import pass_gate
from data_contracts.odcs import load_contracts
from data_contracts.pseudonyms import KEY_FILE, simulated_key
from experiments.district.config import Dirt, DistrictConfig
from experiments.district.feeds import FEEDS
from experiments.district.shapes import Kind
from experiments.district.simulate import simulate
from tests.district.landing import manifests, read_file

CONTRACTS = load_contracts(Path("data_contracts/contracts"))


def test_every_department_delivers_but_the_optional_ones() -> None:
    of_departments = {
        feed
        for feed, contract in CONTRACTS.items()
        if contract.department != "找人引擎" and not contract.optional
    }
    assert set(FEEDS) == of_departments


@pytest.mark.parametrize("name", sorted(FEEDS))
def test_columns_and_enum_values_are_those_of_the_contract(name: str) -> None:
    feed, contract = FEEDS[name], CONTRACTS[name]
    assert [cell.name for cell in feed.cells] == [column.name for column in contract.columns]
    assert feed.fact_id == contract.fact_id
    for cell, column in zip(feed.cells, contract.columns, strict=True):
        if cell.kind is Kind.ENUM and column.enum:
            assert cell.values == tuple(column.enum)


@pytest.mark.parametrize("name", sorted(FEEDS))
def test_files_have_the_columns_and_the_hash_their_manifest_promises(
    district: Path, name: str
) -> None:
    deliveries = manifests(district / "landing", name)
    assert deliveries
    for path, manifest in deliveries:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest["sha256"]
        rows = read_file(path, manifest)
        assert len(rows) == manifest["rows"]
        assert list(rows.columns) == [cell.name for cell in FEEDS[name].cells]


def test_encodings_are_really_used(district: Path) -> None:
    residents = (district / "landing/residents/residents_stock.csv").read_bytes()
    assert residents.startswith(b"\xef\xbb\xbf")
    accounts = (district / "landing/utility_accounts/utility_accounts_stock.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        accounts.decode("gbk")
    assert set(accounts.decode("gb18030")) & set("𠮷㛃䶮㮾䣭𠅤")
    benefits = b"".join(p.read_bytes() for p in (district / "landing/benefits").glob("*.csv"))
    with pytest.raises(UnicodeDecodeError):
        benefits.decode("utf-8")
    assert "不详" in benefits.decode("gbk") or "2026年13月5日" in benefits.decode("gbk")


def test_the_gate_refuses_no_file_and_quarantines_few_rows(tmp_path: Path) -> None:
    dirt = Dirt(resent=("pensions", 0), danger_begins=0, water_cuts_begin=0)
    config = DistrictConfig(households=400, months=2, seed=951, burn_in_months=4, dirt=dirt)
    simulate(config, tmp_path, lambda _: None)
    judged = pass_gate(
        tmp_path,
        CONTRACTS,
        before=datetime.fromisoformat("2026-08-01"),
        progress=lambda *_: None,
        keyring=simulated_key(tmp_path / KEY_FILE, seed=951),
    )
    refused = [j for j in judged if j.verdict.value == "refused"]
    assert refused == []
    assert [j.feed for j in judged if j.verdict.value == "duplicate"] == ["pensions"]
    read = [j for j in judged if j.verdict.value != "duplicate"]
    assert all(j.rows_in == j.accepted + j.quarantined + j.exact_duplicates for j in read)
    quarantined, total = sum(j.quarantined for j in read), sum(j.rows_in for j in read)
    assert 0 < quarantined < 0.01 * total
