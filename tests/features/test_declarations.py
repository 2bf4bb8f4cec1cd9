"""Declarations: what the registry refuses, what the district's features promise."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from features.catalogue import catalogue
from features.district import DISTRICT
from features.groups import contact_history
from features.policy import ParameterError, in_force_on, names, values_of
from features.registry import DeclarationError, Feature, FeatureGroup, find_groups
from tests.features.records import TODAY

ROOT = Path(__file__).parents[2]
PLAIN: dict[str, Any] = {
    "name": "visits_90d", "unit": "visits", "missing": "zero", "description": "Visits.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"name": "Visits90d"}, "lower_snake_case"),
        ({"unit": " "}, "unit is empty"),
        ({"description": ""}, "description is empty"),
        ({"purpose": "catch fraud"}, "purpose 'catch fraud'"),
        ({"dtype": "category", "monotone": 1}, "category cannot be monotone"),
    ],
)
def test_a_feature_says_what_it_must(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DeclarationError, match=complaint):
        Feature(**{**PLAIN, **change})


@pytest.mark.parametrize(
    ("name", "window"), [("visits_90d", 90), ("visits_365d", 365), ("visits", None)]
)
def test_the_window_is_read_from_the_name(name: str, window: int | None) -> None:
    assert Feature(**{**PLAIN, "name": name}).window_days == window


@pytest.mark.parametrize(
    ("features", "complaint"),
    [
        ([Feature(**PLAIN), Feature(**PLAIN)], r"declared twice: \['visits_90d'\]"),
        ([Feature(**PLAIN, sources=("bank",))], r"sources \['bank'\] are not among"),
        ([Feature(**PLAIN, dated_by="seen_on")], "dated_by 'seen_on' is not among"),
    ],
)
def test_a_group_holds_together(features: list[Feature], complaint: str) -> None:
    with pytest.raises(DeclarationError, match=complaint):
        FeatureGroup(
            name="g", title="G", sensitivity="S2", sources=("visits",), features=tuple(features),
            build=contact_history.build,
        )  # fmt: skip


def test_a_group_without_its_feeds_is_not_active() -> None:
    without_visits = [feed for feed in DISTRICT.contracts if feed != "visits"]

    active = {group.name for group in find_groups("features.groups", feeds=without_visits)}

    assert "contact_history" not in active
    assert {"medical_burden", "utilities", "benefits"} <= active


def test_one_column_has_one_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    thief = replace(contact_history.GROUP, name="thief")
    monkeypatch.setattr("features.groups.disability.GROUP", thief)
    with pytest.raises(DeclarationError, match="declared by groups"):
        find_groups("features.groups", feeds=DISTRICT.contracts)


def test_the_district_declares_what_others_rely_on() -> None:
    features = {feature.name: feature for feature in DISTRICT.features}

    assert DISTRICT.covered_by is not None
    assert features[DISTRICT.covered_by].dtype == "boolean"
    assert {feature.window_days for feature in features.values()} >= {30, 90, 365}


@pytest.mark.parametrize("feature", DISTRICT.features, ids=lambda feature: str(feature.name))
def test_words_for_visitors_are_plain_and_name_no_diagnosis(feature: Feature) -> None:
    for words in (feature.phrase, feature.phrase_unknown):
        assert words is None or re.search("[\u4e00-\u9fff]", words)
        assert words is None or not re.search("精神|智力|癌|肿瘤|艾滋|重大疾病|慢性病", words)
    braces = re.findall(r"{(.*?)}", feature.phrase or "")
    assert set(braces) <= {"value"}
    if feature.dtype in ("boolean", "category"):
        assert not braces, "there is no number to put there"


def test_the_page_of_features_is_up_to_date() -> None:
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")

    assert page == catalogue(DISTRICT), "run: python -m features.catalogue docs/features.md"


def test_a_parameter_holds_from_its_day(engine: Backend) -> None:
    first = values_of("severe_disability_grade")[0]
    days = [first.since, date(first.since.year - 1, 1, 1), TODAY]
    table = ibis.memtable({"day": days}, schema={"day": "date"})

    found = engine.to_pandas(
        table.select("day", grade=in_force_on("severe_disability_grade", table.day))
    ).set_index("day")["grade"]

    assert found[found.notna()].to_dict() == {
        pd.Timestamp("2011-05-01"): 2, pd.Timestamp("2024-07-01"): 2,
    }  # fmt: skip
    assert len(found) == 3


def test_every_parameter_has_a_source_and_an_unknown_one_is_named() -> None:
    assert all(entry.source for name in names() for entry in values_of(name))
    with pytest.raises(ParameterError, match="no parameter 'poverty_line'"):
        values_of("poverty_line")
