"""Whether two Parquet files of one row per key say the same, column by column, on a sample of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

_SAMPLE = "hash({keys}) % {one_in} = 0"


@dataclass(frozen=True)
class Agreement:
    """How many rows and columns were compared, and rows that differ by column; numbers within ``tolerance``."""

    rows: int
    columns: int
    tolerance: float
    differing: dict[str, int]
    only_in_one: int
    """Keys one file has and the other has not."""
    constant: tuple[str, ...] = ()
    """Columns with one value (or none) in all of the sample: their agreement says little."""

    def __str__(self) -> str:
        """One phrase, then a line with what differs."""
        told = (
            f"{self.rows:,} rows x {self.columns} columns compared (relative tolerance {self.tolerance:g}):"
            f" {len(self.differing)} columns differ, {self.only_in_one} keys in one only"
        )
        return "\n".join(
            [
                told,
                *(f"  {name}: {rows} rows" for name, rows in self.differing.items()),
                *(
                    [f"  the same in every row: {', '.join(self.constant)}"]
                    if self.constant
                    else []
                ),
            ]
        )


def compare(
    ours: str | Path,
    theirs: str | Path,
    *,
    keys: Sequence[str],
    tolerance: float = 1e-9,
    one_in: int = 1,
) -> Agreement:
    """Compare the columns both have; null equals null only. Each may be a glob of files with ``filename`` a key."""
    con = duckdb.connect()
    con.execute("SET enable_progress_bar = false")
    for name, path in (("ours", ours), ("theirs", theirs)):
        sample = _SAMPLE.format(keys=", ".join(keys), one_in=one_in)
        con.execute(
            f"CREATE TABLE {name} AS SELECT * FROM (SELECT * REPLACE (parse_filename(filename) AS filename)"
            f" FROM read_parquet('{path}', filename = true)) WHERE {sample}"
        )
    kinds = {column: kind for column, kind, *_ in con.execute("DESCRIBE theirs").fetchall()}
    shared = [
        column
        for column, *_ in con.execute("DESCRIBE ours").fetchall()
        if column in kinds and column not in (*keys, "filename")
    ]
    differing: dict[str, int] = {}
    constant: list[str] = []
    joined = f"ours AS o JOIN theirs AS t USING ({', '.join(keys)})"
    for column in shared:
        same = f"o.{column} IS NOT DISTINCT FROM t.{column}"
        if kinds[column] in ("DOUBLE", "FLOAT"):
            near = f"greatest(abs(o.{column}), abs(t.{column}), 1) * {tolerance}"
            same = f"({same} OR coalesce(abs(o.{column} - t.{column}) <= {near}, FALSE))"
        found = con.execute(f"SELECT count(*) FROM {joined} WHERE NOT {same}").fetchone()
        if found and found[0]:
            differing[column] = found[0]
        values = con.execute(
            f"SELECT count(DISTINCT {column}) + CAST(count(*) > count({column}) AS INTEGER) FROM ours"
        ).fetchone()
        if values and values[0] <= 1:
            constant.append(column)
    counted = con.execute(
        f"SELECT (SELECT count(*) FROM {joined}), (SELECT count(*) FROM ours), (SELECT count(*) FROM theirs)"
    ).fetchone()
    both, mine, others = counted or (0, 0, 0)
    con.close()
    only_in_one = mine + others - 2 * both
    return Agreement(both, len(shared), tolerance, differing, only_in_one, tuple(constant))
