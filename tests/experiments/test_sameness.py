"""A run is held against the last run like it, to the last digit, and says what differs."""

from pathlib import Path

import pytest

from experiments.sameness import (
    FIGURES,
    Sameness,
    as_document,
    differences,
    figures_digest,
    held_against_earlier,
)
from models.tracking import Tracking

TAGS = {"kind": "walk", "identity": "aa", "rows": "bb", "commit": "c1"}
THEN = {"truth/model/1%/precision": 0.1 + 0.2, "truth/model/1%/ece": float("nan")}


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Tracking:
    tracking = Tracking(tmp_path_factory.mktemp("home"))
    with tracking.run("first", experiment="district", tags=TAGS) as run:
        run.document(as_document(THEN), FIGURES)
    return tracking


def held(tracking: Tracking, figures: dict[str, float], **tags: str) -> Sameness:
    return held_against_earlier(tracking, "district", figures=figures, tags={**TAGS, **tags})


def test_the_same_figures_are_said_to_be_equal(tracking: Tracking) -> None:
    same = held(tracking, dict(THEN))

    assert same.equal
    assert same.sentence().startswith("All 2 figures equal those of run ")


def test_a_difference_in_the_last_digit_is_named_with_both_values(tracking: Tracking) -> None:
    same = held(tracking, {**THEN, "truth/model/1%/precision": 0.3})

    assert not same.equal
    assert same.differing == ("truth/model/1%/precision was 0.30000000000000004, is 0.3",)
    assert "NOT EQUAL: 1 of 2" in same.sentence()
    assert "the code is the same" in same.sentence()


def test_other_code_is_named_as_the_reason(tracking: Tracking) -> None:
    assert "the code has changed" in held(tracking, {}, commit="c2").sentence()


@pytest.mark.parametrize("tag", ["kind", "identity", "rows"])
def test_runs_of_another_kind_identity_or_rows_are_not_compared(
    tracking: Tracking, tag: str
) -> None:
    assert held(tracking, dict(THEN), **{tag: "other"}).earlier is None


def test_figures_that_come_and_go_are_differences() -> None:
    assert differences({"gone": 1.0}, {"new": 1.0}) == ("gone is gone", "new is new")


def test_the_digest_sees_every_digit_and_not_the_order(tmp_path: Path) -> None:
    turned = dict(reversed(THEN.items()))

    assert figures_digest(THEN) == figures_digest(turned)
    assert figures_digest(THEN) != figures_digest({**THEN, "truth/model/1%/precision": 0.3})
