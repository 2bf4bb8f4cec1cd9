"""The matrix: declared meanings of missing, silence, checks, the same bytes twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import ibis
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from features.connections import open_engine
from features.district import DISTRICT
from features.groups import contact_history
from features.matrix import Arrivals, Matrix, MatrixError, build_matrices, build_matrix
from features.registry import FeatureGroup, features_of
from tests.features.records import TODAY, feeds, homes

SMALL = replace(DISTRICT, groups_package="tests.features.small_groups")
DRAWN = {
    "residents": homes("visited quiet"),
    "addresses": """
        address_id | grid_id | event_date
        a_visited  | g1      | 2015-01-01
        """,
    "visits": """
        visit_id | household_id | event_date | finding
        v1       | visited      | 2024-05-01 | no_need
        """,
}


def arrivals(*silent: str, last: date = date(2024, 6, 20)) -> Arrivals:
    """Return arrivals in which every feed delivered on ``last``, except the silent ones."""
    moment = datetime.combine(last, datetime.min.time())
    return Arrivals({feed: [moment] for feed in SMALL.contracts if feed not in silent})


def matrix(
    engine: Backend, out: Path, arrived: Arrivals, on: date = TODAY
) -> tuple[Matrix, pd.DataFrame]:
    made = build_matrix(
        engine, feeds(engine, DRAWN), arrived, SMALL, as_of_date=on, out=out / "m.parquet"
    )
    return made, pd.read_parquet(made.path).set_index("household_id")


def test_a_row_per_household_with_declared_columns_types_and_meanings(
    engine: Backend, tmp_path: Path
) -> None:
    made, rows = matrix(engine, tmp_path, arrivals())

    assert made.rows == 2
    assert list(rows.index) == ["quiet", "visited"]
    declared = [f.name for f in features_of(SMALL.groups)]
    evidence = [name for group in SMALL.groups for name in group.evidence]
    assert sorted(rows.columns) == sorted(["as_of_date", "area_id", *declared, *evidence])
    assert rows["contact_visits_365d"].to_dict() == {"quiet": 0, "visited": 1}  # zero
    assert rows["contact_days_since_visit"].isna().to_dict() == {"quiet": True, "visited": False}
    assert rows["area_id"].isna().to_dict() == {"quiet": True, "visited": False}
    assert str(rows["contact_last_finding"].dtype) == "str"
    assert rows["contact_visits_365d"].dtype == "float64"


def test_a_silent_feed_makes_its_features_unknown_and_no_others(
    engine: Backend, tmp_path: Path
) -> None:
    _, rows = matrix(engine, tmp_path, arrivals("visits"))

    assert rows["contact_visits_365d"].isna().all()
    assert rows["contact_last_finding"].isna().all()
    assert rows["disability_members"].to_dict() == {"quiet": 0, "visited": 0}


@pytest.mark.parametrize("days", [1, 3])
def test_neither_groups_nor_what_they_were_made_of_take_memory_while_the_matrix_is_written(
    tmp_path: Path, days: int
) -> None:
    out = {TODAY - timedelta(days=back): tmp_path / f"{back}" / "m.parquet" for back in range(days)}
    with open_engine() as engine:
        build_matrices(engine, feeds(engine, DRAWN), arrivals(), SMALL, out=out)

        left = engine.raw_sql("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    assert {name for (name,) in left} == {"spine", "places"}
    assert [path.name for path in sorted(tmp_path.rglob("*.*"))] == ["m.parquet"] * days


@pytest.mark.parametrize(
    ("last", "known"),
    [(date(2023, 7, 1), False), (date(2023, 7, 2), True), (date(2024, 7, 1), False)],
    ids=["the day before the window", "its first day", "the as_of_date itself"],
)
def test_silence_is_judged_over_the_window_of_the_feature(
    engine: Backend, tmp_path: Path, last: date, known: bool
) -> None:
    _, rows = matrix(engine, tmp_path, arrivals(last=last))

    assert rows["contact_visits_365d"].notna().all() == known


def test_a_state_stays_known_however_long_ago_its_feed_last_spoke(
    engine: Backend, tmp_path: Path
) -> None:
    _, rows = matrix(engine, tmp_path, arrivals(last=date(2015, 1, 1)))

    assert rows["disability_members"].notna().all()
    assert rows["disability_new_365d"].isna().all()


def test_the_same_date_twice_is_the_same_file(engine: Backend, tmp_path: Path) -> None:
    first, _ = matrix(engine, tmp_path, arrivals())
    before = first.path.read_bytes()
    again, _ = matrix(engine, tmp_path, arrivals())

    assert again.path.read_bytes() == before


def broken(group: FeatureGroup, columns: Sequence[str], *, twice: bool = False) -> FeatureGroup:
    def build(view):
        table = group.build(view)
        table = table.drop(*columns)
        return table.union(table) if twice else table

    return replace(group, build=build)


def test_a_group_that_breaks_its_declaration_is_refused(
    engine: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = broken(contact_history.GROUP, ["contact_visits_365d"])
    monkeypatch.setattr("tests.features.small_groups.contact_history.GROUP", short)
    deployment = replace(SMALL)
    with pytest.raises(MatrixError, match=r"missing columns \['contact_visits_365d'\]"):
        build_matrix(
            engine, feeds(engine, DRAWN), arrivals(), deployment, as_of_date=TODAY,
            out=tmp_path / "m.parquet",
        )  # fmt: skip

    doubled = broken(contact_history.GROUP, [], twice=True)
    monkeypatch.setattr("tests.features.small_groups.contact_history.GROUP", doubled)
    with pytest.raises(MatrixError, match="2 households come more than once"):
        build_matrix(
            engine, feeds(engine, DRAWN), arrivals(), replace(SMALL), as_of_date=TODAY,
            out=tmp_path / "m.parquet",
        )  # fmt: skip
    assert not (tmp_path / "m.parquet").exists()


def test_two_areas_of_one_household_are_refused(engine: Backend, tmp_path: Path) -> None:
    def area(spine, _, links):
        once = DISTRICT.area(spine, _, links)
        return once.union(once.mutate(area_id=ibis.literal("g9")))

    with pytest.raises(MatrixError, match="area: 1 households come more than once"):
        build_matrix(
            engine, feeds(engine, DRAWN), arrivals(), replace(SMALL, area=area), as_of_date=TODAY,
            out=tmp_path / "m.parquet",
        )  # fmt: skip
