"""Evidence on which everything holds, every figure exactly at its bar: one step further and it does not."""

from dataclasses import replace
from datetime import date

from models.gate.bars import load_bars
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
from models.resampling import Interval

BARS = load_bars(as_of_date=date(2026, 7, 1))


def counts(attribute: str, group: str, *, missed: int = 60, bothered: int = 20) -> GroupCounts:
    """A group of 300 in need and 400 not in need."""
    return GroupCounts(
        attribute=attribute,
        group=group,
        positives=300,
        missed=missed,
        negatives=400,
        bothered=bothered,
    )


AT_THE_BAR = Evidence(
    data_contract=DataContract(nights=14, green=14),
    golden_set=GoldenSet(reload=0.0, other_process=0.0, other_machine=0.0),
    shadow=Shadow(nights=14, churn=(0.1, 0.30), overlap=0.6),
    prospective=Prospective(
        challenger=Arm(visits=400, found=160),
        random=Arm(visits=400, found=80),
        champion=Arm(visits=400, found=120),
    ),
    calibration=CalibrationOnSlice(
        visits=385, error=0.03, by_chance=0.02, top_observed=Interval(0.25, 0.2, 0.3),
        top_predicted=0.30,
    ),
    groups=tuple(
        counts(attribute, group, missed=missed, bothered=bothered)
        for attribute in BARS.attributes
        for group, missed, bothered in (("one", 90, 80), ("other", 60, 40))
    ),
    without_department={"medical": 0.5, "utilities": 0.1},
    proxies=dict.fromkeys(BARS.attributes, 0.65),
    leaks=LeakCheck(rows=4000, rang=(), not_looked_at=()),
    label_hygiene=LabelHygiene(negatives=500, unreachable=0, refused=0, moved=0),
    papers=Papers(
        card_sha256="ab" * 32, signed_by="Chen Lan", impact_assessment_sha256="cd" * 32,
        rollback_seconds=300.0,
    ),
)  # fmt: skip


def with_visits(challenger: Arm, random: Arm | None, champion: Arm | None) -> Evidence:
    """The evidence with other visits."""
    visits = Prospective(challenger=challenger, random=random, champion=champion)
    return replace(AT_THE_BAR, prospective=visits)


def with_groups(*rows: GroupCounts) -> Evidence:
    """The evidence with other counts of the attribute of ``rows``."""
    attribute = rows[0].attribute
    kept = tuple(one for one in AT_THE_BAR.groups or () if one.attribute != attribute)
    return replace(AT_THE_BAR, groups=(*kept, *rows))
