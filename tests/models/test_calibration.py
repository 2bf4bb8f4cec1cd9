import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from models.calibration import Calibration, CalibrationError, calibrate
from models.ordering import Floats
from models.probability_metrics import expected_calibration_error


def drawn(number: int, *, seed: int, base: float = 0.0) -> tuple[Floats, Floats]:
    """Raw scores that promise twice what happens."""
    generator = np.random.default_rng(seed)
    raw = generator.beta(1, 6, number) + base
    return raw, (generator.random(number) < raw / 2).astype(float)


@pytest.mark.parametrize("number", [600, 20_000], ids=["platt", "isotonic"])
def test_it_repairs_scores_that_promise_too_much(number: int) -> None:
    raw, labels = drawn(number, seed=1)
    later_raw, later_labels = drawn(20_000, seed=2)

    found = calibrate(raw, labels)

    assert found.method == ("platt" if labels.sum() < 100 else "isotonic")
    before = expected_calibration_error(later_raw, later_labels)
    after = expected_calibration_error(found.apply(later_raw), later_labels)
    assert after < before / 3
    assert after < 0.02


@given(seed=st.integers(0, 10_000), number=st.integers(5, 2000), rate=st.floats(0.02, 0.9))
@settings(max_examples=40, deadline=None)
def test_it_never_turns_the_ranking_round(seed: int, number: int, rate: float) -> None:
    generator = np.random.default_rng(seed)
    raw = np.round(generator.random(number), 3)
    labels = (generator.random(number) < rate).astype(float)
    labels[:2] = (0, 1)

    found = calibrate(raw, labels).apply(np.linspace(-0.1, 1.1, 500))

    assert (np.diff(found) >= -1e-12).all()
    assert found.min() > 0
    assert found.max() < 1


def test_scores_that_point_the_wrong_way_end_flat() -> None:
    raw = np.linspace(0.01, 0.99, 60)

    found = calibrate(raw, (raw < 0.5).astype(float)).apply([0.1, 0.9])

    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_isotonic_equals_scikit_learn_on_the_same_steps() -> None:
    # 200 distinct scores, 50 rows each: every score is a knot of its own.
    levels = np.linspace(0.01, 0.6, 200)
    raw = np.repeat(levels, 50)
    labels = (np.random.default_rng(3).random(len(raw)) < raw).astype(float)
    edge = 1 / (len(raw) + 2)
    theirs = IsotonicRegression(y_min=edge, y_max=1 - edge).fit(raw, labels)

    assert np.allclose(calibrate(raw, labels).apply(levels), theirs.predict(levels))


def test_a_few_lucky_rows_at_the_top_are_not_certainty() -> None:
    raw, labels = drawn(5000, seed=4)
    top = np.argsort(-raw)[:5]
    labels[top] = 1

    assert calibrate(raw, labels).apply(raw[top]).max() < 0.9


def test_unknown_labels_are_left_out_and_weights_count() -> None:
    raw, labels = drawn(5000, seed=5)
    padded = calibrate(np.r_[raw, raw], np.r_[labels, np.full(5000, np.nan)])
    assert padded == calibrate(raw, labels)

    heavy = calibrate(raw, labels, weights=np.where(labels == 1, 4.0, 1.0))
    assert heavy.apply([0.2])[0] > 1.5 * padded.apply([0.2])[0]


def test_it_survives_being_stored() -> None:
    found = calibrate(*drawn(5000, seed=6))

    assert Calibration.from_json(found.to_json()) == found


def test_a_stored_curve_that_falls_is_refused() -> None:
    stored = calibrate(*drawn(5000, seed=6)).to_json()
    with pytest.raises(CalibrationError, match="never fall"):
        Calibration.from_json({**stored, "raw": [0.1, 0.2], "calibrated": [0.3, 0.2]})
    with pytest.raises(CalibrationError, match="malformed"):
        Calibration.from_json({"raw": [0.1]})


def test_one_class_cannot_be_calibrated() -> None:
    with pytest.raises(CalibrationError, match="0 positives among 3"):
        calibrate([0.1, 0.2, 0.3], [0, 0, 0])
