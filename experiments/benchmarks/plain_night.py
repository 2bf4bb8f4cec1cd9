"""The same matrix in plain DuckDB SQL, in a process of its own: ``python -m ... HOME OUT MEMORY``.

The queries of ``plain_sql`` by themselves, one table per group, joined and written once. What they do not say is
done here as somebody writing the script by hand would: the version of each fact that holds, facts under dispute left
out, and zero where nothing happened. Hashes of the files are not compared.
"""

import sys
from datetime import date
from pathlib import Path

import duckdb

from data_contracts.contract import Contract
from data_contracts.lake import Lake
from data_contracts.lake_files import Kind
from experiments.benchmarks.city.plan import AS_OF_DATE
from experiments.benchmarks.phases import Phases
from experiments.benchmarks.plain_district import open_plain_district, plain_sql
from experiments.benchmarks.spent import tell
from features.district import DISTRICT
from features.registry import Feature


def build(home: Path, out: Path, memory: str) -> None:
    """Build the matrix and tell what each part took."""
    phases = Phases()
    phases.begin("files opened")
    spill = out.parent / "spill"
    con = duckdb.connect(config={"memory_limit": memory, "temp_directory": str(spill)})
    con.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    open_files(con, Lake(home), as_of_date=AS_OF_DATE)
    phases.begin("spine and links")
    open_plain_district(con, DISTRICT.contracts, AS_OF_DATE)
    groups = [group for group in DISTRICT.groups if _is_written(group.name)]
    found: set[str] = set()
    for group in groups:
        phases.begin(group.title)
        query = plain_sql(group.name, as_of_date=AS_OF_DATE)
        con.execute(f"CREATE TEMP TABLE group_{group.name} AS {query.strip().rstrip(';')}")
        described = con.execute(f"DESCRIBE group_{group.name}").fetchall()
        found.update(name for name, *_ in described)
    phases.begin("written")
    wanted = [feature for group in DISTRICT.groups for feature in group.features]
    written = [feature for feature in wanted if feature.name in found]
    columns = ", ".join(f"{_declared(feature)} AS {feature.name}" for feature in written)
    joins = " ".join(f"LEFT JOIN group_{group.name} USING (household_id)" for group in groups)
    con.execute(
        f"COPY (SELECT household_id, DATE '{AS_OF_DATE}' AS as_of_date, area_id, {columns} FROM spine"
        " LEFT JOIN (SELECT household_id, min(grid_id) AS area_id FROM grids GROUP BY household_id)"
        f" USING (household_id) {joins} ORDER BY household_id) TO '{out}' (FORMAT parquet, COMPRESSION zstd)"
    )
    phases.end()
    missing = [feature.name for feature in wanted if feature.name not in found]
    tell(
        columns=len(written),
        phases=phases.seconds,
        phases_cpu=phases.cpu_seconds,
        not_written=missing,
    )


def open_files(con: duckdb.DuckDBPyConnection, lake: Lake, *, as_of_date: date) -> None:
    """Create a view per feed: every version of every fact, without those in dispute on that date."""
    for feed, contract in DISTRICT.contracts.items():
        con.execute(f'CREATE VIEW "told_{feed}" AS {_versions(lake, contract)}')
    day = f"TIMESTAMP '{as_of_date}'"
    con.execute(
        "CREATE TEMP TABLE in_dispute AS SELECT disputed_feed, disputed_fact_id FROM told_disputes"
        f" WHERE valid_to IS NULL AND known_from < {day} AND (known_until IS NULL OR known_until >= {day})"
    )
    disputed = {
        name for (name,) in con.execute("SELECT DISTINCT disputed_feed FROM in_dispute").fetchall()
    }
    for feed, contract in DISTRICT.contracts.items():
        free = (
            f" ANTI JOIN (SELECT disputed_fact_id AS {contract.fact_id} FROM in_dispute"
            f" WHERE disputed_feed = '{feed}') USING ({contract.fact_id})"
            if feed in disputed
            else ""
        )
        con.execute(f'CREATE VIEW "{feed}" AS SELECT * FROM "told_{feed}"{free}')


def _versions(lake: Lake, contract: Contract) -> str:
    facts = [lake.path(file) for file in lake.catalogue.files(kind=Kind.FACTS, feed=contract.feed)]
    ends = [
        lake.path(file) for file in lake.catalogue.files(kind=Kind.SUPERSEDED, feed=contract.feed)
    ]
    names = ", ".join(contract.stored_names)
    if not ends:
        return (
            f"SELECT {names}, known_from, CAST(NULL AS TIMESTAMP) AS known_until"
            f" FROM read_parquet({facts})"
        )
    row = f"{contract.fact_id}, delivery_id, written_by"
    return (
        f"SELECT {names}, known_from, known_until FROM read_parquet({facts}) LEFT JOIN (SELECT {row},"
        f" min(known_until) AS known_until FROM read_parquet({ends}) GROUP BY ALL) USING ({row})"
        " WHERE known_until IS NULL OR known_until > known_from"
    )


def _declared(feature: Feature) -> str:
    if feature.missing == "unknown":
        return feature.name
    return f"coalesce({feature.name}, {'FALSE' if feature.dtype == 'boolean' else 0})"


def _is_written(group: str) -> bool:
    try:
        plain_sql(group, as_of_date=AS_OF_DATE)
    except FileNotFoundError:
        return False
    return True


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
