"""The card: one file, two languages, everything on it that a reader must be told."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from experiments.cli import main
from experiments.model_card.drawing import calibration
from experiments.model_card.facts import NoFacts
from experiments.model_card.page import card
from experiments.model_card.signing import NobodySigned
from experiments.model_card.words import CATALOGUE, LANGUAGES, WordMissing, Words
from models.artefact import Artefact
from models.gate.answers import Answer
from models.gate.bars import load_bars
from models.gate.decision import conditions, decide
from models.gate.decisions import append, details_of, records
from models.gate.evidence import Evidence, GroupCounts
from models.gate.kept import keep, kept_evidence
from tests.models.gate.gathered import AT_THE_BAR, BARS

DAY = date(2026, 7, 1)
NOW = datetime.fromisoformat("2026-07-01T21:30")


def line(policy: str, precision: float) -> dict[str, object]:
    return {
        "policy": policy, "capacity": "1%", "precision": precision, "precision_low": precision - 0.02,
        "precision_high": precision + 0.02, "recall": 0.3, "lift": precision / 0.05, "roc_auc": 0.81,
    }  # fmt: skip


FACTS = {
    "experiment": "made_up",
    "title": "Unmet <need>",
    "origin": "simulated district",
    "outcome": "unmet_need_180d",
    "outcome_description": "found in need",
    "window_days": 180,
    "dates": {"training": ["2024-01-01"], "calibration": ["2024-02-01"], "test": ["2025-01-01"]},
    "rows": {"trained_on": 2000, "trained_positives": 150, "judged": 1000},
    "trained_sources": {"visit": 1500, "unseen": 500},
    "judged_sources": {"visit": 300, "unseen": 600, "unreached": 100},
    "unseen_weight": 0.3,
    "capacity": "1%",
    "answers": {
        "by_lot": {
            "rows": 1000, "labelled": 400, "positives": 20, "base_rate": 0.05,
            "lines": [line("model", 0.4), line("rule:office", 0.25), line("random", 0.05)],
            "all_capacities": [], "best_baseline": "rule:office",
            "reliability": [{"rows": 40, "predicted": 0.02, "observed": 0.03}, {"rows": 40, "predicted": 0.3, "observed": None}],
            "against_best": {
                "difference": {"value": 0.15, "low": -0.01, "high": 0.3},
                "ratio": {"value": 1.6, "low": 0.9, "high": None},
            },
        }
    },
    "gains": [{"feature": "spend_365d", "share": 0.4}],
    "departments": [{"department": "医保", "features": 3, "gain": 0.6}],
    "deployment": "made_up",
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def artefact(home: Path, write_artefact: Callable[..., Artefact]) -> Artefact:
    found = write_artefact(home / "trained" / "run1")
    (home / "trained" / "cards").mkdir()
    path = home / "trained" / "cards" / f"{found.artefact_id}.json"
    path.write_text(json.dumps(FACTS), "utf-8")
    return found


def both(home: Path, artefact: Artefact) -> str:
    return card(home, artefact, languages=LANGUAGES, as_of_date=DAY)


def test_a_card_stands_alone_and_says_the_same_in_both_languages(
    home: Path, artefact: Artefact
) -> None:
    page = both(home, artefact)

    assert not re.findall(r"(?:src|href|url)\s*[=(]", page)
    assert page.count('<section lang="zh-CN">') == page.count('<section lang="en">') == 1
    assert page.count("<svg") == 4
    for word in ("绝不用于停发", "Never to stop or cut", "模拟城区", "no evidence about people"):
        assert word in page
    assert page.count("40.0 % (38.0–42.0)") == 2
    assert page.count("+15.0 pp (-1.0 – +30.0)") == 2
    assert "区间包含零" in page
    assert "this may be chance" in page
    assert "Unmet &lt;need&gt;" in page
    assert artefact.artefact_id in page


def test_what_nobody_measured_is_said_to_be_unknown(home: Path, artefact: Artefact) -> None:
    page = both(home, artefact)

    assert "Nobody counted groups yet" in page
    assert "There are no visits by lot" in page
    assert "The gate was not asked yet" in page
    assert "nobody looked (unknown)" in page


def test_groups_calibration_and_the_decision_are_shown_once_known(
    home: Path, artefact: Artefact
) -> None:
    keep(home, artefact.artefact_id, AT_THE_BAR)
    decision = decide(Evidence(groups=AT_THE_BAR.groups), BARS)
    append(
        home, "refusal", at=NOW, by="Chen Lan", artefact_id=artefact.artefact_id,
        said=decision.sentence, details=details_of(decision),
    )  # fmt: skip

    page = both(home, artefact)

    assert "户籍: one" in page
    assert "hukou: one" in page
    assert "30% (25%–35%)" in page
    assert "2026-07-01T21:30:00，由 Chen Lan：未上线" in page
    assert "nobody gathered any shadow night" in page
    assert '<td class="holds">通过</td>' in page


def test_small_groups_cannot_be_told_and_tiny_counts_stay_hidden(
    home: Path, artefact: Artefact
) -> None:
    rows = tuple(
        GroupCounts(
            attribute="hukou", group=f"g{positives}", positives=positives, missed=3, negatives=500,
            bothered=50,
        )
        for positives in (9, 10, 95, 96)
    )  # fmt: skip
    keep(home, artefact.artefact_id, Evidence(groups=rows))

    page = card(home, artefact, languages=("en",), as_of_date=DAY)

    shown = {
        group: re.sub("<[^>]+>", " ", page.partition(f"hukou: {group}<")[2].partition("</tr>")[0])
        for group in ("g9", "g10", "g95", "g96")
    }
    assert "&lt;10" in shown["g9"]
    assert "&lt;10" not in shown["g10"]
    assert "cannot tell" in shown["g95"]
    assert "3% (1%–9%)" in shown["g96"]


def test_a_bin_without_an_answer_is_not_drawn_at_zero(home: Path, artefact: Artefact) -> None:
    bins = [
        {"predicted": 0.1, "observed": None},
        {"predicted": 0.2, "observed": 0.1},
    ]
    assert calibration(bins, predicted="p", observed="o").count("<circle") == 1


def test_a_single_language_is_one_section(home: Path, artefact: Artefact) -> None:
    page = card(home, artefact, languages=("zh",), as_of_date=DAY)

    assert '<html lang="zh-CN">' in page
    assert "Model card" not in page


def test_a_signed_card_is_kept_recorded_and_counts_at_the_gate(
    home: Path, artefact: Artefact, tmp_path: Path
) -> None:
    out, assessment = tmp_path / "card.html", tmp_path / "pia.txt"
    assessment.write_text("impact")
    asked = [
        *("card", "--home", str(home), "--model", "run1", "--out", str(out)),
        *("--sign-as", "Chen Lan", "--assessment", str(assessment)),
    ]
    assert main(asked) == 0

    digest = sha256(out.read_bytes()).hexdigest()
    papers = kept_evidence(home, artefact.artefact_id).papers
    assert papers is not None
    assert (papers.card_sha256, papers.signed_by) == (digest, "Chen Lan")
    assert papers.impact_assessment_sha256 == sha256(b"impact").hexdigest()
    assert (home / "trained" / "cards" / f"{digest}.html").read_bytes() == out.read_bytes()
    assert [one.kind for one in records(home)] == ["signature"]
    held = {
        check.name: check.answer
        for one in conditions(kept_evidence(home, artefact.artefact_id), BARS)
        for check in one.checks
    }
    assert held["card_signed"] is held["impact_assessment"] is Answer.HOLDS


def test_a_card_needs_facts_and_a_signature_a_name(
    home: Path, artefact: Artefact, tmp_path: Path
) -> None:
    (home / "trained" / "cards" / f"{artefact.artefact_id}.json").unlink()
    with pytest.raises(NoFacts, match="train it in this home"):
        both(home, artefact)

    from experiments.model_card.signing import sign

    with pytest.raises(NobodySigned):
        sign(home, artefact, "page", by=" ", at=NOW, assessment=None)


class TestTheCatalogue:
    TEXTS = yaml.safe_load(CATALOGUE.read_text("utf-8"))

    def test_every_sentence_is_there_in_both_languages(self) -> None:
        for key, texts in self.TEXTS.items():
            wanted = {"zh"} if key.startswith("why.") else {"zh", "en"}
            assert set(texts) == wanted, key
            assert all(texts.values()), key
            blanks = [sorted(re.findall(r"{(\w+)}", text)) for text in texts.values()]
            assert all(one == blanks[0] for one in blanks), key

    def test_every_bar_and_condition_has_words(self) -> None:
        for name in load_bars(as_of_date=DAY).described():
            assert f"bar.{name}" in self.TEXTS
            assert f"why.{name}" in self.TEXTS
        for one in conditions(AT_THE_BAR, BARS):
            assert f"condition.{one.name}" in self.TEXTS
            for check in one.checks:
                plain = check.name in ("single_source",) or " " not in check.name
                key = check.name if plain else check.name.rpartition(" ")[0]
                assert f"check.{key}" in self.TEXTS

    def test_a_missing_word_is_an_error(self) -> None:
        with pytest.raises(WordMissing, match="no 'nonsense' in zh"):
            Words("zh")("nonsense")
