"""What does not fit in memory goes to disk unreadable: linking has names in memory."""

from pathlib import Path

from features.connections import open_engine

NAME = "鹮鹇鸰"


def test_spilled_rows_are_not_readable(tmp_path: Path) -> None:
    with open_engine(spill=tmp_path, memory="30MB") as engine:
        engine.raw_sql("SET threads = 1")
        engine.raw_sql(
            f"CREATE TABLE people AS SELECT '{NAME}' || i AS name, hash(i) AS h FROM range(600000) t(i)"
        )
        engine.raw_sql("CREATE TABLE sorted AS SELECT * FROM people ORDER BY h")
        written = [path.read_bytes() for path in tmp_path.iterdir()]

    assert sum(map(len, written)) > 1_000_000
    assert not any(NAME.encode() in content for content in written)
