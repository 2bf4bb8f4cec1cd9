"""Labels of many dates drawn up side by side are those of each date alone."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.backends.duckdb import Backend

from experiments.history import _together, labels_of_dates
from features.connections import open_engine
from features.district import DISTRICT
from features.outcomes.unmet_need import UNMET_NEED_180D
from tests.features.records import feeds, homes

DAYS = (date(2024, 6, 1), date(2024, 7, 1), date(2024, 9, 1))


@pytest.fixture(scope="module")
def engine() -> Iterator[Backend]:
    with open_engine(memory="1GB") as opened:
        yield opened


def drawn_up(engine: Backend, *days: date) -> dict[date, pd.DataFrame]:
    given = feeds(
        engine,
        {
            "residents": homes("early late told_late never"),
            "visits": """
                household_id | event_date | finding          | channel | known_from
                early        | 2024-06-15 | need_aid_started | list    | 2024-06-16
                late         | 2024-12-20 | need_aid_started | list    | 2024-12-21
                told_late    | 2024-06-20 | need_aid_started | list    | 2025-01-10
                """,
        },
    )
    found = labels_of_dates(engine, given, deployment=DISTRICT, outcome=UNMET_NEED_180D, dates=days)
    return {day: rows.sort_values("household_id", ignore_index=True) for day, rows in found}


def test_a_date_among_others_has_the_labels_it_has_alone(engine: Backend) -> None:
    together = drawn_up(engine, *DAYS)

    for day in DAYS:
        pd.testing.assert_frame_equal(together[day], drawn_up(engine, day)[day])
    positives = {
        day: set(rows.loc[rows["label"] == 1, "household_id"]) for day, rows in together.items()
    }
    assert positives == {DAYS[0]: {"early"}, DAYS[1]: {"late"}, DAYS[2]: {"late"}}


@pytest.mark.parametrize(
    ("most", "sizes"), [(30, [3]), (29, [2, 1]), (20, [2, 1]), (19, [1, 1, 1]), (0, [1, 1, 1])]
)
def test_dates_go_together_as_long_as_their_rows_allow(
    tmp_path: Path, most: int, sizes: list[int]
) -> None:
    paths = {}
    for day in DAYS:
        paths[day] = tmp_path / f"{day}.parquet"
        pq.write_table(
            pa.table({"household_id": [str(number) for number in range(10)]}), paths[day]
        )

    assert [len(some) for some in _together(paths, rows=most)] == sizes
