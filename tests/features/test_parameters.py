"""Dated, regional, sourced figures: what is refused, who decides, and that March stays as it was."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.history import definitions_digest
from features import parameters
from features.district import DISTRICT
from features.parameters import Decided, ParameterError
from features.parameters.page import page
from features.parameters.reading import read_region
from features.parameters.regimes import duty_histories, regimes
from features.parameters.shelf import SHIPPED, Shelf, shelf
from features.parameters.vocabulary import vocabulary
from features.policy import names, values_of

ROOT = Path(__file__).parents[2]
WUXI, BINHU = "cn.jiangsu.wuxi", "cn.jiangsu.wuxi.binhu"
SHENZHEN, LONGHUA = "cn.guangdong.shenzhen", "cn.guangdong.shenzhen.longhua"

ENTRY = (
    "from: 2024-04-01, value: 900, source: a page, checked: news, confidence: high, verified: false"
)


def a_region(folder: Path, *entries: str, region: str = "cn.here", name: str = "dibao.standard",
             unit: str | None = None) -> Path:  # fmt: skip
    """Write a region's file with the entries of one name."""
    unit = unit or vocabulary()[name].unit
    lines = "\n".join(f"      - {{{entry}}}" for entry in entries)
    file = folder / f"{region}.yaml"
    file.write_text(
        f"region: {region}\nname_zh: 此地\nparameters:\n  {name}:\n    unit: {unit}\n    values:\n{lines}\n",
        encoding="utf-8",
    )
    return file


def standard(region: str, day: date, own: Path | None = None) -> Decided:
    return parameters.at(region=region, as_of_date=day, own=own)["dibao.standard"]


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        pytest.param(ENTRY.replace("source: a page, ", ""), "line 7: source is missing", id="no source"),
        pytest.param(ENTRY.replace("a page", '" "'), "line 7: source is empty", id="empty source"),
        pytest.param(ENTRY.replace("from: 2024-04-01, ", ""), "line 7: from is missing", id="no first day"),
        pytest.param(ENTRY.replace("from: 2024-04-01", "from: 2024-04"), "is no day like 2024-07-01", id="a month"),
        pytest.param(ENTRY.replace("2024-04-01", "2024-04-01 08:00:00"), "is no day like", id="a time of day"),
        pytest.param(f"{ENTRY}, until: 2024-03-31", "until 2024-03-31 lies before from 2024-04-01", id="ends before it begins"),
        pytest.param(f"{ENTRY}, colour: red", "line 7: unknown key 'colour'", id="unknown key"),
        pytest.param(f"{ENTRY}, value: 901", "line 7: value stands here and in line 7", id="written twice"),
        pytest.param(ENTRY.replace("900", "-1"), "is no number from 0 on", id="below zero"),
        pytest.param(ENTRY.replace("900", "many"), "is no number from 0 on", id="no number"),
        pytest.param(ENTRY.replace("900", "yes"), "is no number from 0 on", id="yes is no number"),
        pytest.param(ENTRY.replace("checked: news", "checked: seen"), "checked 'seen'; there are official", id="unknown check"),
        pytest.param(ENTRY.replace("verified: false", "verified: true"), "was not read on an official page", id="verified from news"),
        pytest.param("from: 2024-04-01, value: null", "line 7: note is missing", id="gap without a reason"),
        pytest.param("from: 2024-04-01, value: null, note: why, verified: true", "was not read", id="verified gap"),
    ],
)  # fmt: skip
def test_an_entry_that_nobody_could_stand_by_is_refused(
    tmp_path: Path, entry: str, told: str
) -> None:
    file = a_region(tmp_path, entry)

    with pytest.raises(ParameterError) as refused:
        read_region(file)

    assert str(refused.value).startswith("cn.here.yaml")
    assert told in str(refused.value)


def test_an_official_value_may_be_verified(tmp_path: Path) -> None:
    entry = ENTRY.replace("checked: news", "checked: official").replace("false", "true")

    [read] = read_region(a_region(tmp_path, entry)).entries["dibao.standard"]

    assert read.verified


@pytest.mark.parametrize(
    ("first", "is_refused"),
    [("until: 2024-03-31, ", False), ("until: 2024-04-01, ", True), ("", False)],
)
def test_two_values_on_one_day_are_refused(tmp_path: Path, first: str, is_refused: bool) -> None:
    earlier = first + ENTRY.replace("2024-04-01", "2023-04-01")
    file = a_region(tmp_path, earlier, ENTRY)

    if not is_refused:
        assert len(read_region(file).entries["dibao.standard"]) == 2
        return
    with pytest.raises(ParameterError, match=r"line 8: the value from 2024-04-01 overlaps .* 2023"):
        read_region(file)


def test_two_values_from_the_same_day_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="overlaps"):
        read_region(a_region(tmp_path, ENTRY, ENTRY))


def test_a_unit_is_asked_for_and_never_converted(tmp_path: Path) -> None:
    file = a_region(tmp_path, ENTRY, unit="yuan per person and year")
    with pytest.raises(ParameterError, match=r"line 5: unit .* expected 'yuan per person and month'"):  # fmt: skip
        read_region(file)

    file.write_text(file.read_text("utf-8").replace("    unit: yuan per person and year\n", ""))
    with pytest.raises(ParameterError, match=r"dibao.standard, line 4: unit is missing"):
        read_region(file)


def test_an_undeclared_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    file = a_region(tmp_path, ENTRY)
    file.write_text(file.read_text("utf-8").replace("dibao.standard", "dibao.standart"))

    with pytest.raises(ParameterError, match=r"line 4: .*did you mean dibao.standard"):
        read_region(file)
    in_force = parameters.at(region="cn", as_of_date=date(2024, 7, 1))
    with pytest.raises(ParameterError, match=r"'edge.multipel'; did you mean edge.multiple\?"):
        in_force["edge.multipel"]
    assert "edge.multipel" not in in_force
    assert "edge.multiple" in in_force


def test_a_file_under_another_regions_name_is_refused(tmp_path: Path) -> None:
    file = a_region(tmp_path, ENTRY).rename(tmp_path / "cn.there.yaml")

    with pytest.raises(ParameterError, match=r"name the file cn.here.yaml"):
        read_region(file)


def test_a_broken_file_is_told_by_its_line(tmp_path: Path) -> None:
    file = a_region(tmp_path, ENTRY + ", note: one, two: three: four")

    with pytest.raises(ParameterError, match=r"cn.here.yaml, line 7: no YAML"):
        read_region(file)


def test_a_reference_must_lead_to_values(tmp_path: Path) -> None:
    file = a_region(tmp_path, ENTRY)
    head = file.read_text("utf-8").split("    values:")[0]
    file.write_text(head + "    same_as: {region: cn.jiangsu.wuxi, parameter: old_age.from_age}\n")
    with pytest.raises(ParameterError, match="it has no values there"):
        Shelf([file])

    file.write_text(head + "    same_as: {region: cn.jiangsu.wuxi, parameter: dibao.standard}\n")
    [*_, gap] = Shelf([file]).history("cn.here", "dibao.standard")

    assert gap.region == "cn.here"
    assert gap.value is None


def test_a_region_nobody_wrote_down_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match=r"'cn.jiangsu.wusi'; did you mean cn.jiangsu.wuxi\?"):
        standard("cn.jiangsu.wusi", date(2024, 7, 1))


# --- who decides -----------------------------------------------------------------------------------------


def test_the_nearest_level_decides_and_is_named() -> None:
    in_force = parameters.at(region=LONGHUA, as_of_date=date(2025, 7, 1))

    assert in_force["temporary.person_months_max"].region == LONGHUA
    assert in_force["dibao.standard"].region == SHENZHEN
    assert in_force["clock.dibao.total"].region == "cn"
    assert in_force["clock.dibao.total"].document == "民发〔2021〕57号"


def test_a_gap_of_the_city_beats_the_figure_of_the_province() -> None:
    in_force = parameters.at(region="cn.shaanxi.baoji", as_of_date=date(2025, 7, 1))
    above = parameters.at(region="cn.shaanxi", as_of_date=date(2025, 7, 1))

    assert above["disposable_income"].value == 33905
    assert in_force["disposable_income"].value is None
    assert in_force["disposable_income"].region == "cn.shaanxi.baoji"
    assert in_force["old_age.from_age"].value == 70


def test_a_name_no_level_has_says_that_no_document_was_found() -> None:
    found = parameters.at(region=BINHU, as_of_date=date(2024, 7, 1))["dibao.homes_max"]

    assert found.value is None
    assert (found.region, found.document, found.since) == ("", "", None)
    assert "no document was found" in found.note
    assert found.unit == "number"


def test_every_declared_name_is_answered_in_every_region() -> None:
    for region in shelf().regions:
        in_force = parameters.at(region=region, as_of_date=date(2026, 7, 1))
        assert set(in_force) == set(vocabulary())
        assert all(one.unit == vocabulary()[one.name].unit for one in in_force.values())


# --- days ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "day", "before", "after"),
    [
        (BINHU, date(2018, 7, 1), None, 900),
        (BINHU, date(2019, 7, 1), 900, 960),
        (BINHU, date(2020, 7, 1), 960, 1010),
        (BINHU, date(2021, 8, 18), 1010, 1060),
        (BINHU, date(2022, 7, 1), 1060, None),
        (BINHU, date(2023, 7, 1), None, 1095),
        (BINHU, date(2024, 7, 1), 1095, 1115),
        (BINHU, date(2025, 7, 1), 1115, 1167),
        (BINHU, date(2026, 7, 1), 1167, None),
        (LONGHUA, date(2018, 1, 1), None, 1070),
        (LONGHUA, date(2019, 1, 1), 1070, 1160),
        (LONGHUA, date(2020, 1, 1), 1160, 1250),
        (LONGHUA, date(2021, 1, 1), 1250, 1300),
        (LONGHUA, date(2022, 1, 1), 1300, 1365),
        (LONGHUA, date(2023, 1, 1), 1365, 1413),
        (LONGHUA, date(2024, 1, 1), 1413, 1483),
        (LONGHUA, date(2025, 1, 1), 1483, 1535),
        (LONGHUA, date(2026, 1, 1), 1535, None),
    ],
)
def test_a_standard_changes_on_its_day_and_not_the_day_before(
    region: str, day: date, before: float | None, after: float | None
) -> None:
    assert standard(region, day - timedelta(days=1)).value == before
    assert standard(region, day).value == after


def test_every_change_day_of_wuxi_and_shenzhen_stands_in_the_test_above() -> None:
    [marks] = [
        mark.args[1]
        for mark in test_a_standard_changes_on_its_day_and_not_the_day_before.pytestmark
    ]
    for region, city in ((BINHU, WUXI), (LONGHUA, SHENZHEN)):
        days = [one.since for one in shelf().history(city, "dibao.standard")]
        assert [mark[1] for mark in marks if mark[0] == region] == days


def test_without_a_next_value_an_end_hands_over_to_the_level_above() -> None:
    multiple = [
        parameters.at(region="cn.zhejiang.hangzhou", as_of_date=day)["edge.multiple"]
        for day in (date(2022, 12, 30), date(2022, 12, 31), date(2026, 6, 30), date(2026, 7, 1))
    ]

    assert [one.value for one in multiple] == [1.5, 2, 2, None]
    assert [one.region for one in multiple] == ["cn.zhejiang", *["cn.zhejiang.hangzhou"] * 2, "cn"]


DAYS = st.dates(date(2020, 1, 1), date(2029, 12, 31))


@settings(max_examples=60, deadline=None)
@given(day=DAYS, later=DAYS, asked=DAYS, value=st.one_of(st.none(), st.integers(0, 9999)))
def test_a_standard_raised_later_never_changes_an_earlier_day(
    tmp_path_factory: pytest.TempPathFactory,
    day: date,
    later: date,
    asked: date,
    value: int | None,
) -> None:
    day, later = sorted((day, later))
    if day == later:
        later += timedelta(days=1)
    if asked >= later:
        asked = later - timedelta(days=1)
    folder = tmp_path_factory.mktemp("regions")
    first = ENTRY.replace("2024-04-01", str(day))
    second = ENTRY.replace("2024-04-01", str(later)).replace("900", "null" if value is None else str(value))  # fmt: skip
    file = a_region(folder, first)
    before = Shelf([file])
    file = a_region(folder, first, second + ", note: later")
    after = Shelf([file])

    told = [
        parameters.in_force.deciding(one, region="cn.here", name="dibao.standard", day=asked)
        for one in (before, after)
    ]

    assert told[0] == told[1]
    assert (told[0].region == "cn.here") == (asked >= day)


def test_a_deployments_own_figure_stands_over_the_one_shipped(tmp_path: Path) -> None:
    a_region(tmp_path, ENTRY, region=WUXI)
    a_region(tmp_path, ENTRY.replace("900", "777"), region="cn.hubei.wuhan")

    day = date(2025, 7, 1)
    own = parameters.at(region=BINHU, as_of_date=day, own=tmp_path)
    assert own["dibao.standard"].value == 900
    assert own["tekun.basic"].value == 1751
    assert standard("cn.hubei.wuhan", day, tmp_path).value == 777
    assert standard(BINHU, day).value == 1167
    # Nothing of the shipped history is mixed into the own one.
    assert standard(BINHU, date(2024, 3, 31), tmp_path).region == "cn"


def test_own_values_replace_a_reference_and_a_reference_replaces_values(tmp_path: Path) -> None:
    a_region(tmp_path, ENTRY, region=SHENZHEN, name="rigid.income_line")
    head = a_region(tmp_path, ENTRY, region=WUXI).read_text("utf-8").split("    values:")[0]
    (tmp_path / f"{WUXI}.yaml").write_text(
        head + "    same_as: {region: cn.beijing, parameter: dibao.standard}\n", encoding="utf-8"
    )

    lines = parameters.at(region=LONGHUA, as_of_date=date(2024, 4, 1), own=tmp_path)

    assert lines["rigid.income_line"].value == 900
    assert standard(BINHU, date(2024, 4, 1), tmp_path).value == 1395


def test_a_deployments_folder_is_refused_as_a_whole_before_it_is_used(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"no folder with files like"):
        parameters.at(region="cn", as_of_date=date(2025, 1, 1), own=tmp_path / "none")

    a_region(tmp_path, ENTRY.replace("900", "-9"), region="cn.hubei")
    with pytest.raises(ParameterError, match=r"cn.hubei.yaml, dibao.standard, line 7"):
        parameters.at(region="cn", as_of_date=date(2025, 1, 1), own=tmp_path)


# --- what if ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "value"),
    [("+10%", 1283.7), ("-5%", 1108.65), ("+50", 1217), ("-50", 1117), ("1300", 1300), ("0", 0)],
)
def test_what_if_changes_one_figure_and_says_so(change: str, value: float) -> None:
    in_force = parameters.at(region=WUXI, as_of_date=date(2025, 7, 1))

    changed = in_force.with_changes({"dibao.standard": change})

    assert changed["dibao.standard"].value == value
    assert not changed["dibao.standard"].verified
    assert "1167" in changed["dibao.standard"].note
    assert changed["tekun.basic"] == in_force["tekun.basic"]
    assert in_force["dibao.standard"].value == 1167


@pytest.mark.parametrize("change", ["10%", "ten", "", "+", "-100000", "-101%", "nan", "+inf"])
def test_what_is_no_change_is_refused(change: str) -> None:
    in_force = parameters.at(region=WUXI, as_of_date=date(2025, 7, 1))

    with pytest.raises(ParameterError, match=r"dibao\.standard"):
        in_force.with_changes({"dibao.standard": change})


def test_an_unknown_figure_can_be_set_but_not_raised() -> None:
    in_force = parameters.at(region=WUXI, as_of_date=date(2026, 7, 1))

    assert in_force.with_changes({"dibao.standard": "1200"})["dibao.standard"].value == 1200
    with pytest.raises(ParameterError, match="not known here"):
        in_force.with_changes({"dibao.standard": "+10%"})
    with pytest.raises(ParameterError, match="did you mean"):
        in_force.with_changes({"dibao.standards": "1200"})


# --- changes, laws, duties ---------------------------------------------------------------------------------


def test_a_change_says_who_from_when_and_from_what_to_what() -> None:
    [changed] = [
        one
        for one in parameters.changes(region=BINHU, since=date(2024, 7, 1), until=date(2024, 7, 1))
        if one.name == "dibao.standard"
    ]

    assert (changed.before, changed.after, changed.region) == (1095, 1115, WUXI)
    assert changed.affects == (
        "2024年7月1日起，低保家庭和收入在标准上下的家庭：最低生活保障标准由1095元/人·月改为1115元/人·月"
    )


def test_a_change_is_told_on_its_day_only() -> None:
    day = date(2024, 7, 1)

    def named(since: date, until: date) -> set[str]:
        return {one.name for one in parameters.changes(region=BINHU, since=since, until=until)}

    assert named(day - timedelta(days=1), day - timedelta(days=1)) == set()
    assert "dibao.standard" in named(day, day)
    assert named(day + timedelta(days=1), day + timedelta(days=1)) == set()


def test_a_change_above_that_a_nearer_level_hides_is_not_told() -> None:
    told = {
        (one.since, one.name): one
        for one in parameters.changes(region="cn.zhejiang", since=date(2020, 1, 1))
    }

    assert told[date(2020, 9, 24), "edge.multiple"].region == "cn.zhejiang"
    assert (date(2021, 7, 1), "edge.multiple") not in told
    ends = told[date(2026, 7, 1), "edge.multiple"]
    assert (ends.before, ends.after, ends.region) == (1.5, None, "cn")


def test_an_end_without_a_next_value_is_a_change_the_day_after(tmp_path: Path) -> None:
    a_region(tmp_path, ENTRY + ", until: 2024-06-30", region="cn.hubei", name="edge.line")

    told = [
        (one.since, one.before, one.after, one.region)
        for one in parameters.changes(region="cn.hubei", own=tmp_path)
        if one.name == "edge.line"
    ]

    assert told == [
        (date(2024, 4, 1), None, 900, "cn.hubei"), (date(2024, 7, 1), 900, None, ""),
    ]  # fmt: skip


def test_every_change_shipped_says_whom_it_affects_from_when() -> None:
    count = 0
    for region in shelf().regions:
        for one in parameters.changes(region=region):
            count += 1
            day = f"{one.since.year}年{one.since.month}月{one.since.day}日起"
            assert one.affects.startswith(day), one
            assert vocabulary()[one.name].who in one.affects
            told = ("是" if one.after else "否") if one.unit == "yes or no" else f"{one.after:g}" if one.after is not None else "没有查到"  # fmt: skip
            assert told in one.affects
            assert ("未核实" in one.affects) == (one.after is not None and not one.verified)
    assert count > 400


def test_a_sentence_of_its_own_is_told_instead(tmp_path: Path) -> None:
    a_region(tmp_path, ENTRY + ", affects: 老人更容易进来", region="cn.hubei")

    [told] = [
        one
        for one in parameters.changes(region="cn.hubei", since=date(2024, 4, 1), own=tmp_path)
        if one.region == "cn.hubei"
    ]

    assert told.affects == "老人更容易进来"


def test_the_law_changes_on_the_first_of_july_2026() -> None:
    before, after = (
        parameters.regime(as_of_date=day) for day in (date(2026, 6, 30), date(2026, 7, 1))
    )

    assert (before.name, after.name) == ("order_649", "law_of_2026")
    articles = {one.article for one in after.changes}
    assert {"第16条", "第21条", "第22条", "第48条", "第62条"} <= articles
    assert not any(one.verified for one in regimes())
    with pytest.raises(ParameterError, match="the first regime begins 2019-03-02"):
        parameters.regime(as_of_date=date(2019, 3, 1))


def test_duties_are_unknown_before_a_document_asks_for_them() -> None:
    before, after = (
        parameters.duties(as_of_date=day) for day in (date(2026, 6, 30), date(2026, 7, 1))
    )

    for name in ("hear_before_cut", "do_not_ask_what_platform_knows", "help_apply"):
        assert before[name].holds is None
        assert after[name].holds is True
        assert after[name].article
    assert [
        parameters.duties(as_of_date=day)["quick_small_aid"].holds
        for day in (date(2026, 1, 30), date(2026, 1, 31))
    ] == [None, True]
    assert all(one.zh for one in before.values())
    assert all(one.source or one.note for history in duty_histories().values() for one in history)


def test_the_law_moves_the_age_of_minors_and_hands_the_edge_to_the_provinces() -> None:
    before, after = (
        parameters.at(region=BINHU, as_of_date=day) for day in (date(2026, 6, 30), date(2026, 7, 1))
    )

    assert (before["tekun.minor_under"].value, after["tekun.minor_under"].value) == (16, 18)
    assert (before["edge.multiple"].value, after["edge.multiple"].value) == (1.5, None)
    assert after["edge.multiple"].document == "社会救助法"


# --- what is shipped ---------------------------------------------------------------------------------------


def test_what_is_shipped_can_be_read_and_only_official_readings_are_verified() -> None:
    files = sorted(SHIPPED.glob("*.yaml"))
    entries = [one for file in files for own in read_region(file).entries.values() for one in own]

    assert len(files) >= 25
    for one in entries:
        assert one.value is None or one.source
        if one.verified:
            assert (one.checked, one.confidence, one.derived) == ("official", "high", False)
            assert "not seen" not in one.note
    assert {one.region for one in entries if one.verified} == {
        WUXI, SHENZHEN, "cn.zhejiang.ningbo.zhenhai",
    }  # fmt: skip


def test_a_figure_a_region_holds_is_not_written_again_among_the_definitions() -> None:
    lines = {name: [(one.since, one.value) for one in values_of(name)] for name in names()}

    assert lines["dibao_line"][-2:] == [(date(2024, 7, 1), 1115), (date(2025, 7, 1), 1167)]
    assert lines["dibao_edge_percent"] == [(date(2021, 7, 1), 150)]
    assert lines["rigid_spending_percent"] == [(date(2024, 1, 1), 60)]
    assert lines["rigid_expense_valid_days"] == [(date(2025, 1, 1), 365)]
    assert lines["disposable_income_line"][0] == (date(2022, 2, 1), 35128)
    assert lines["self_paid_watch_line"] == [
        (date(1990, 1, 1), 7000), (date(2025, 12, 31), 7000),
    ]  # fmt: skip
    written = (ROOT / "features" / "parameters" / "definitions.yaml").read_text("utf-8")
    for figure in ("1115", "1167", "35128", "7000"):
        assert figure not in written


def test_matrices_kept_are_built_anew_when_a_regions_figure_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = definitions_digest(DISTRICT)

    assert definitions_digest(DISTRICT) == before
    monkeypatch.setattr("experiments.history.names", lambda: ("minor_under",))
    fewer = definitions_digest(DISTRICT)
    monkeypatch.setattr("experiments.history.values_of", lambda _: "17 since today")

    assert len({before, fewer, definitions_digest(DISTRICT)}) == 3


def test_the_page_of_policy_parameters_is_up_to_date() -> None:
    written = (ROOT / "docs" / "policy_parameters.md").read_text(encoding="utf-8")

    assert written == page(), "run: python -m features.parameters.page docs/policy_parameters.md"
