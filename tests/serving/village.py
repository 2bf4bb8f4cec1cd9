"""A village small enough to know by name, standing in for gate, lake, features and model.

The numbers are chosen so that everybody's place on a list can be said by heart. Two streets, three grids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from serving.delivery.targets import Target
from serving.lists.list_policy import ListPolicy
from serving.night.nightly import AlreadyRunning, Done, run_night
from serving.night.steps import STEPS, Step
from serving.refusals import ExitCode, Refusal
from serving.store import Store
from serving.upstream.protocol import (
    Alarm,
    Explanation,
    FeedState,
    Grid,
    Progress,
    Reason,
    Received,
    Surroundings,
)
from tests.serving.stores import open_store
from tests.tables import table

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT = date(2026, 3, 9)
TWO_O_CLOCK = datetime(2026, 3, 9, 2, 0, tzinfo=ZONE)
CHAMPION = "c" * 64
GROUPS = {
    "power_is_cut": "utilities",
    "children": "composition",
    "disabled": "disability",
    "unpaid": "utilities",
    "is_covered": "benefits",
}

HOUSEHOLDS = """
    household_id | area_id | power_is_cut | children | disabled | unpaid | is_covered | score | probability | band   | reason
    -------------+---------+--------------+----------+----------+--------+------------+-------+-------------+--------+---------
    wang_cut_off | g1      | true         | 2        | 0        | 900    | false      |  1.5  | 0.30        | orange | unpaid
    li_disabled  | g1      | false        | 0        | 2        | 0      | false      |  2.0  | 0.40        | red    | disabled
    zhao_debts   | g1      | false        | 0        | 0        | 700    | false      |  1.8  | 0.35        | orange | unpaid
    qian_debts   | g1      | false        | 0        | 0        | 300    | false      |  1.0  | 0.20        | yellow | unpaid
    sun_covered  | g1      | false        | 1        | 1        | 0      | true       |  2.5  | 0.60        | red    | disabled
    zhou_quiet   | g1      | false        | 0        | 0        | 0      | false      | -2.0  | 0.02        | yellow | unpaid
    wu_quiet     | g1      | false        | 0        | 0        | ?      | false      | -2.5  | 0.01        | yellow | unpaid
    zheng_two    | g2      | false        | 1        | 0        | 100    | false      |  0.5  | 0.15        | yellow | unpaid
    feng_two     | g2      | false        | 0        | 0        | 0      | false      | -1.0  | 0.05        | yellow | unpaid
    chen_far     | g3      | false        | 0        | 1        | 0      | false      |  1.1  | 0.21        | yellow | disabled
    chu_far      | g3      | false        | 0        | 0        | 50     | false      |  0.1  | 0.10        | yellow | unpaid
    wei_nowhere  | ?       | false        | 0        | 0        | 50     | false      |  0.2  | 0.10        | yellow | unpaid
    """

PHRASES = {"unpaid": "水电气热欠费", "disabled": "家中有人持有残疾证"}


def grid(grid_id: str, street: str) -> Grid:
    return Grid(
        grid_id=grid_id,
        grid_name=f"{grid_id}网格",
        community_id=f"c-{grid_id}",
        community_name=f"{grid_id}社区",
        street_id=street,
        street_name=f"{street}街道",
        district_id="d",
    )


GRIDS = {"g1": grid("g1", "s1"), "g2": grid("g2", "s1"), "g3": grid("g3", "s2")}


def policy(**changes: object) -> ListPolicy:
    """Return a small policy; ``changes`` replace top-level parts."""
    parts: dict[str, object] = {
        "valid_from": "2020-01-01",
        "source": "tests",
        "seed": "village",
        "ready_hour": 6,
        "shortlist_factor": 3,
        "needed_feeds": {"residents": 62},
        "bands": [
            {"code": "red", "word": "红", "shape": "▲", "days": 3},
            {"code": "orange", "word": "橙", "shape": "◆", "days": 7},
            {"code": "yellow", "word": "黄", "shape": "●", "days": 14},
        ],
        "urgent": [
            {
                "id": "cut_in_winter",
                "title": "冬季停电",
                "hours": 24,
                "months": [11, 12, 1, 2, 3],
                "all": [{"feature": "power_is_cut", "equals": True}],
                "any": [{"feature": "children", "at_least": 1}],
            }
        ],
        "roles": [
            {"role": "street_officer", "title": "街道专员", "takes": ["urgent"]},
            {"role": "social_worker", "title": "社工", "takes": ["care"]},
            {
                "role": "grid_worker",
                "title": "网格员",
                "takes": ["ranked", "exploration"],
                "fills": ["urgent", "care"],
            },
        ],
        "care_groups": ["disability"],
        "exploration": {"random_share": 0.05, "uncertain_share": 0.0},
        "suppression": {
            "visited_days": 60,
            "unreached_days": 7,
            "open_alert_days": 30,
            "covered_spares": ["urgent"],
            "visited_spares": ["urgent"],
        },
        "needs": {"utilities": ["cash"], "disability": ["care", "cash"]},
        "questions": {"cash": "有没有欠费?", "care": "谁照料?"},
        "feed_words": {"utility_bills": "缴费账单"},
        "findings": {"need_aid_started": "已帮扶", "not_found": "没找到人"},
        "need_words": {"cash": "资金", "care": "照料"},
    }
    return ListPolicy.model_validate(parts | changes)


@dataclass
class Village:
    """The upstream of the village. Its attributes are what a test changes."""

    households: pd.DataFrame = field(default_factory=lambda: table(HOUSEHOLDS))
    capacity: dict[tuple[str, str], int] = field(
        default_factory=lambda: {
            ("g1", "street_officer"): 1,
            ("g1", "social_worker"): 1,
            ("g1", "grid_worker"): 3,
            ("g2", "grid_worker"): 2,
            ("g3", "grid_worker"): 2,
        }
    )
    staff: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=lambda: GRIDS)
    visits: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["household_id", "visited_on", "finding"])
    )
    deliveries: dict[str, list[str]] = field(default_factory=lambda: {"residents": ["d1"]})
    states: list[FeedState] = field(
        default_factory=lambda: [
            FeedState(
                feed="residents",
                department="公安",
                last_received_at=datetime.fromisoformat("2026-03-01"),
                late=False,
            ),
            FeedState(
                feed="utility_bills",
                department="水电气",
                last_received_at=datetime.fromisoformat("2026-01-12"),
                late=True,
            ),
        ]
    )
    unclaimed: dict[str, str] = field(default_factory=dict)
    approached: dict[str, str] = field(default_factory=dict)
    figures: str = "f" * 64
    helpless: dict[str, frozenset[str]] = field(default_factory=dict)
    has_champion: bool = True
    asked: list[str] = field(default_factory=list)

    @property
    def groups(self) -> Mapping[str, str]:
        return GROUPS

    @property
    def covered_by(self) -> str | None:
        return "is_covered"

    def receive(self, *, as_of_date: date, progress: Progress) -> Received:
        self.asked.append("receive")
        return Received(verdicts={"accepted": 1})

    def feeds(self, *, as_of_date: date) -> Sequence[FeedState]:
        return self.states

    def inputs(self, *, as_of_date: date) -> Mapping[str, Sequence[str]]:
        return self.deliveries

    def champion(self) -> str:
        if not self.has_champion:
            raise Refusal(ExitCode.NO_CHAMPION, found="there is no champion.", to_do="Promote one.")
        return CHAMPION

    def build(self, *, as_of_date: date, out: Path, progress: Progress) -> int:
        self.asked.append("build")
        out.parent.mkdir(parents=True, exist_ok=True)
        known = self.households.drop(columns=["score", "probability", "band", "reason"])
        known.assign(household_children=known["children"]).to_parquet(out)
        return len(self.households)

    def rules(self, *, as_of_date: date) -> str:
        return self.figures

    def safety_rules(self, *, as_of_date: date) -> Mapping[str, str]:
        return dict.fromkeys(self.helpless, "within 24 hours")

    def alarms(self, *, matrix: Path, as_of_date: date) -> Sequence[Alarm]:
        return [
            Alarm(trigger_id=name, title="请先确认人是否平安", hours=24, households=households)
            for name, households in self.helpless.items()
        ]

    def answer_rules(self, *, as_of_date: date, matrix: Path, out: Path) -> None:
        households = self.households["household_id"].sort_values()
        pd.DataFrame(
            {
                "household_id": households,
                "unclaimed": households.map(self.unclaimed),
                "approached": households.map(self.approached),
                "tier": households.map(self.unclaimed),
                "first_open": households.map(self.unclaimed),
            }
        ).astype("object").to_parquet(out, index=False)

    def surroundings(self, *, as_of_date: date) -> Surroundings:
        return Surroundings(
            grids=self.grids,
            capacity=self.capacity,
            addresses=pd.DataFrame(
                {
                    "household_id": self.households["household_id"],
                    "address_id": "a-" + self.households["household_id"],
                }
            ),
            visits=self.visits,
            staff=self.staff,
        )

    def score(self, *, champion: str, matrix: Path, progress: Progress) -> pd.DataFrame:
        return self.households[["household_id", "score", "probability", "band"]].astype(
            {"household_id": "object", "score": "float64"}
        )

    def drift(self, *, champion: str, matrix: Path, as_of_date: date, progress: Progress) -> str:
        return "nothing to compare with"

    def explain(
        self,
        *,
        champion: str,
        matrix: Path,
        households: Sequence[str],
        as_of_date: date,
        progress: Progress,
    ) -> Mapping[str, Explanation]:
        why = self.households.set_index("household_id")["reason"]
        return {
            household: Explanation(
                reasons=(
                    Reason(
                        text=PHRASES[why[household]],
                        feature=why[household],
                        group=GROUPS[why[household]],
                        dated=date(2026, 2, 20),
                        is_event=True,
                    ),
                ),
                uncertainty="近期收入不明",
            )
            for household in households
        }


class TickingClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, start: datetime = TWO_O_CLOCK) -> None:
        self.time = start.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, step: timedelta) -> None:
        self.time += step


def run(
    home: Path,
    *,
    upstream: Village | None = None,
    as_of_date: date = NIGHT,
    clock: TickingClock | None = None,
    targets: Sequence[Target] = (),
    lists: ListPolicy | None = None,
    steps: tuple[Step, ...] = STEPS,
    store: Store | None = None,
) -> Done | AlreadyRunning:
    """Run one night of the village."""
    start = datetime(as_of_date.year, as_of_date.month, as_of_date.day, 2, tzinfo=ZONE)
    opened = store or open_store(home)
    try:
        return run_night(
            home=home,
            as_of_date=as_of_date,
            store=opened,
            upstream=upstream or Village(),
            policy=lists or policy(),
            targets=targets,
            zone=ZONE,
            clock=clock or TickingClock(start),
            progress=lambda _: None,
            steps=steps,
        )
    finally:
        if store is None:
            opened.close()


def published_files(home: Path, as_of_date: date = NIGHT) -> dict[str, bytes]:
    """Return every published file of a date by relative name; empty if there is none."""
    folder = home / "lists" / as_of_date.isoformat()
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
