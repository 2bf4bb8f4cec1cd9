"""Ask a group and its plain SQL about the same drawing; only what both say is passed on."""

from datetime import date

import ibis
import pandas as pd
from ibis.backends.duckdb import Backend

from experiments.benchmarks.plain_district import open_plain_district, plain_sql
from features.connections import keep
from features.district import DISTRICT
from features.point_in_time import Feed
from features.registry import Feature, FeatureGroup
from tests.features.records import TODAY, built, filled, seen


def said(
    engine: Backend, group: FeatureGroup, *, on: date = TODAY, **drawings: str | pd.DataFrame
) -> pd.DataFrame:
    """Return the rows of ``group`` about a drawing, having held them against plain SQL."""
    made = {
        name: Feed(DISTRICT.contracts[name], keep(engine, name, ibis.memtable(facts)))
        for name, facts in filled(drawings).items()
    }
    rows = built(engine, group, seen(engine, made, on=(on,)))
    open_plain_district(engine.con, DISTRICT.contracts, on)
    found = engine.con.execute(plain_sql(group.name, as_of_date=on)).df()
    plain = found.set_index("household_id")
    for feature in group.features:
        ours = rows[feature.name].droplevel("as_of_date")
        theirs = plain[feature.name].reindex(ours.index)
        assert told(theirs, feature) == told(ours, feature), f"{feature.name}: plain SQL, group"
    return rows


def told(column: pd.Series, feature: Feature) -> dict[str, object]:
    """Return the values by household, nulls in their declared meaning."""
    absent = 0 if feature.missing == "zero" else None
    return {
        str(household): absent if pd.isna(value) else _plain(value)
        for household, value in column.astype(object).items()
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str) else round(float(value), 6)
