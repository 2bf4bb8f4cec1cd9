"""The list against the rest, worked by hand and by another library."""

import numpy as np
import pytest

from models.crosstab import crosstab, standardised_difference
from tests.models.made_up import feature
from tests.tables import table

FEATURES = (
    feature("spend_365d"),
    feature("job_lost", dtype="boolean"),
    feature("tenure", dtype="category"),
)
ROWS = table("""
    household_id | spend_365d | job_lost | tenure
    -------------+------------+----------+--------
    a            | 300.0      | true     | private
    b            | 500.0      | true     | private
    c            | ?          | false    | owned
    d            | 100.0      | false    | owned
    e            | 100.0      | false    | owned
    f            | 400.0      | ?        | ?
    """)
LISTED = np.array([True, True, True, False, False, False])


def test_means_medians_ratios_and_unknowns_by_hand() -> None:
    lines = crosstab(ROWS, LISTED, features=FEATURES).set_index(["feature", "value"], drop=False)

    spend = lines.loc[[("spend_365d", None)]].iloc[0]
    assert (spend["listed_mean"], spend["rest_mean"], spend["ratio"]) == (400, 200, 2)
    assert (spend["listed_median"], spend["rest_median"]) == (400, 100)
    assert (spend["listed_unknown"], spend["rest_unknown"]) == (pytest.approx(1 / 3), 0)
    assert (spend["listed_known"], spend["rest_known"]) == (2, 3)
    # Variances 20000 (1 degree) and 30000 (2): pooled 26666.7, 200 / 163.3
    assert spend["difference"] == pytest.approx(200 / np.sqrt(80000 / 3))

    lost = lines.loc[[("job_lost", None)]].iloc[0]
    assert (lost["listed_mean"], lost["rest_mean"]) == (pytest.approx(2 / 3), 0)
    assert np.isnan(lost["ratio"])
    for moved in (-300, -200.5):
        below = crosstab(
            ROWS.assign(spend_365d=ROWS["spend_365d"] + moved), LISTED, features=FEATURES
        )
        # One mean below zero, or both: a ratio would be below zero, or turned round.
        assert np.isnan(below.set_index("feature").loc["spend_365d", "ratio"])

    private = lines.loc[("tenure", "private")]
    assert (private["listed_mean"], private["rest_mean"]) == (pytest.approx(2 / 3), 0)
    assert private["rest_unknown"] == pytest.approx(1 / 3)


def test_the_most_different_come_first_and_what_cannot_be_said_last() -> None:
    rows = ROWS.assign(same=1.0)

    lines = crosstab(rows, LISTED, features=(feature("same"), *FEATURES))

    assert lines["difference"].abs().dropna().is_monotonic_decreasing
    assert lines["feature"].iloc[-1] == "same"


def test_the_interval_holds_its_level() -> None:
    generator = np.random.default_rng(1)
    inside = 0
    for _ in range(300):
        one = generator.normal(0.5, 1, 40)
        other = generator.normal(0, 1, 160)
        found = standardised_difference(one, other)
        inside += found.low <= 0.5 <= found.high

    assert 0.92 <= inside / 300 <= 0.98


def test_a_list_of_nobody_or_everybody_is_refused() -> None:
    with pytest.raises(ValueError, match="no rest"):
        crosstab(ROWS, np.ones(6, bool), features=FEATURES)
    with pytest.raises(ValueError, match="0 of 6"):
        crosstab(ROWS, np.zeros(6, bool), features=FEATURES)
