"""The library of published thresholds, as a frame and as expressions; safety apart from need."""

from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.district import DISTRICT
from features.registry import Feature
from models.rules.triggers import RuleBook, TriggerError, fired_expressions, load_triggers

DAYS = [date(2019, 1, 1), date(2024, 1, 31), date(2024, 2, 1), date(2025, 1, 1), date(2026, 6, 1)]
ROWS = 400


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_triggers(DISTRICT.triggers, features=DISTRICT.features, region=DISTRICT.region)


def random_matrix(book: RuleBook) -> pd.DataFrame:
    """Return values around every threshold, a third unknown, some no number at all."""
    draw = np.random.default_rng(7)
    declared = {feature.name: feature for feature in DISTRICT.features}
    thresholds: dict[str, list[float]] = {}
    triggers = [one for found in (*book.versions.values(), *book.safety.values()) for one in found]
    for trigger in triggers:
        thresholds.setdefault(trigger.feature, []).append(float(trigger.value))
        if trigger.order_by is not None:
            thresholds.setdefault(trigger.order_by.removeprefix("-"), [0.0])
    columns: dict[str, object] = {}
    for name, values in thresholds.items():
        near = draw.choice([-0.01, 0, 0.01], ROWS) + draw.choice(values, ROWS)
        unknown = draw.random(ROWS) < 0.3
        if declared[name].dtype == "boolean":
            columns[name] = pd.array(draw.random(ROWS) < 0.5, dtype="boolean")
            columns[name][unknown] = pd.NA
        elif declared[name].dtype == "integer":
            columns[name] = pd.array(np.floor(near).astype("int64"), dtype="Int64")
            columns[name][unknown] = pd.NA
        else:
            columns[name] = pd.Series(near).mask(unknown)
    days = pd.Series(draw.choice(np.array(DAYS, dtype="datetime64[s]"), ROWS))
    return pd.DataFrame(
        {"household_id": [f"h{n}" for n in range(ROWS)], "as_of_date": days, **columns}
    )


@pytest.mark.parametrize("kind", ["need", "safety"])
def test_expressions_fire_where_the_frame_does(book: RuleBook, kind: str) -> None:
    frame = random_matrix(book)
    matrix = ibis.memtable(pa.Table.from_pandas(frame, preserve_index=False))
    # A value that is no number lies above every threshold in an engine, and is unknown in a frame.
    paid = matrix.med_self_paid_365d.fill_null(float("nan")) if kind == "need" else None
    matrix = matrix if paid is None else matrix.mutate(med_self_paid_365d=paid)

    rows = fired_expressions(matrix, book, kind=kind).to_pandas()

    expected = book.safety_fired(frame) if kind == "safety" else book.fired(frame)
    found = rows.set_index("household_id").loc[frame["household_id"], list(expected)]
    assert expected.to_numpy().sum(axis=0).min() > 0, "a trigger never fires: nothing was compared"
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected.reset_index(drop=True), check_dtype=False
    )


PUBLISHED = [
    ("med_self_paid_365d", ">=", 1000), ("med_self_paid_365d", ">=", 5000),
    ("med_self_paid_365d", ">=", 10000), ("med_self_paid_365d", ">=", 15000),
    ("med_self_paid_365d", ">", 7000), ("med_self_paid_365d", ">", 41314),
    ("med_self_paid_365d", ">=", 20000), ("med_self_paid_365d", ">=", 50000),
    ("med_outpatient_self_paid_30d", ">=", 500), ("education_fees_after_aid_365d", ">", 10000),
    ("life_deaths_365d", ">=", 1), ("disability_new_365d", ">=", 1),
    ("power_unpaid_amount", ">", 0), ("water_unpaid_amount", ">", 0), ("gas_unpaid_amount", ">", 0),
    ("insurance_arrears_months", ">=", 1), ("housing_rent_arrears_months_365d", ">=", 1),
    ("utility_unpaid_bills", ">=", 1), ("utility_unpaid_amount", ">=", 400),
    ("utility_unpaid_amount", ">=", 600), ("utility_joint_arrears_months_90d", ">=", 1),
    ("utility_arrears_services_180d", ">=", 2), ("benefit_days_since_exit", "<=", 730),
]  # fmt: skip


def test_every_published_threshold_is_there(book: RuleBook) -> None:
    found = {
        (one.feature, one.op, one.value) for versions in book.versions.values() for one in versions
    }

    assert not set(PUBLISHED) - found


def test_what_is_published_and_no_trigger_says_why(book: RuleBook) -> None:
    assert len(book.not_encoded) == 8
    assert all(one.because and one.source for one in book.not_encoded)


def test_a_line_in_times_of_income_moves_with_the_year(book: RuleBook) -> None:
    def line(day: date) -> object:
        return book.in_force("medaid_start_25", as_of_date=day).value

    assert line(date(2025, 1, 31)) == 9804.5
    assert line(date(2025, 2, 1)) == 10328.5


def test_water_that_falls_silent_is_no_sign_of_need(book: RuleBook) -> None:
    assert set(book.safety) == {"water_still_24h", "water_above_2_m3", "water_bill_silent"}
    assert not set(book.safety) & set(book.trigger_ids)
    frame = pd.DataFrame({
        "as_of_date": pd.Timestamp(2026, 1, 1),
        "safety_water_still_days": [0, 1, None],
        "safety_water_most_3d": [2.0, 2.01, None],
        "water_is_silent": pd.array([False, True, None], dtype="boolean"),
    })  # fmt: skip

    fired = book.safety_fired(frame)

    assert fired.to_numpy().tolist() == [[False] * 3, [True] * 3, [False] * 3]
    assert {book.in_force(name, as_of_date=DAYS[0]).hours for name in book.safety} == {24, 48}


def test_the_dutch_signal_is_said_again_only_where_the_debt_grew(book: RuleBook) -> None:
    trigger = book.in_force("nl_any_arrears", as_of_date=date(2026, 1, 1))
    before = pd.DataFrame({
        "utility_unpaid_bills": [1, 1, 1, 0], "utility_unpaid_amount": [100.0, 100.0, 100.0, 0.0],
    })  # fmt: skip
    now = pd.DataFrame({
        "utility_unpaid_bills": [1, 1, 0, 1], "utility_unpaid_amount": [100.0, 100.01, 0.0, 5.0],
    })  # fmt: skip

    assert trigger.fires_again(now, before).tolist() == [False, True, False, True]
    always = book.in_force("tongling_self_paid_1000", as_of_date=date(2026, 1, 1))
    paid = pd.DataFrame({"med_self_paid_365d": [1000.0]})
    assert always.fires_again(paid, paid).tolist() == [True]


FEATURES = (
    Feature(name="debt", unit="yuan", missing="zero", description="d"),
    Feature(name="still", unit="days", missing="zero", description="d", purpose="keep_safe"),
)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("{id: a, feature: still, op: '>=', value: 1, from: 2020-01-01, source: s, title_zh: t}",
         "keep_safe only"),
        ("{id: a, kind: safety, feature: still, op: '>=', value: 1, from: 2020-01-01, source: s, title_zh: t}",
         "names hours"),
        ("{id: a, hours: 24, feature: debt, op: '>=', value: 1, from: 2020-01-01, source: s, title_zh: t}",
         "names hours"),
        ("{id: a, kind: danger, feature: debt, op: '>=', value: 1, from: 2020-01-01, source: s, title_zh: t}",
         "unknown kind 'danger'"),
        ("{id: a, repeats: if_grown, feature: debt, op: '>=', value: 1, from: 2020-01-01, source: s, title_zh: t}",
         "if_grown with order_by"),
    ],
)  # fmt: skip
def test_a_trigger_that_mixes_safety_and_need_is_refused(
    tmp_path: Path, lines: str, message: str
) -> None:
    path = tmp_path / "triggers.yaml"
    path.write_text(f"triggers:\n  - {lines}\n", "utf-8")

    with pytest.raises(TriggerError, match=message):
        load_triggers(path, features=FEATURES, region="here")


def test_a_rule_of_thumb_adds_up_no_safety_signal(tmp_path: Path) -> None:
    path = tmp_path / "triggers.yaml"
    path.write_text(
        "triggers:\n  - {id: a, kind: safety, hours: 24, feature: still, op: '>=', value: 1, from: 2020-01-01,"
        " source: s, title_zh: t}\nrules_of_thumb:\n  - {id: r, title: t, points: [{trigger: a, points: 1}]}\n",
        "utf-8",
    )

    with pytest.raises(TriggerError, match="unknown trigger 'a'"):
        load_triggers(path, features=FEATURES, region="here")
