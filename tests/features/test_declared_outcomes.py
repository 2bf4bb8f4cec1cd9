"""Outcomes declared in YAML: the shipped example, conditions at their boundaries, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from ibis.backends.duckdb import Backend

from features.district import DISTRICT
from features.labels import Outcome
from features.outcomes.declaration import NOBODY_MET, Declaration, OutcomeRefused, read_declaration
from features.outcomes.declared import SHIPPED, load_outcome, outcome_file, outcome_of
from tests.features.labelled import answers, labels, streams

PLAIN: dict[str, Any] = {
    "name": "plain",
    "description": "made up",
    "window_days": 30,
    "positive": [{"source": "bill", "stream": "discovered", "feed": "medical_settlements"}],
}


def outcome(**changed: Any) -> Outcome:
    return outcome_of(Declaration.model_validate(PLAIN | changed))


def positive(**evidence: Any) -> list[dict[str, Any]]:
    return [PLAIN["positive"][0] | evidence]


def test_a_district_declares_a_target_without_code(engine: Backend) -> None:
    rows = labels(
        engine,
        load_outcome("cut_off_60d.yaml"),
        "cut cut_for_a_fault gas_cut paid unpaid cut_and_paid silent day_after",
        utility_accounts="""
            account_id        | service | address_id        | event_date
            u_cut             | power   | a_cut             | 2015-01-01
            u_cut_for_a_fault | power   | a_cut_for_a_fault | 2015-01-01
            u_gas_cut         | gas     | a_gas_cut         | 2015-01-01
            u_paid            | power   | a_paid            | 2015-01-01
            u_unpaid          | power   | a_unpaid          | 2015-01-01
            u_cut_and_paid    | power   | a_cut_and_paid    | 2015-01-01
            u_day_after       | power   | a_day_after       | 2015-01-01
            """,
        utility_interruptions="""
            account_id        | event_date | service | reason
            u_cut             | 2024-08-29 | power   | arrears
            u_cut_for_a_fault | 2024-08-01 | power   | fault
            u_gas_cut         | 2024-08-01 | gas     | arrears
            u_cut_and_paid    | 2024-08-01 | water   | arrears
            u_day_after       | 2024-08-30 | power   | arrears
            """,
        utility_bills="""
            account_id     | event_date | service | paid_on
            u_paid         | 2024-07-15 | power   | 2024-07-20
            u_unpaid       | 2024-07-15 | power   | ?
            u_cut_and_paid | 2024-08-15 | power   | 2024-08-20
            """,
    )

    assert answers(rows) == {
        "cut": (1, "interruption"), "cut_for_a_fault": (None, "unseen"),
        "gas_cut": (None, "unseen"), "paid": (0, "bill_paid"), "unpaid": (None, "unseen"),
        "cut_and_paid": (1, "interruption"), "silent": (None, "unseen"),
        "day_after": (None, "unseen"),
    }  # fmt: skip
    assert rows["random_label"].isna().all()
    assert rows["random_propensity"].isna().all()


def test_conditions_hold_at_their_ends_and_a_null_meets_none(engine: Backend) -> None:
    bills = """
        person_id | event_date | self_paid | care_kind
        p_below   | 2024-07-05 | 9999.99   | inpatient
        p_at      | 2024-07-05 | 10000     | inpatient
        p_other   | 2024-07-05 | 20000     | pharmacy
        """
    asked = outcome(
        positive=positive(at_least={"self_paid": 10_000}, where_not={"care_kind": ["pharmacy"]})
    )

    found = answers(labels(engine, asked, "below at other", medical_settlements=bills))

    assert {name: label for name, (label, _) in found.items()} == {
        "below": None, "at": 1, "other": None,
    }  # fmt: skip


def test_who_was_in_a_state_at_the_start_is_out_and_who_enters_it_is_not(engine: Backend) -> None:
    asked = outcome(
        excluded=[{"source": "pensioner", "feed": "pensions"}],
        positive=positive(),
    )

    found = answers(
        labels(
            engine,
            asked,
            "before within",
            pensions="""
                person_id | event_date
                p_before  | 2024-06-01
                p_within  | 2024-07-05
                """,
            medical_settlements="""
                person_id | event_date
                p_before  | 2024-07-10
                p_within  | 2024-07-10
                """,
        )
    )

    assert found == {"before": (None, "pensioner"), "within": (1, "bill")}


def test_an_unknown_outranks_a_negative_and_not_a_positive(engine: Backend) -> None:
    visit = {"feed": "visits", "stream": "discovered", "source": "visit"}
    asked = outcome(
        positive=positive(),
        unknown=[{"source": "moved", "feed": "life_events", "where": {"kind": ["move_out"]}}],
        negative=[visit | {"where": {"finding": ["no_need"]}}],
    )
    rows = labels(
        engine,
        asked,
        "ill_moved clear_moved clear",
        life_events="""
            person_id     | event_date | kind
            p_ill_moved   | 2024-07-05 | move_out
            p_clear_moved | 2024-07-05 | move_out
            """,
        medical_settlements="""
            person_id   | event_date
            p_ill_moved | 2024-07-20
            """,
        visits="""
            household_id | event_date | finding
            clear_moved  | 2024-07-04 | no_need
            clear        | 2024-07-04 | no_need
            """,
    )

    assert answers(rows) == {
        "ill_moved": (1, "bill"), "clear_moved": (None, "moved"), "clear": (0, "visit"),
    }  # fmt: skip
    assert streams(rows)["ill_moved"] == (1, None)


@pytest.mark.parametrize(
    ("evidence", "says"),
    [
        ({"feed": "medical_setlements"}, "did you mean 'medical_settlements'"),
        ({"where": {"care_knd": ["inpatient"]}}, "did you mean 'care_kind'"),
        ({"where": {"care_kind": ["inpatent"]}}, "did you mean 'inpatient'"),
        ({"where_not": {"care_kind": ["at home"]}}, "code of medical_settlements.care_kind"),
        ({"known": ["paid_on"]}, "no column in medical_settlements 'paid_on'"),
        ({"at_least": {"self_payed": 1}}, "did you mean 'self_paid'"),
    ],
)
def test_a_word_the_feeds_do_not_have_is_refused(
    engine: Backend, evidence: dict[str, Any], says: str
) -> None:
    with pytest.raises(OutcomeRefused, match=says):
        labels(engine, outcome(positive=positive(**evidence)), "h")


@pytest.mark.parametrize("finding", [*NOBODY_MET, None])
def test_nobody_met_cannot_be_declared_a_negative(tmp_path: Path, finding: str | None) -> None:
    where = {} if finding is None else {"where": {"finding": ["no_need", finding]}}
    words = PLAIN | {
        "negative": [{"source": "visit", "stream": "discovered", "feed": "visits"} | where]
    }

    with pytest.raises(OutcomeRefused, match="nobody's answer"):
        load_outcome(written(tmp_path, words))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"windows_days": 3}, "windows_days: Extra inputs"),
        ({"window_days": 0}, "window_days: Input should be greater"),
        ({"positive": []}, "positive: Tuple should have at least 1 item"),
        ({"name": "Ein Name"}, "name: String should match"),
        ({"positive": positive(after="flood")}, "no event 'flood'"),
        (
            {"positive": positive(stream="rumour")},
            r"positive.0.stream: Input should be 'discovered'",
        ),
    ],
)
def test_a_file_that_does_not_say_what_it_must_is_refused(
    tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(OutcomeRefused, match=says):
        load_outcome(written(tmp_path, PLAIN | changed))


def test_a_file_that_is_not_there_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(OutcomeRefused, match=r"acute_shock_90d\.yaml, cut_off_60d\.yaml"):
        load_outcome("acute_shock.yaml")
    (tmp_path / "torn.yaml").write_text("name: [")
    with pytest.raises(OutcomeRefused, match="is not YAML"):
        load_outcome(tmp_path / "torn.yaml")


def test_a_file_of_ones_own_comes_before_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = outcome_file("cut_off_60d.yaml")
    written(tmp_path, PLAIN, "cut_off_60d.yaml")

    assert shipped.parent == SHIPPED
    assert load_outcome("cut_off_60d.yaml").name == "plain"


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_outcome_is_named_as_its_file_and_asks_for_what_there_is(file: Path) -> None:
    words = read_declaration(file)

    assert words.name == file.stem
    words.check(DISTRICT.contracts)


def written(folder: Path, words: dict[str, Any], name: str = "own.yaml") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(words))
    return path
