"""The list for a cold wave: who is on it and why, in which order, cut to capacity, recorded, never a score."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
import yaml
from rich.console import Console
from sqlalchemy import select

from features.district import DISTRICT
from features.registry import Feature, FeatureGroup
from models.rules.events import SEVERITIES, Event, EventError, load_events
from serving.cases.journal import damaged
from serving.cases.policy import CaseRules, Dispatch, Span, rules_of
from serving.events.cases import open_event_cases
from serving.events.exports import record, to_csv, to_html
from serving.events.lists import EventList, Night, draw_event_list, last_night
from serving.refusals import ExitCode, Refusal
from serving.store import Store, open_store
from serving.store.schema import CASES, EVENT_DECISIONS, EVENT_LISTS, ClockClass
from serving.upstream.protocol import Progress
from tests.serving.made_cases import STRICT
from tests.serving.village import NIGHT, TWO_O_CLOCK, ZONE, Village, policy, run
from tests.tables import table

MATRIX = """
    household_id | area_id | as_of_date | power_is_cut | alone_80 | aged_80 | grade | seizures | power_cut_on
    -------------+---------+------------+--------------+----------+---------+-------+----------+-------------
    cut_off      | g1      | 2026-03-09 | true         | false    | ?       | 1     | 0        | 2026-02-11
    cut_and_old  | g1      | 2026-03-09 | true         | true     | 1       | ?     | 0        | 2026-01-05
    old_alone    | g1      | 2026-03-09 | false        | true     | 1       | ?     | 0        | ?
    house_c      | g1      | 2026-03-09 | false        | false    | 0       | 3     | 0        | ?
    one_old      | g1      | 2026-03-09 | false        | false    | 1       | 2     | 3        | ?
    nobody_knows | g1      | 2026-03-09 | ?            | ?        | ?       | ?     | ?        | ?
    well         | g1      | 2026-03-09 | false        | false    | 0       | 1     | 0        | ?
    far_off      | g2      | 2026-03-09 | true         | false    | 0       | 1     | 0        | 2026-03-01
    """

GROUP = FeatureGroup(
    name="home", title="Home", sensitivity="S3", sources=("residents",), evidence=("power_cut_on",),
    features=(
        Feature(name="power_is_cut", unit="yes/no", missing="unknown", dtype="boolean",
                description="Cut.", phrase="停电", dated_by="power_cut_on"),
        Feature(name="alone_80", unit="yes/no", missing="unknown", dtype="boolean",
                description="Alone.", phrase="独居"),
        Feature(name="aged_80", unit="members", missing="unknown", description="Old.", phrase="老"),
        Feature(name="grade", unit="grade", missing="unknown", dtype="integer",
                description="Grade.", phrase="级"),
        Feature(name="seizures", unit="visits", missing="unknown", description="A diagnosis."),
        Feature(name="sex", unit="class", missing="unknown", dtype="category",
                description="Sex.", purpose="report_groups", phrase="性别"),
    ),
    build=lambda view: view.spine,
)  # fmt: skip

COLD = {
    "title": "寒潮关怀走访",
    "for_whom": "怕冷的家庭",
    "meant_for": ["street_officer", "grid_worker"],
    "source": "tests",
    "watch_reasons_needed": 2,
    "reasons": [
        {"id": "cut_off", "severity": "urgent", "text": "停电未恢复", "unknown": "有没有停电",
         "all": [{"feature": "power_is_cut", "equals": True}]},
        {"id": "alone", "severity": "urgent", "text": "八十岁以上老人独居", "unknown": "谁住在家里",
         "covers": ["aged"],
         "all": [{"feature": "alone_80", "equals": True}, {"feature": "aged_80", "at_least": 1}]},
        {"id": "house", "severity": "serious", "text": "房屋为{value}级", "unknown": "房屋是否安全",
         "all": [{"feature": "grade", "at_least": 3}]},
        {"id": "aged", "severity": "watch", "text": "有{value}位老人",
         "all": [{"feature": "aged_80", "at_least": 1}]},
    ],
    "ask": ["屋里暖和吗？"],
}  # fmt: skip


@dataclass
class ColdVillage(Village):
    """The village with another matrix: nothing of who is on its nightly list matters here."""

    rows: pd.DataFrame = field(default_factory=lambda: table(MATRIX))

    def build(self, *, as_of_date: date, out: Path, progress: Progress) -> int:
        nightly = self.households.drop(columns=["score", "probability", "band", "reason"])
        nightly = nightly.rename(columns={"power_is_cut": "nightly_cut"})
        nightly["power_is_cut"] = nightly["nightly_cut"]
        out.parent.mkdir(parents=True, exist_ok=True)
        pd.concat([nightly, self.rows], ignore_index=True).to_parquet(out)
        self.households = pd.concat(
            [
                self.households,
                self.rows[["household_id", "area_id"]].assign(
                    score=-9.0, probability=0.01, band="yellow", reason="unpaid"
                ),
            ],
            ignore_index=True,
        )
        return len(self.households)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = open_store(home)
    village = ColdVillage()
    # Only the rows of the drawing are on the ground these tests look at.
    village.households = village.households[village.households["area_id"] == "g3"]
    run(home, store=opened, upstream=village)
    yield opened
    opened.close()


def event(**changes: object) -> Event:
    return Event.model_validate(COLD | changes)


def drawn(store: Store, home: Path, *, on: Event | None = None, **given: object) -> EventList:
    asked = {"grids": ["g1"], "limit": None, "notices": ["数据截至 2026-03-08"], **given}
    night = last_night(store, home=home, as_of_date=None)
    return draw_event_list(night, "cold", on or event(), [GROUP], **asked)


def entries(made: EventList, grid: int = 0) -> list[dict]:
    return made.content["grids"][grid]["entries"]


def test_more_of_what_is_graver_comes_first_and_watch_alone_is_not_enough(
    store: Store, home: Path
) -> None:
    listed = [entry["household_id"] for entry in entries(drawn(store, home))]

    assert listed == ["cut_and_old", "cut_off", "old_alone", "house_c"]


def test_two_watch_reasons_list_a_household_where_one_is_asked_for(
    store: Store, home: Path
) -> None:
    listed = entries(drawn(store, home, on=event(watch_reasons_needed=1), limit=9))

    assert [entry["household_id"] for entry in listed][-1] == "one_old"


def test_reasons_are_dated_sentences_and_what_says_the_same_is_said_once(
    store: Store, home: Path
) -> None:
    first, *_ = entries(drawn(store, home))

    assert [(one["text"], one["when"]) for one in first["reasons"]] == [
        ("停电未恢复", "2026-01-05"),
        ("八十岁以上老人独居", "截至2026-03-08所知"),
    ]
    assert first["address_id"] == "a-cut_and_old"


def test_unknown_is_said_as_unknown_and_never_counts_as_no(store: Store, home: Path) -> None:
    made = drawn(store, home)

    by_name = {entry["household_id"]: entry for entry in entries(made)}
    assert by_name["cut_and_old"]["unknown"] == ["房屋是否安全"]
    # Not alone settles it, however unknown the ages are.
    assert by_name["cut_off"]["unknown"] == []
    [counts] = made.counts
    assert (counts.listed, counts.undecided, counts.considered) == (4, 1, 7)
    page = to_html(made, policy=policy()).decode()
    assert "另有 1 户因缺少数据无法判断" in page
    assert "尚不清楚：房屋是否安全" in page


def test_a_list_is_cut_to_the_capacity_of_its_roles_and_says_so(store: Store, home: Path) -> None:
    whole = drawn(store, home)
    officers = drawn(store, home, on=event(meant_for=["street_officer"]))
    nobody = drawn(store, home, on=event(meant_for=["volunteer"]))
    limited = drawn(store, home, limit=2)

    assert whole.counts[0].capacity == 1 + 3
    assert [len(entries(one)) for one in (whole, officers, nobody, limited)] == [4, 1, 0, 2]
    assert officers.counts[0].truncated == 3
    assert "另有 3 户也符合条件" in to_html(officers, policy=policy()).decode()
    # The gravest stay.
    assert [one["household_id"] for one in entries(officers)] == ["cut_and_old"]


def test_grids_are_apart_and_an_unknown_one_is_refused(store: Store, home: Path) -> None:
    both = drawn(store, home, grids=["g2", "g1"])

    assert [part["grid_id"] for part in both.content["grids"]] == ["g1", "g2"]
    assert [one["household_id"] for one in entries(both, 1)] == ["far_off"]
    assert len(drawn(store, home, grids=None).counts) == 3
    with pytest.raises(Refusal, match=r"no grid 'g11' on 2026-03-09; did you mean 'g1'"):
        drawn(store, home, grids=["g11"])


def test_neither_page_nor_file_shows_a_score_a_rank_or_a_diagnosis(
    store: Store, home: Path
) -> None:
    made = drawn(store, home)

    page = to_html(made, policy=policy()).decode().partition("</style>")[2]
    for text in (page, to_csv(made).decode("utf-8-sig")):
        assert "old_alone" in text
        for word in ("score", "序号", "级别", "seizures", "0.01", "rank", "urgent_", "serious"):
            assert word not in text
    assert {key for entry in entries(made) for key in entry} == {
        "household_id", "address_id", "reasons", "unknown",
    }  # fmt: skip


def test_the_same_list_is_one_record_with_the_same_bytes(store: Store, home: Path) -> None:
    folders = [_recorded(store, home) for _ in range(2)]

    assert folders[0] == folders[1]
    manifest = json.loads((folders[0] / "manifest.json").read_text())
    assert manifest["listed"] == 4
    assert sorted(manifest["files"]) == ["list.csv", "list.html"]
    with store.read() as connection:
        [stored] = connection.execute(select(EVENT_LISTS)).all()
        decided = connection.execute(select(EVENT_DECISIONS)).all()
    assert (stored.event, stored.as_of_date) == ("cold", NIGHT)
    assert {(one.household_id, one.decision, one.reasons) for one in decided} == {
        ("cut_and_old", "listed", "cut_off;alone"),
        ("cut_off", "listed", "cut_off"),
        ("old_alone", "listed", "alone"),
        ("house_c", "listed", "house"),
    }


def _recorded(store: Store, home: Path) -> Path:
    night: Night = last_night(store, home=home, as_of_date=None)
    made = drawn(store, home)
    files = {"list.html": to_html(made, policy=policy()), "list.csv": to_csv(made)}
    return record(
        store, night, made, files, home=home, event_sha256=event().sha256, now=TWO_O_CLOCK
    )


RULES = rules_of(
    STRICT.model_copy(
        update={
            "events": Dispatch(role="grid_worker", clock=ClockClass.URGENT, within=Span(hours=48))
        }
    ),
    zone=ZONE.key,
)


def _opened(store: Store, made: EventList, rules: CaseRules = RULES) -> tuple[int, int]:
    with store.write() as work:
        return open_event_cases(
            work, list_id=made.list_id, rules=rules, now=TWO_O_CLOCK, today=NIGHT
        )


def test_a_list_opens_or_joins_one_case_for_each_household_listed_and_only_once(
    store: Store, home: Path
) -> None:
    _recorded(store, home)
    made = drawn(store, home, limit=3)
    night = last_night(store, home=home, as_of_date=None)
    record(store, night, made, {}, home=home, event_sha256=event().sha256, now=TWO_O_CLOCK)
    first, again, wider = (
        _opened(store, made),
        _opened(store, made),
        _opened(store, drawn(store, home)),
    )

    # The night has listed two of them: their cases are joined.
    assert (first, again, wider) == ((1, 2), (0, 0), (1, 3))
    on_it = {"cut_and_old", "cut_off", "old_alone", "house_c"}
    with store.read() as read:
        cases = read.execute(select(CASES)).mappings().all()
        listed = [case for case in cases if case["household_id"] in on_it]
        assert damaged(read) == []
    assert {(case["clock"], case["due_at"]) for case in listed} == {
        ("urgent", (TWO_O_CLOCK + timedelta(hours=48)).astimezone(UTC))
    }
    assert len(listed) == 4


def test_a_policy_without_a_clock_for_events_opens_none(store: Store, home: Path) -> None:
    _recorded(store, home)
    silent = rules_of(STRICT, zone=ZONE.key)

    with pytest.raises(Refusal, match="cases: events"):
        _opened(store, drawn(store, home), rules=silent)


def test_who_was_cut_off_is_recorded_too(store: Store, home: Path) -> None:
    made = drawn(store, home, limit=1)

    assert [one.decision for one in made.decisions] == ["listed", *["truncated"] * 3]
    assert made.list_id != drawn(store, home).list_id


def test_only_a_published_night_with_its_own_matrix_is_drawn_from(store: Store, home: Path) -> None:
    with pytest.raises(Refusal, match="no night is published for 2026-03-08"):
        last_night(store, home=home, as_of_date=date(2026, 3, 8))
    matrix = home / "matrices" / f"{NIGHT}.parquet"
    pd.read_parquet(matrix).iloc[1:].to_parquet(matrix)
    with pytest.raises(Refusal, match="not the one that was published") as refused:
        last_night(store, home=home, as_of_date=NIGHT)
    assert refused.value.code is ExitCode.LISTS_DAMAGED
    matrix.unlink()
    with pytest.raises(Refusal, match="is gone"):
        last_night(store, home=home, as_of_date=NIGHT)


def condition(**given: object) -> dict[str, object]:
    return {**COLD, "reasons": [{"id": "x", "severity": "watch", "text": "x", "all": [given]}]}


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (condition(feature="power_is_cutt", equals=True), r"did you mean 'power_is_cut'\?"),
        (condition(feature="sex", equals="f"), "sex of group home is declared for report_groups"),
        (condition(feature="seizures", at_least=1), "seizures has no words for a visitor"),
        (condition(feature="power_cut_on", at_least=1), "is evidence"),
        (condition(feature="power_is_cut", at_least=1), "is a boolean: compare it by equals"),
        (condition(feature="grade", equals=True), "is a integer: compare it by at_least"),
        (condition(feature="grade"), "give at_least, at_most or equals"),
        (COLD | {"weights": {"cut_off": 3}}, "weights"),
    ],
)
def test_an_event_that_asks_for_what_it_may_not_have_is_refused(
    tmp_path: Path, written: dict[str, object], complaint: str
) -> None:
    path = tmp_path / "events.yaml"
    path.write_text(yaml.safe_dump({"cold": written}, allow_unicode=True), encoding="utf-8")

    with pytest.raises(EventError, match=complaint):
        load_events([GROUP], path)


def test_the_shipped_events_keep_the_declarations_of_the_district() -> None:
    events = load_events(DISTRICT.groups)

    assert set(events) == {"cold", "heat", "typhoon", "price"}
    for shipped in events.values():
        assert {reason.severity for reason in shipped.reasons} == set(SEVERITIES)
        assert any(reason.unknown for reason in shipped.reasons)
    named = set(events["cold"].features)
    assert named >= {
        "household_is_one_elder", "household_aged_80", "utility_is_cut_off",
        "power_use_change_90d", "housing_danger_grade", "disability_members", "household_under_3",
    }  # fmt: skip


def test_the_command_refuses_in_words(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving import cli

    said = StringIO()
    monkeypatch.setattr(cli, "Console", lambda **_: Console(file=said, width=200))
    environ = {"ZHAOREN_HOME": str(home)}

    assert cli.main(["who-needs", "--event", "cold"], environ) == ExitCode.NOT_FOUND
    assert cli.main(["who-needs", "--event", "snow"], environ) == ExitCode.WRONG_USAGE
    assert (
        cli.main(["who-needs", "--event", "cold", "--out", "list.docx"], environ)
        == ExitCode.WRONG_USAGE
    )
    assert "no night is published" in said.getvalue()
    assert "no event 'snow'; there are cold, heat, typhoon, price" in said.getvalue()
