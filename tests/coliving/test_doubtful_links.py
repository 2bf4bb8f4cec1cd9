"""Doubtful links only ever raise attention: every other feature stays, and no score falls."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend
from lightgbm import LGBMClassifier

from features.district import DISTRICT
from features.groups import composition, doubtful_links, income, medical_burden, utilities
from tests.features.records import built, view_of

OTHERS = (composition.GROUP, income.GROUP, medical_burden.GROUP, utilities.GROUP)
NAMES = [feature.name for feature in doubtful_links.GROUP.features]
MEMBERS = """
    membership_id | person_id | household_id | address_id | event_date | birth_date | relation | certain
    m1            | p1        | h1           | a1         | 2015-01-01 | 1980-01-01 | head     | true
    m2            | p2        | h2           | a2         | 2015-01-01 | 1980-01-01 | head     | true
    """
BILLED = {
    "medical_settlements": "settlement_id | person_id | event_date | self_paid\ns1 | p2 | 2024-05-01 | 900",
    "utility_bills": """
        bill_id | account_id | service | event_date | due_date   | known_from
        b1      | u2         | power   | 2024-05-02 | 2024-05-17 | 2024-06-10
        """,
    "utility_accounts": "account_id | service | event_date\nu2 | power | 2015-01-01",
}
MAYBE = MEMBERS + "m3 | p2 | h1 | a1 | 2020-01-01 | 1980-01-01 | other | false"
METER = """
    link_id | account_id | address_id | event_date | accepted | probability
    w1      | u2         | a1         | 2015-01-01 | false    | {chance}
    """


def test_doubtful_people_and_meters_show_in_their_own_group_only(engine: Backend) -> None:
    sure = view_of(engine, household_members=MEMBERS, **BILLED)
    maybe = view_of(
        engine, household_members=MAYBE, account_links=METER.format(chance=0.5), **BILLED
    )

    for group in OTHERS:
        pd.testing.assert_frame_equal(built(engine, group, sure), built(engine, group, maybe))
    before, after = (
        built(engine, doubtful_links.GROUP, view)[NAMES].fillna(0) for view in (sure, maybe)
    )
    assert (before == 0).all(axis=None)
    shown = after.loc["h1"].iloc[0]
    assert shown[shown > 0].to_dict() == {
        "doubtful_people": 1,
        "doubtful_self_paid_365d": 900,
        "doubtful_unpaid_bills_365d": 1,
    }
    assert (after.loc["h2"] == 0).all(axis=None)


def test_a_meter_below_the_doubtful_threshold_is_nobodys(engine: Backend) -> None:
    view = view_of(
        engine, household_members=MEMBERS, account_links=METER.format(chance=0.2), **BILLED
    )

    assert (built(engine, doubtful_links.GROUP, view)[NAMES].fillna(0) == 0).all(axis=None)


@pytest.fixture(scope="module")
def model() -> LGBMClassifier:
    """Trained on noise in which doubtful links even go with less need; the constraint must hold."""
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(rng.poisson(1.0, (3000, len(NAMES))), columns=NAMES).assign(
        other=rng.normal(size=3000)
    )
    need = rng.random(3000) < 1 / (1 + np.exp(rows["doubtful_people"] - rows["other"]))
    declared = {feature.name: feature.monotone for feature in DISTRICT.features}
    constraints = [declared.get(name, 0) for name in rows.columns]
    learner = LGBMClassifier(
        n_estimators=30, num_leaves=7, monotone_constraints=constraints, verbose=-1, n_jobs=1
    )
    fitted: LGBMClassifier = learner.fit(rows, need)
    return fitted


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    held=st.lists(st.integers(0, 5), min_size=len(NAMES), max_size=len(NAMES)),
    more=st.lists(st.integers(0, 5), min_size=len(NAMES), max_size=len(NAMES)),
    other=st.floats(-3, 3),
)
def test_more_doubtful_links_never_lower_a_score(
    model: LGBMClassifier, held: list[int], more: list[int], other: float
) -> None:
    before = pd.DataFrame([[*held, other]], columns=[*NAMES, "other"])
    after = before.assign(**{n: before[n] + extra for n, extra in zip(NAMES, more, strict=True)})

    assert model.predict_proba(after)[0, 1] >= model.predict_proba(before)[0, 1] - 1e-12


def test_every_doubtful_feature_is_declared_monotone_and_zero_when_absent() -> None:
    assert {feature.monotone for feature in doubtful_links.GROUP.features} == {1}
    assert {feature.missing for feature in doubtful_links.GROUP.features} == {"zero"}
