"""From a trained folder to the champion, through the gate and into the record."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from experiments.cli import main
from experiments.command_line import named_config
from experiments.promotion.looked_for_leaks import NotOfThisExperiment, keep_leaks, learned_by
from experiments.promotion.nights import NightUnreadable, contract_nights
from experiments.promotion.promoting import NoSuchModel, Outcome, consider, find_artefact
from experiments.promotion.rehearsal import golden_again
from models.artefact import Artefact
from models.gate.decision import Verdict, Waiver
from models.gate.decisions import DecisionsDamaged, append, records
from models.gate.evidence import Evidence, GoldenSet, LabelHygiene
from models.gate.kept import EvidenceUnreadable, keep, kept_evidence
from models.leaks.findings import KNOWS_TOO_MUCH, Finding, LeakReport
from models.promoted import champion, history, promote
from models.resampling import Interval
from tests.models.gate.gathered import AT_THE_BAR
from tests.models.made_up import households

Write = Callable[..., Artefact]

EVENING = datetime.fromisoformat("2026-07-01T21:30")
LAST_NIGHT = date(2026, 6, 30)
CONFIG = named_config("district")
FEED = {"feed": "residents", "refused": [], "degraded": [], "late": False}


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is run in a child process: those have tests of their own and take seconds."""
    same = GoldenSet(reload=0.0, other_process=0.0)
    monkeypatch.setattr("models.promoted.check_in_child", lambda *_, **__: None)
    monkeypatch.setattr("experiments.promotion.promoting.golden_again", lambda _: same)

    def scored(artefact: Artefact, *, matrix: Path, **_: object) -> pd.DataFrame:
        rows = pd.read_parquet(matrix)
        return rows[["household_id"]].assign(log_odds=artefact.model().log_odds(rows))

    monkeypatch.setattr("experiments.promotion.nights.score_in_child", scored)


@pytest.fixture
def artefact(tmp_path: Path, write_artefact: Write) -> Artefact:
    return write_artefact(tmp_path / "home" / "trained" / "run1", training={"number": 1})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def ask(home: Path, artefact: Artefact, **given: object) -> Outcome:
    return consider(home, artefact, config=CONFIG, at=EVENING, by="Chen Lan", **given)  # type: ignore[arg-type]


def publish_nights(home: Path, nights: int, **feed: object) -> None:
    """Lists of the latest nights, the newest with what is said of its feed; the same matrix each night."""
    rows = households(300, seed=5).assign(benefit_is_covered=False)
    for back in range(nights):
        day = LAST_NIGHT - timedelta(days=back)
        folder = home / "lists" / day.isoformat()
        folder.mkdir(parents=True)
        told = FEED | (feed if not back else {})
        (folder / "manifest.json").write_text(json.dumps({"inputs": {"feeds": [told]}}))
        (home / "matrices").mkdir(exist_ok=True)
        rows.to_parquet(home / "matrices" / f"{day}.parquet")


@pytest.mark.usefixtures("in_process")
class TestTheFirstChampion:
    def test_it_is_promoted_provisionally_and_the_record_says_what_nobody_could_tell(
        self, home: Path, artefact: Artefact
    ) -> None:
        outcome = ask(home, artefact)

        assert outcome.is_provisional
        assert outcome.decision.verdict is Verdict.NOT_YET
        assert champion(home).artefact_id == artefact.artefact_id
        assert history(home)[0].reason.startswith("cold start, provisionally: NOT YET (cannot tell")
        (record,) = records(home)
        assert record.kind == "provisional"
        answers = {one["name"]: one["answer"] for one in record.details["conditions"]}  # type: ignore[attr-defined]
        assert answers["golden_set"] == "holds"
        assert answers["prospective"] == "cannot tell"

    def test_what_fails_is_not_promoted_even_as_the_first(
        self, home: Path, artefact: Artefact
    ) -> None:
        dirty = LabelHygiene(negatives=10, unreachable=1, refused=0, moved=0)

        outcome = ask(home, artefact, found=Evidence(label_hygiene=dirty))

        assert not outcome.is_promoted
        assert history(home) == ()
        assert records(home)[0].said.startswith("REJECT (fails: label_hygiene")

    @pytest.mark.parametrize(("origin", "kind"), [
        ("simulated district", "provisional"), ("real households", "refusal"),
    ])  # fmt: skip
    def test_a_failing_table_of_groups_stops_the_first_where_there_are_people(
        self, home: Path, artefact: Artefact, origin: str, kind: str
    ) -> None:
        apart = tuple(
            replace(one, missed=299 if one.group == "one" else 1) for one in AT_THE_BAR.groups or ()
        )
        config = CONFIG.model_copy(update={"origin": origin})

        outcome = consider(
            home, artefact, config=config, found=Evidence(groups=apart), at=EVENING, by="Chen Lan"
        )

        assert outcome.record.kind == kind
        assert "REJECT (fails: groups" in outcome.record.said

    def test_after_a_night_on_rules_the_first_model_is_no_cold_start(
        self, home: Path, artefact: Artefact
    ) -> None:
        publish_nights(home, 1)

        assert ask(home, artefact).record.kind == "refusal"


@pytest.mark.usefixtures("in_process")
class TestTheSecond:
    @pytest.fixture
    def second(self, home: Path, artefact: Artefact, write_artefact: Write) -> Artefact:
        """A candidate in a home that has a champion."""
        ask(home, artefact)
        return write_artefact(home / "trained" / "run2", training={"number": 2})

    def test_without_evidence_the_champion_stays(
        self, home: Path, artefact: Artefact, second: Artefact
    ) -> None:
        outcome = ask(home, second)

        assert outcome.record.kind == "refusal"
        assert champion(home).artefact_id == artefact.artefact_id
        assert [one.kind for one in records(home)] == ["provisional", "refusal"]

    def test_with_everything_known_and_fourteen_nights_it_is_promoted(
        self, home: Path, second: Artefact
    ) -> None:
        publish_nights(home, 14)
        keep(home, second.artefact_id, AT_THE_BAR)

        outcome = ask(home, second)

        assert outcome.record.kind == "promotion", outcome.decision.sentence
        assert champion(home).artefact_id == second.artefact_id
        assert history(home)[-1].reason == "PROMOTE"
        checks = {check.name: check for one in outcome.decision.conditions for check in one.checks}
        assert checks["churn"].figure == 0
        assert checks["overlap"].figure == 1
        assert 0 < (checks["rollback"].figure or 0) < 60

    def test_thirteen_nights_are_not_enough_unless_somebody_answers_for_it(
        self, home: Path, second: Artefact
    ) -> None:
        publish_nights(home, 13)
        keep(home, second.artefact_id, AT_THE_BAR)
        assert ask(home, second).decision.verdict is Verdict.NOT_YET

        waivers = [
            Waiver(condition=name, by="Chen Lan", reason="the pilot ends on Friday")
            for name in ("data_contract", "shadow")
        ]
        outcome = ask(home, second, waivers=waivers)

        assert outcome.record.kind == "promotion"
        kept = records(home)[-1].details["waivers"]
        assert kept == [
            {"condition": one.condition, "by": "Chen Lan", "reason": "the pilot ends on Friday"}
            for one in waivers
        ]

    def test_going_back_is_one_command(
        self, home: Path, artefact: Artefact, second: Artefact, capsys: pytest.CaptureFixture[str]
    ) -> None:
        publish_nights(home, 14)
        keep(home, second.artefact_id, AT_THE_BAR)
        ask(home, second)

        asked = ["rollback", "--home", str(home), "--reason", "list looked wrong", "--by", "Li Wei"]
        assert main(asked) == 0
        assert champion(home).artefact_id == artefact.artefact_id
        assert records(home)[-1].kind == "rollback"
        assert records(home)[-1].said == "list looked wrong"
        assert main(asked) == 2
        assert "remembers 1 champion(s)" in capsys.readouterr().err.replace("\n", " ")

        assert main(["promote", "--home", str(home), "--show"]) == 0
        shown = capsys.readouterr().out
        assert "by Li Wei: list looked wrong" in shown
        assert f"Champion: {artefact.artefact_id[:12]}" in shown


def test_golden_rows_are_the_same_bits_in_another_process(artefact: Artefact) -> None:
    assert golden_again(artefact) == GoldenSet(reload=0.0, other_process=0.0)


def test_a_model_that_cannot_be_read_leaves_the_golden_set_unknown(artefact: Artefact) -> None:
    (artefact.folder / "golden.json").write_text("{}")

    assert golden_again(artefact) == GoldenSet(reload=None, other_process=None)


class TestNights:
    def test_only_the_nights_since_the_first_list_count(self, home: Path) -> None:
        assert contract_nights(home, most=14) is None
        publish_nights(home, 3)
        found = contract_nights(home, most=14)
        assert found is not None
        assert (found.nights, found.green) == (3, 3)

    @pytest.mark.parametrize("wrong", [{"refused": ["x"]}, {"degraded": ["x"]}, {"late": True}])
    def test_a_broken_feed_makes_a_night_red(self, home: Path, wrong: dict[str, object]) -> None:
        publish_nights(home, 3, **wrong)
        found = contract_nights(home, most=14)
        assert found is not None
        assert (found.nights, found.green) == (3, 2)

    def test_a_night_without_lists_between_others_is_red(self, home: Path) -> None:
        publish_nights(home, 3)
        gone = home / "lists" / (LAST_NIGHT - timedelta(days=1)).isoformat()
        (gone / "manifest.json").unlink()
        found = contract_nights(home, most=14)
        assert found is not None
        assert (found.nights, found.green) == (3, 2)

    def test_a_damaged_manifest_is_said_to_be_one(self, home: Path) -> None:
        publish_nights(home, 1)
        (home / "lists" / LAST_NIGHT.isoformat() / "manifest.json").write_text("{}")
        with pytest.raises(NightUnreadable, match="does not tell the feeds"):
            contract_nights(home, most=14)


class TestTheRecord:
    @pytest.fixture
    def path(self, home: Path) -> Path:
        for number in range(3):
            append(
                home, "rollback", at=EVENING, by="Li Wei", artefact_id="ab", said=f"{number}",
                details={"seconds": float("nan")},
            )  # fmt: skip
        return home / "models" / "decisions.jsonl"

    def test_lines_follow_from_each_other(self, home: Path, path: Path) -> None:
        found = records(home)
        assert [one.said for one in found] == ["0", "1", "2"]
        assert found[2].previous == found[1].sha256
        assert found[0].details == {"seconds": None}

    @pytest.mark.parametrize(
        ("number", "change"),
        [
            (2, lambda lines: [lines[0], lines[1].replace(b"Li Wei", b"Li Mei"), lines[2]]),
            (2, lambda lines: [lines[0], lines[2]]),
            (1, lambda lines: lines[1:]),
            (3, lambda lines: [lines[0], lines[1], lines[2][:-9]]),
        ],
    )
    def test_a_changed_line_is_seen(
        self,
        home: Path,
        path: Path,
        number: int,
        change: Callable[[list[bytes]], list[bytes]],
    ) -> None:
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))

        with pytest.raises(DecisionsDamaged, match=f"line {number}"):
            records(home)
        with pytest.raises(DecisionsDamaged):
            append(home, "rollback", at=EVENING, by="x", artefact_id="ab", said="", details={})


class TestLeaksLookedFor:
    """What the leak alarm says of the rows an experiment learns from is about the models it trained, and no others."""

    HONEST = LeakReport(
        findings=(), alone={}, losses={}, model=Interval(0.7, 0.6, 0.8), ceiling=0.91, rows=900,
        positives=90,
    )  # fmt: skip
    ALARM = Finding(
        kind=KNOWS_TOO_MUCH, column="amount", measure="ROC-AUC alone",
        strength=Interval(0.95, 0.94, 0.96), sentence="alone it orders the label",
    )  # fmt: skip

    @pytest.fixture
    def trained(self, home: Path, write_artefact: Write) -> Artefact:
        return write_artefact(
            home / "trained" / "own",
            training={"identity": CONFIG.identity, "experiment": "district"},
        )

    @pytest.mark.usefixtures("in_process")
    def test_an_alarm_stops_a_promotion_and_silence_does_not(
        self, home: Path, trained: Artefact
    ) -> None:
        found = learned_by(home, "own", CONFIG)
        assert found == trained.artefact_id
        keep_leaks(home, found, replace(self.HONEST, findings=(self.ALARM,)))
        outcome = ask(home, trained, found=replace(AT_THE_BAR, leaks=None))
        assert "fails: leaks" in outcome.decision.sentence
        (alarm,) = next(one for one in outcome.decision.conditions if one.name == "leaks").checks
        assert "knows too much: amount, alone it orders the label" in alarm.reason

        keep_leaks(home, found, self.HONEST)
        outcome = ask(home, trained, found=replace(AT_THE_BAR, leaks=None))
        assert "leaks" not in outcome.decision.sentence

    def test_a_model_of_another_experiment_is_refused(
        self, home: Path, trained: Artefact, artefact: Artefact
    ) -> None:
        with pytest.raises(NotOfThisExperiment, match="name the experiment it comes from"):
            learned_by(home, "run1", CONFIG)
        changed = CONFIG.model_copy(update={"seed": CONFIG.seed + 1})
        with pytest.raises(NotOfThisExperiment):
            learned_by(home, "own", changed)


class TestKeptEvidence:
    def test_parts_measured_apart_come_together(self, home: Path) -> None:
        assert kept_evidence(home, "ab") == Evidence()
        keep(home, "ab", replace(AT_THE_BAR, without_department=None))
        keep(home, "ab", Evidence(without_department={"medical": 0.2}))
        keep(home, "ab", Evidence(proxies={"hukou": 0.5}))

        assert kept_evidence(home, "ab") == replace(
            AT_THE_BAR, without_department={"medical": 0.2}, proxies={"hukou": 0.5}
        )

    def test_a_file_changed_by_hand_is_refused(self, home: Path) -> None:
        keep(home, "ab", AT_THE_BAR)
        path = home / "trained" / "evidence" / "ab.json"
        path.write_text(path.read_text().replace('"nights": 14', '"nights": "many"'))
        with pytest.raises(EvidenceUnreadable, match="measure again"):
            kept_evidence(home, "ab")


def test_a_model_is_named_by_folder_run_or_id(home: Path, artefact: Artefact) -> None:
    for name in (str(artefact.folder), "run1", artefact.artefact_id[:8]):
        assert find_artefact(home, name).artefact_id == artefact.artefact_id
    with pytest.raises(NoSuchModel, match="means 0 models"):
        find_artefact(home, "zzz")
    with pytest.raises(NoSuchModel, match="no model is promoted"):
        find_artefact(home, "champion")
    promote(home, artefact.folder, at=EVENING, by="t", reason="first")
    assert find_artefact(home, "champion").artefact_id == artefact.artefact_id
