"""Whatever the evidence: worse never turns REJECT into PROMOTE, and what is missing never promotes."""

from collections.abc import Callable
from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from models.gate.answers import Answer
from models.gate.decision import Verdict, decide
from models.gate.evidence import (
    Arm,
    CalibrationOnSlice,
    DataContract,
    Evidence,
    GoldenSet,
    GroupCounts,
    LabelHygiene,
    LeakCheck,
    Papers,
    Prospective,
    Shadow,
)
from models.resampling import wilson
from tests.models.gate.gathered import AT_THE_BAR, BARS

Worsen = Callable[[Evidence], Evidence]

PARTS = [field.name for field in fields(Evidence)]
share = st.floats(0, 1)


@st.composite
def arms(draw: st.DrawFn) -> Arm:
    visits = draw(st.integers(1, 900))
    return Arm(visits=visits, found=draw(st.integers(0, visits)))


@st.composite
def group_tables(draw: st.DrawFn) -> tuple[GroupCounts, ...]:
    rows = []
    for attribute in BARS.attributes:
        for group in ("one", "other", "third")[: draw(st.integers(1, 3))]:
            positives, negatives = draw(st.integers(1, 400)), draw(st.integers(1, 400))
            rows.append(
                GroupCounts(
                    attribute=attribute,
                    group=group,
                    positives=draw(st.sampled_from([None, positives, positives])),
                    missed=draw(st.integers(0, positives)),
                    negatives=negatives,
                    bothered=draw(st.integers(0, negatives)),
                )
            )
    return tuple(rows)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Parts at the bar, so that promotion is within reach, or anything at all."""
    nights, visits = draw(st.integers(1, 20)), draw(st.integers(1, 900))
    anything = Evidence(
        data_contract=DataContract(nights=nights, green=draw(st.integers(0, nights))),
        golden_set=GoldenSet(
            reload=draw(st.sampled_from([0.0, 1e-12, None])), other_process=draw(share)
        ),
        shadow=Shadow(
            nights=nights, churn=tuple(draw(st.lists(share, max_size=3))), overlap=draw(share)
        ),
        prospective=Prospective(
            challenger=draw(arms()), random=draw(arms()), champion=draw(arms())
        ),
        calibration=CalibrationOnSlice(
            visits=visits,
            error=draw(share),
            by_chance=draw(share),
            top_observed=wilson(draw(st.integers(0, visits)), of=visits),
            top_predicted=draw(share),
        ),
        groups=draw(group_tables()),
        without_department={"medical": draw(share)},
        proxies=dict.fromkeys(BARS.attributes, draw(share)),
        leaks=LeakCheck(
            rows=visits, rang=("a column",) * draw(st.integers(0, 2)),
            not_looked_at=("old rows",) * draw(st.integers(0, 1)),
        ),
        label_hygiene=LabelHygiene(
            negatives=draw(st.integers(0, 9)), unreachable=draw(st.integers(0, 1)), refused=0, moved=0
        ),
        papers=Papers(
            card_sha256="ab", signed_by=draw(st.sampled_from(["Chen Lan", None])),
            impact_assessment_sha256="cd", rollback_seconds=draw(st.floats(0, 600)),
        ),
    )  # fmt: skip
    kept = {part: getattr(AT_THE_BAR, part) for part in PARTS if draw(st.integers(0, 9)) < 8}
    return replace(anything, **kept)


def fewer_nights(found: Evidence) -> Evidence:
    assert found.data_contract
    worse = replace(found.data_contract, green=max(0, found.data_contract.green - 1))
    return replace(found, data_contract=worse)


def more_churn(found: Evidence) -> Evidence:
    assert found.shadow
    return replace(found, shadow=replace(found.shadow, churn=(*found.shadow.churn, 0.9)))


def one_found_less(found: Evidence) -> Evidence:
    assert found.prospective
    arm = found.prospective.challenger
    less = replace(arm, found=max(0, arm.found - 1))
    return replace(found, prospective=replace(found.prospective, challenger=less))


def more_found_by_chance(found: Evidence) -> Evidence:
    assert found.prospective
    assert found.prospective.random
    arm = found.prospective.random
    more = replace(arm, found=min(arm.visits, arm.found + 1))
    return replace(found, prospective=replace(found.prospective, random=more))


def better_champion(found: Evidence) -> Evidence:
    assert found.prospective
    assert found.prospective.champion
    arm = found.prospective.champion
    more = replace(arm, found=min(arm.visits, arm.found + 1))
    return replace(found, prospective=replace(found.prospective, champion=more))


def further_off(found: Evidence) -> Evidence:
    assert found.calibration
    worse = replace(found.calibration, error=found.calibration.error + 0.05)
    return replace(found, calibration=worse)


def more_missed_where_most_are(found: Evidence) -> Evidence:
    """Of every attribute, one more is missed in the group that misses most."""
    rows = list(found.groups or ())
    for attribute in BARS.attributes:
        here = [one for one in rows if one.attribute == attribute and one.positives]
        if here:
            worst = max(here, key=lambda one: (one.missed or 0) / (one.positives or 1))
            more = min(worst.positives or 0, (worst.missed or 0) + 1)
            rows[rows.index(worst)] = replace(worst, missed=more)
    return replace(found, groups=tuple(rows))


def more_from_one_department(found: Evidence) -> Evidence:
    assert found.without_department
    worse = {name: min(1.0, share + 0.1) for name, share in found.without_department.items()}
    return replace(found, without_department=worse)


def clearer_proxy(found: Evidence) -> Evidence:
    assert found.proxies
    worse = {name: min(1.0, auc + 0.1) for name, auc in found.proxies.items()}
    return replace(found, proxies=worse)


def another_leak(found: Evidence) -> Evidence:
    assert found.leaks
    return replace(found, leaks=replace(found.leaks, rang=(*found.leaks.rang, "another column")))


def another_unreachable(found: Evidence) -> Evidence:
    assert found.label_hygiene
    worse = replace(found.label_hygiene, unreachable=found.label_hygiene.unreachable + 1)
    return replace(found, label_hygiene=worse)


def slower_rollback(found: Evidence) -> Evidence:
    assert found.papers
    seconds = (found.papers.rollback_seconds or 0) + 60
    return replace(found, papers=replace(found.papers, rollback_seconds=seconds))


WORSE: list[Worsen] = [
    fewer_nights, more_churn, one_found_less, more_found_by_chance, better_champion, further_off,
    more_missed_where_most_are, more_from_one_department, clearer_proxy, another_leak, another_unreachable,
    slower_rollback,
]  # fmt: skip

RANK = {Verdict.REJECT: 0, Verdict.NOT_YET: 1, Verdict.PROMOTE: 2}


@settings(max_examples=100, deadline=None)
@given(evidence=evidences(), worsen=st.lists(st.sampled_from(WORSE), min_size=1, max_size=3))
def test_worse_evidence_never_promotes_what_did_not_promote(
    evidence: Evidence, worsen: list[Worsen]
) -> None:
    before = decide(evidence, BARS).verdict
    for step in worsen:
        evidence = step(evidence)

    after = decide(evidence, BARS).verdict
    assert RANK[after] <= RANK[before] or (before, after) == (Verdict.REJECT, Verdict.NOT_YET)


@settings(max_examples=100, deadline=None)
@given(
    evidence=evidences(),
    gone=st.lists(st.sampled_from(PARTS), min_size=1, max_size=len(PARTS), unique=True),
)
def test_missing_evidence_never_promotes(evidence: Evidence, gone: list[str]) -> None:
    decision = decide(replace(evidence, **dict.fromkeys(gone)), BARS)

    assert decision.verdict is not Verdict.PROMOTE
    assert all(one.answer is Answer.CANNOT_TELL for one in decision.conditions if one.name in gone)


@settings(max_examples=100, deadline=None)
@given(evidence=evidences())
def test_a_promotion_needs_every_condition_to_hold(evidence: Evidence) -> None:
    decision = decide(evidence, BARS)
    answers = [one.answer for one in decision.conditions]

    assert (decision.verdict is Verdict.PROMOTE) is (set(answers) == {Answer.HOLDS})
    assert (decision.verdict is Verdict.REJECT) is (Answer.FAILS in answers)
