"""Labels of drawn households: what an outcome says of them, as the people who read the table would."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from features.connections import keep
from features.district import DISTRICT
from features.labels import Outcome, label_spine
from features.matrix import open_spine
from tests.features.records import TODAY, feeds, homes

LONG_AFTER = date(2025, 3, 1)


def labels(
    engine: Any,
    outcome: Outcome,
    names: str,
    *,
    known_before: date | timedelta = LONG_AFTER,
    **drawings: str,
) -> pd.DataFrame:
    """Return the label rows of the households ``names``, one person ``p_name`` each, by household."""
    made = feeds(engine, {"residents": homes(names), **drawings})
    spine, links = open_spine(engine, made, DISTRICT, as_of_dates=(TODAY,))
    rows = label_spine(spine, made, links, outcome=outcome, known_before=known_before)
    kept = keep(engine, "labels", rows)
    return engine.to_pandas(kept).set_index("household_id")


def answers(rows: pd.DataFrame) -> dict[str, tuple[object, str]]:
    """Return ``{household: (label or None, source)}``."""
    return {str(name): (known(row.label), str(row.label_source)) for name, row in rows.iterrows()}


def streams(rows: pd.DataFrame) -> dict[str, tuple[object, object]]:
    """Return ``{household: (discovered or None, self-reported or None)}``."""
    return {
        str(name): (known(row.discovered_label), known(row.self_reported_label))
        for name, row in rows.iterrows()
    }


def known(value: object) -> int | None:
    """Return a cell as a number, None where it is null."""
    return None if pd.isna(value) else int(str(value).split(".")[0])
