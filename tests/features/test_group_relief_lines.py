"""Income on record against lines that move on a day."""

from datetime import date

import pytest
from ibis.backends.duckdb import Backend

from features.groups.relief_lines import GROUP
from tests.features.by_hand import said
from tests.features.records import values

WAGES = """
    person_id | event_date | wage_base
    p1        | 2024-03-01 | 14400
    """


@pytest.mark.parametrize(
    ("on", "dibao", "edge"),
    [
        (date(2024, 6, 30), 1200 - 1095, 1200 - 1095 * 1.5),
        (date(2024, 7, 1), 1200 - 1115, 1200 - 1115 * 1.5),
    ],
)
def test_a_line_raised_in_july_does_not_change_june(
    engine: Backend, on: date, dibao: float, edge: float
) -> None:
    rows = said(engine, GROUP, on=on, social_insurance=WAGES)

    assert values(rows, "relief_above_dibao_365d") == {"h1": dibao}
    assert values(rows, "relief_above_edge_365d") == {"h1": edge}
    assert values(rows, "relief_above_average_365d") == {"h1": round(1200 - 39218 / 12, 4)}


def test_without_income_on_record_or_without_a_line_nobody_can_say(engine: Backend) -> None:
    nothing = said(engine, GROUP)
    before = said(
        engine,
        GROUP,
        on=date(2018, 6, 30),
        social_insurance="""
            person_id | event_date | wage_base
            p1        | 2018-03-01 | 14400
            """,
    )

    assert values(nothing, "relief_above_dibao_365d") == {"h1": None}
    assert values(before, "relief_above_dibao_365d") == {"h1": None}
