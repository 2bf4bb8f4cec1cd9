"""Columns of groups put side by side: every date its own households, by id, in pieces and on both engines."""

from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
import pytest

from data_contracts.engines import Engine
from features import assembly as assembling
from features.assembly import Assembly, assembly
from features.connections import keep

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
ROWS = [("h3", MAY), ("h1", MAY), ("h2", MAY), ("h2", JUNE), ("h1", JUNE)]


def told(rows: list[tuple[str, date, int | None]], *, column: str) -> ir.Table:
    """Return a group of one column."""
    ids, days, values = zip(*rows, strict=True)
    return ibis.memtable(
        {"household_id": list(ids), "as_of_date": list(days), column: list(values)},
        schema={"household_id": "string", "as_of_date": "date", column: "int64"},
    )


def opened(engine: Engine, folder: Path) -> Assembly:
    """Return an assembly of ROWS."""
    ids, days = zip(*ROWS, strict=True)
    rows = ibis.memtable(
        {"household_id": list(ids), "as_of_date": list(days)},
        schema={"household_id": "string", "as_of_date": "date"},
    )
    return assembly(engine, keep(engine, "spine", rows), folder)


@pytest.mark.parametrize("row_group", [1, 2, 122_880])
def test_every_date_has_its_households_by_id_and_null_where_a_group_lacks_them(
    either_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row_group: int
) -> None:
    monkeypatch.setattr(assembling, "ROW_GROUP", row_group)
    cars = told([("h2", JUNE, 5), ("h3", MAY, 1)], column="cars")
    bills = told([(name, day, len(name) + day.month) for name, day in ROWS], column="bills")
    with opened(either_engine, tmp_path / "columns") as rows:
        assert rows.rows == {MAY: 3, JUNE: 2}
        assert not rows.add("cars", cars, lambda joined: {"cars": joined["cars"]})
        assert not rows.add(
            "bills", bills, lambda joined: {"twice": joined["bills"].fill_null(0) * 2}
        )
        for day in (MAY, JUNE):
            rows.write(day, ["household_id", "as_of_date", "twice", "cars"], tmp_path / f"{day}")

    assert pq.read_table(tmp_path / f"{MAY}").to_pylist() == [
        {"household_id": name, "as_of_date": MAY, "twice": 14, "cars": cars}
        for name, cars in (("h1", None), ("h2", None), ("h3", 1))
    ]
    assert pq.read_table(tmp_path / f"{JUNE}").to_pylist() == [
        {"household_id": name, "as_of_date": JUNE, "twice": 16, "cars": cars}
        for name, cars in (("h1", None), ("h2", 5))
    ]
    assert {path.name for path in tmp_path.iterdir()} == {f"{MAY}", f"{JUNE}"}


def test_households_named_more_than_once_are_counted(either_engine: Engine, tmp_path: Path) -> None:
    twice = [("h1", MAY, 1), ("h1", MAY, 2), ("h1", JUNE, 1), ("h2", JUNE, 1), ("h2", JUNE, 1)]
    with opened(either_engine, tmp_path / "columns") as rows:
        assert rows.add("n", told(twice, column="n"), lambda joined: {"n": joined["n"]}) == 2


def test_nothing_is_left_behind_when_a_group_fails(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "columns"
    folder.mkdir()
    (folder / "of_a_killed_run.arrow").touch()
    cars = told([("h1", MAY, 1)], column="cars")
    with opened(engine, folder) as rows, pytest.raises(RuntimeError, match="no such column"):
        rows.add("cars", cars, fails)

    assert [path.name for path in tmp_path.iterdir()] == []


def fails(_: ir.Table) -> dict[str, ir.Value]:
    raise RuntimeError("no such column")


def test_columns_that_could_not_be_kept_are_never_written_without(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    with opened(engine, tmp_path / "columns") as rows:
        rows.write(MAY, ["household_id"], tmp_path / "before")
        monkeypatch.setattr(assembling.pa.ipc, "new_file", full)
        rows.add("cars", told([("h1", MAY, 1)], column="cars"), lambda one: {"cars": one["cars"]})
        with pytest.raises(OSError, match="no space left"):
            rows.write(MAY, ["household_id"], tmp_path / "after")

    assert [path.name for path in tmp_path.iterdir()] == ["before"]
