"""Every bar of the gate from both sides, and what too little evidence comes to."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from models.gate.answers import Answer, Check
from models.gate.bars import SHIPPED, GateFileError, load_bars
from models.gate.decision import Verdict, Waiver, WaiverRefused, conditions, decide
from models.gate.evidence import (
    Arm,
    CalibrationOnSlice,
    DataContract,
    Evidence,
    GoldenSet,
    GroupCounts,
    LabelHygiene,
    LeakCheck,
    Shadow,
)
from models.resampling import Interval
from tests.models.gate.gathered import AT_THE_BAR, BARS, counts, with_groups, with_visits

HOLDS, FAILS, CANNOT_TELL = Answer.HOLDS, Answer.FAILS, Answer.CANNOT_TELL


def check(evidence: Evidence, name: str) -> Check:
    """The one check of that name."""
    found = [one for each in conditions(evidence, BARS) for one in each.checks if one.name == name]
    assert len(found) == 1, f"{name} in {[one.name for one in found]}"
    return found[0]


def test_evidence_exactly_at_every_bar_promotes() -> None:
    decision = decide(AT_THE_BAR, BARS)

    assert decision.verdict is Verdict.PROMOTE
    assert decision.sentence == "PROMOTE"
    assert all(one.answer is HOLDS for one in decision.conditions)


def calibrated(**changed: object) -> Evidence:
    assert AT_THE_BAR.calibration
    return replace(AT_THE_BAR, calibration=replace(AT_THE_BAR.calibration, **changed))


def hygiene(**wrong: int) -> Evidence:
    assert AT_THE_BAR.label_hygiene
    return replace(AT_THE_BAR, label_hygiene=replace(AT_THE_BAR.label_hygiene, **wrong))


def depends(changed: float = 0.1, auc: float = 0.5) -> Evidence:
    proxies = dict.fromkeys(BARS.attributes, 0.5) | {"hukou": auc}
    return replace(AT_THE_BAR, without_department={"medical": changed}, proxies=proxies)


def alarmed(*rang: str, not_looked_at: tuple[str, ...] = ()) -> Evidence:
    return replace(AT_THE_BAR, leaks=LeakCheck(rows=4000, rang=rang, not_looked_at=not_looked_at))


def rehearsed(seconds: float) -> Evidence:
    assert AT_THE_BAR.papers
    return replace(AT_THE_BAR, papers=replace(AT_THE_BAR.papers, rollback_seconds=seconds))


def shadowed(**changed: object) -> Evidence:
    assert AT_THE_BAR.shadow
    return replace(AT_THE_BAR, shadow=replace(AT_THE_BAR.shadow, **changed))


ARM, CHANCE = Arm(visits=400, found=160), Arm(visits=400, found=80)

BOUNDARIES = {
    "one red night of fourteen": (
        replace(AT_THE_BAR, data_contract=DataContract(nights=14, green=13)), "green_nights", FAILS),
    "thirteen green nights": (
        replace(AT_THE_BAR, data_contract=DataContract(nights=13, green=13)), "green_nights", CANNOT_TELL),
    "a golden prediction off in the last bit": (
        replace(AT_THE_BAR, golden_set=GoldenSet(reload=0.0, other_process=1e-16)), "other_process", FAILS),
    "golden predictions that are not numbers": (
        replace(AT_THE_BAR, golden_set=GoldenSet(reload=float("nan"), other_process=0.0)), "after_reload", FAILS),
    "nobody predicted again in another process": (
        replace(AT_THE_BAR, golden_set=GoldenSet(reload=0.0, other_process=None)), "other_process", CANNOT_TELL),
    "thirteen shadow nights": (shadowed(nights=13), "shadow_nights", CANNOT_TELL),
    "a list that changes by 30 %": (shadowed(churn=(0.30,)), "churn", HOLDS),
    "a list that changes by 30.1 % once": (shadowed(churn=(0.1, 0.301)), "churn", FAILS),
    "no champion to compare the list with": (shadowed(overlap=None), "overlap", CANNOT_TELL),
    "385 visits": (with_visits(Arm(visits=385, found=160), CHANCE, ARM), "visits_challenger", HOLDS),
    "384 visits": (with_visits(Arm(visits=384, found=160), CHANCE, ARM), "visits_challenger", CANNOT_TELL),
    "384 random visits": (with_visits(ARM, Arm(visits=384, found=40), ARM), "visits_random", CANNOT_TELL),
    "twice as good as chance": (with_visits(ARM, CHANCE, ARM), "lift", HOLDS),
    "not quite twice as good": (with_visits(Arm(visits=400, found=159), CHANCE, ARM), "lift", FAILS),
    "twice as good on few visits": (
        with_visits(Arm(visits=40, found=20), Arm(visits=40, found=8), ARM), "lift", CANNOT_TELL),
    "1.5 times on few visits, may be twice": (
        with_visits(Arm(visits=40, found=12), Arm(visits=40, found=8), ARM), "lift", CANNOT_TELL),
    "few visits, but surely not twice": (
        with_visits(Arm(visits=184, found=85), Arm(visits=272, found=131), ARM), "lift", FAILS),
    "nothing found by chance": (with_visits(ARM, Arm(visits=400, found=0), ARM), "lift", CANNOT_TELL),
    "may lose more than a point": (with_visits(ARM, CHANCE, ARM), "not_worse", FAILS),
    "surely not a point worse": (with_visits(ARM, CHANCE, Arm(visits=400, found=128)), "not_worse", HOLDS),
    "may be a point worse": (with_visits(ARM, CHANCE, Arm(visits=400, found=140)), "not_worse", FAILS),
    "no champion arm": (with_visits(ARM, CHANCE, None), "not_worse", CANNOT_TELL),
    "off by 0.0301": (calibrated(error=0.0301), "calibration_error", FAILS),
    "off by 0.0301, as chance would be": (
        calibrated(error=0.0301, by_chance=0.05), "calibration_error", CANNOT_TELL),
    "well calibrated on 384 visits": (calibrated(visits=384), "calibration_error", CANNOT_TELL),
    "the tenth on top off by 5 points": (calibrated(top_predicted=0.30), "top_decile", HOLDS),
    "the tenth on top off by 5.1 points": (calibrated(top_predicted=0.301), "top_decile", FAILS),
    "off by 5.1 points on few visits": (
        calibrated(visits=50, top_predicted=0.301), "top_decile", CANNOT_TELL),
    "off by far on few visits": (
        calibrated(visits=50, top_observed=Interval(0.1, 0.05, 0.2), top_predicted=0.4), "top_decile", FAILS),
    "missed ten points more": (
        with_groups(counts("hukou", "in", missed=60), counts("hukou", "out", missed=90)), "missed by hukou", HOLDS),
    "missed a third of a point more than that": (
        with_groups(counts("hukou", "in", missed=60), counts("hukou", "out", missed=91)), "missed by hukou", FAILS),
    "bothered ten points more": (
        with_groups(counts("hukou", "in", bothered=40), counts("hukou", "out", bothered=80)), "bothered by hukou", HOLDS),
    "bothered more than ten points more": (
        with_groups(counts("hukou", "in", bothered=40), counts("hukou", "out", bothered=81)), "bothered by hukou", FAILS),
    "one group only": (with_groups(counts("hukou", "in")), "missed by hukou", CANNOT_TELL),
    "half the list from one department": (depends(changed=0.5), "without medical", HOLDS),
    "more than half from one department": (depends(changed=0.501), "without medical", FAILS),
    "a proxy of 0.65": (depends(auc=0.65), "proxy of hukou", HOLDS),
    "a proxy of 0.651": (depends(auc=0.651), "proxy of hukou", FAILS),
    "no departments looked at": (
        replace(AT_THE_BAR, without_department={}), "single_source", CANNOT_TELL),
    "no proxy test of an attribute": (replace(AT_THE_BAR, proxies={}), "proxy of hukou", CANNOT_TELL),
    "no leak alarm": (alarmed(), "leak_alarms", HOLDS),
    "one leak alarm": (alarmed("amount knows too much"), "leak_alarms", FAILS),
    "no leak alarm, but old rows were not rebuilt": (
        alarmed(not_looked_at=("old rows",)), "leak_alarms", CANNOT_TELL),
    "a leak alarm where old rows were not rebuilt": (
        alarmed("amount knows too much", not_looked_at=("old rows",)), "leak_alarms", FAILS),
    "nobody looked for leaks": (replace(AT_THE_BAR, leaks=None), "leak_alarms", CANNOT_TELL),
    "one unreachable as a negative": (hygiene(unreachable=1), "wrong_negatives", FAILS),
    "one refusal as a negative": (hygiene(refused=1), "wrong_negatives", FAILS),
    "one moved as a negative": (hygiene(moved=1), "wrong_negatives", FAILS),
    "no negatives at all": (
        replace(AT_THE_BAR, label_hygiene=LabelHygiene(negatives=0, unreachable=0, refused=0, moved=0)),
        "wrong_negatives", CANNOT_TELL),
    "back in five minutes": (rehearsed(300.0), "rollback", HOLDS),
    "back in more than five minutes": (rehearsed(300.1), "rollback", FAILS),
}  # fmt: skip


@pytest.mark.parametrize("case", BOUNDARIES)
def test_both_sides_of_every_bar(case: str) -> None:
    evidence, name, expected = BOUNDARIES[case]
    found = check(evidence, name)

    assert found.answer is expected
    assert (found.to_do == "") is (expected is HOLDS)


def small(group: str, *, positives: int, missed: int) -> GroupCounts:
    return GroupCounts(
        attribute="hukou",
        group=group,
        positives=positives,
        missed=missed,
        negatives=400,
        bothered=40,
    )


def test_a_group_with_95_in_need_cannot_be_told_and_one_with_96_can() -> None:
    large = small("in", positives=2000, missed=400)

    told = check(with_groups(large, small("out", positives=96, missed=19)), "missed by hukou")
    untold = check(with_groups(large, small("out", positives=95, missed=19)), "missed by hukou")

    assert told.answer is HOLDS
    assert untold.answer is CANNOT_TELL
    assert "不可判定: out (95 in need)" in untold.reason


def test_a_gap_that_may_be_wider_than_twenty_points_is_not_known_to_be_small() -> None:
    narrow = with_groups(
        small("in", positives=2000, missed=1000), small("out", positives=110, missed=64)
    )
    found = check(narrow, "missed by hukou")

    assert found.figure is not None
    assert found.figure < 0.10
    assert found.interval is not None
    assert 0.16 < found.interval.high < 0.20
    assert found.answer is HOLDS
    wide = with_groups(
        small("in", positives=100, missed=40), small("out", positives=100, missed=50)
    )
    assert check(wide, "missed by hukou").answer is CANNOT_TELL
    assert "it may be 23 pp" in check(wide, "missed by hukou").reason


def test_a_suppressed_group_is_not_judged_and_a_small_one_fails_only_when_proven() -> None:
    suppressed = GroupCounts(
        attribute="hukou", group="out", positives=None, missed=None, negatives=None, bothered=None
    )
    large = small("in", positives=300, missed=30)

    assert check(with_groups(large, suppressed), "missed by hukou").answer is CANNOT_TELL
    far = with_groups(large, small("out", positives=20, missed=18))
    assert check(far, "missed by hukou").answer is FAILS
    near = with_groups(large, small("out", positives=20, missed=5))
    assert check(near, "missed by hukou").answer is CANNOT_TELL


def test_two_large_groups_alike_do_not_speak_for_a_small_third() -> None:
    alike = small("in", positives=300, missed=30), small("out", positives=300, missed=33)

    assert check(with_groups(*alike), "missed by hukou").answer is HOLDS
    third = with_groups(*alike, small("unknown", positives=40, missed=5))
    assert check(third, "missed by hukou").answer is CANNOT_TELL


def test_among_forty_tiny_streets_two_are_always_far_apart_and_that_proves_nothing() -> None:
    streets = [small(f"street {place}", positives=5, missed=place % 6) for place in range(40)]

    assert check(with_groups(*streets), "missed by hukou").answer is CANNOT_TELL


def test_a_restless_night_raises_an_alert() -> None:
    quiet, restless = shadowed(churn=(0.45,)), shadowed(churn=(0.46,))

    assert "ALERT" not in check(quiet, "churn").reason
    assert "ALERT: above 45% on 1 nights" in check(restless, "churn").reason


def test_without_evidence_nobody_can_tell() -> None:
    decision = decide(Evidence(), BARS)

    assert decision.verdict is Verdict.NOT_YET
    assert {one.answer for one in decision.conditions} == {CANNOT_TELL}
    assert all(one.to_do for each in decision.conditions for one in each.checks)


class TestWaivers:
    """A person may answer for what nobody can tell, seldom for what fails, never for some things."""

    def waive(
        self, condition: str, *, by: str = "Chen Lan", reason: str = "pilot street"
    ) -> Waiver:
        return Waiver(condition=condition, by=by, reason=reason)

    def test_a_failing_group_table_may_be_signed(self) -> None:
        apart = with_groups(counts("hukou", "in", missed=10), counts("hukou", "out", missed=200))
        assert decide(apart, BARS).verdict is Verdict.REJECT

        signed = decide(apart, BARS, waivers=[self.waive("groups")])

        assert signed.verdict is Verdict.PROMOTE
        assert signed.sentence == "PROMOTE (waived: groups by Chen Lan)"

    def test_no_lift_cannot_be_signed_away_but_missing_visits_can(self) -> None:
        useless = with_visits(CHANCE, CHANCE, CHANCE)
        with pytest.raises(WaiverRefused, match="prospective fails"):
            decide(useless, BARS, waivers=[self.waive("prospective")])

        unvisited = replace(AT_THE_BAR, prospective=None)
        signed = decide(unvisited, BARS, waivers=[self.waive("prospective")])
        assert signed.verdict is Verdict.PROMOTE

    @pytest.mark.parametrize("condition", ["golden_set", "label_hygiene", "papers"])
    def test_some_things_nobody_may_waive(self, condition: str) -> None:
        with pytest.raises(WaiverRefused, match="cannot be waived by anybody"):
            decide(Evidence(), BARS, waivers=[self.waive(condition)])

    @pytest.mark.parametrize("wrong", [{"by": " "}, {"reason": ""}])
    def test_a_waiver_has_a_name_and_a_reason(self, wrong: dict[str, str]) -> None:
        with pytest.raises(WaiverRefused, match="needs a name and a reason"):
            decide(Evidence(), BARS, waivers=[self.waive("shadow", **wrong)])

    def test_a_waiver_names_a_condition(self) -> None:
        with pytest.raises(WaiverRefused, match="no condition 'lift'"):
            decide(Evidence(), BARS, waivers=[self.waive("lift")])

    def test_a_waiver_nobody_needs_is_left_out(self) -> None:
        assert decide(AT_THE_BAR, BARS, waivers=[self.waive("shadow")]).waivers == ()


def test_a_bar_counts_from_its_day(tmp_path: Path) -> None:
    later = (
        "    - {from: 2026-06-01, value: 2.5, unit: times, source: council, why: more visitors}\n"
    )
    text = SHIPPED.read_text("utf-8")
    line = next(one for one in text.splitlines(keepends=True) if "value: 2.0" in one)
    path = tmp_path / "gate.yaml"
    path.write_text(text.replace(line, line + later), "utf-8")

    assert load_bars(path, as_of_date=date(2026, 5, 31))["lift"] == 2.0
    assert load_bars(path, as_of_date=date(2026, 6, 1))["lift"] == 2.5
    with pytest.raises(GateFileError, match="not in force before 2026-01-01"):
        load_bars(path, as_of_date=date(2025, 12, 31))


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        (
            "source: E.1 condition 3, why: Amsterdam",
            "why: Amsterdam",
            "every bar has a day, a source",
        ),
        ("value: 2.0,", "value: two,", "lift is 'two', expected a number"),
        ("{may_be_waived: always}", "{may_be_waived: yes please}", "'yes please'; use one of"),
        ("bars:\n", "barz:\n", "expected the sections"),
    ],
)
def test_a_file_of_bars_says_what_it_must(
    tmp_path: Path, written: str, instead: str, told: str
) -> None:
    path = tmp_path / "gate.yaml"
    text = SHIPPED.read_text("utf-8")
    assert written in text
    path.write_text(text.replace(written, instead, 1), "utf-8")

    with pytest.raises(GateFileError, match=told):
        load_bars(path, as_of_date=date(2026, 7, 1))


def test_calibration_on_no_visits_is_no_evidence() -> None:
    nothing = Interval(float("nan"), float("nan"), float("nan"))
    empty = CalibrationOnSlice(
        visits=0,
        error=float("nan"),
        by_chance=float("nan"),
        top_observed=nothing,
        top_predicted=0.1,
    )
    assert check(replace(AT_THE_BAR, calibration=empty), "calibration_error").answer is CANNOT_TELL
    assert (
        check(replace(AT_THE_BAR, shadow=Shadow(nights=14, churn=(), overlap=0.5)), "churn").answer
        is CANNOT_TELL
    )
