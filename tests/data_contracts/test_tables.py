"""The whiteboard itself: what a drawn cell becomes."""

import pandas as pd
import pytest

from tests.tables import TableError, table


def test_each_column_gets_the_type_its_cells_have_in_common() -> None:
    drawn = table("""
        id | on         | at                  | count | amount | is_open | note
        ---+------------+---------------------+-------+--------+---------+-----
        a1 | 2024-07-01 | 2024-07-02 02:10:00 | 1     | 1.5    | true    | ?
        a2 | ?          | ?                   | ?     |        | false   | 12 b
        """)

    assert [str(dtype) for dtype in drawn.dtypes] == [
        "str", "datetime64[us]", "datetime64[us]", "Int64", "float64", "boolean", "str",
    ]  # fmt: skip
    assert drawn["on"].tolist()[0] == pd.Timestamp("2024-07-01")
    assert drawn.isna().to_numpy().tolist() == [
        [False, False, False, False, False, False, True],
        [False, True, True, True, True, False, False],
    ]


def test_an_empty_table_keeps_its_columns() -> None:
    drawn = table("""
        id | amount
        ---+-------
        """)

    assert drawn.columns.tolist() == ["id", "amount"]
    assert len(drawn) == 0


def test_a_row_that_does_not_fit_the_header_is_refused() -> None:
    with pytest.raises(TableError, match="row 2 has 3 cells, the header has 2"):
        table("""
            id | amount
            ---+-------
            a1 | 1
            a2 | 1 | 2
            """)


def test_a_drawing_without_a_header_is_refused() -> None:
    with pytest.raises(TableError, match="empty"):
        table("  ")
