"""Every string of the pages is in the catalogue, in every language, and is used."""

import re
from pathlib import Path

import serving.pages
from serving.access.sign_on import Failure
from serving.cases import Asked, CloseReason, Decision, Ground, MoveReason, ladder
from serving.cases.findings import Finding, Need
from serving.pages.health_page import FeedState
from serving.pages.my_list import Kind
from serving.pages.recording_routes import Tried
from serving.pages.words import languages, words_of
from serving.store.tables.cases import CaseEventKind, CaseState, ClockClass, ObjectionState
from serving.store.tables.night import RunState
from serving.supervision.coverage import Coverage
from serving.supervision.figures import Result

FOLDER = Path(serving.pages.__file__).parent
MADE_UP = ("finding.", "need.", "told.", "state.", "level.", "task.", "kind.", "lane.", "band.", "objection.",
           "source.", "table.", "clock.", "why.", "trigger.", "days.",
           "condition.")  # fmt: skip
"""Beginnings of keys that templates put together with a code."""


def test_every_language_says_everything() -> None:
    keys = [set(words_of(language).strings) for language in languages()]

    assert keys[0] == keys[1]
    assert all(
        text.strip() for language in languages() for text in words_of(language).strings.values()
    )


def test_every_string_a_template_asks_for_is_there_and_none_is_left_over() -> None:
    told = "".join(path.read_text("utf-8") for path in (FOLDER / "templates").glob("*.html"))
    asked = set(re.findall(r'\bt\("([a-z_.]+)"[,)]', told))
    asked |= set(re.findall(r"\bt\('([a-z_.]+)'[,)]", told))
    begun = set(re.findall(r"""\bt\(["']([a-z_.]+\.)["'] ~""", told))
    chosen = {"list.type.plain", "list.type.big", "list.unsent", "list.refused", "list.gone"}
    known = set(words_of("zh").strings)

    assert asked <= known
    left_over = {key for key in known - asked - chosen if not key.startswith((*MADE_UP, *begun))}
    assert left_over == set()


def test_every_code_that_is_kept_has_a_word() -> None:
    known = words_of("zh").strings

    assert {f"finding.{one.value}" for one in Finding} <= known.keys()
    assert {f"need.{one.value}" for one in Need} <= known.keys()
    assert {f"state.{one.value}" for one in CaseState} <= known.keys()
    assert {f"tried.{one.value}" for one in Tried} <= known.keys()
    assert {f"recorded.{one.value}" for one in Kind} <= known.keys()
    assert {f"ground.{one.value}" for one in Ground} <= known.keys()
    assert {f"channel.{one.value}" for one in ladder.Channel} <= known.keys()
    assert {f"result.{one.value}" for one in ladder.Result} <= known.keys()
    assert {f"decision.{one.value}" for one in Decision} <= known.keys()
    assert {f"objection.{one.value}" for one in ObjectionState} <= known.keys()
    assert {
        f"reason.{one.value}" for kind in (CloseReason, MoveReason, Asked) for one in kind
    } <= known.keys()
    assert {f"sign_in.{one.value}" for one in Failure} <= known.keys()
    assert {f"kind.{one.value}" for one in CaseEventKind} <= known.keys()
    assert {f"clock.{one.value}" for one in ClockClass} <= known.keys()
    assert {f"run.{one.value}" for one in RunState} <= known.keys()
    assert {f"map.{one.value}" for one in Coverage} <= known.keys()
    assert {f"figures.{one.value}" for one in Result} <= known.keys()
    assert {f"health.{one.value}" for one in FeedState} <= known.keys()
