"""What of a household each role is shown; what is withheld says so and not what it was."""

import io
import json

import openpyxl
import pytest
from sqlalchemy import select

from features.district import DISTRICT
from serving.access.fields import (
    CHILDREN,
    WITHHELD,
    Marks,
    hidden_groups,
    is_shown,
    shown_classes,
    shown_entry,
)
from serving.access.roles import FieldClass, Right, Role, role_table
from serving.store.schema import ALERTS
from tests.serving.desk import Desk
from tests.serving.stores import open_store
from tests.serving.village import PHRASES, Village, policy, published_files, run

SUFFIXES = ("csv", "html", "json", "xlsx")
VISITORS = (Role.GRID_WORKER, Role.STREET_OFFICER, Role.SOCIAL_WORKER, Role.SUPERVISOR)
NOBODY_SHOWN = (Role.AUDITOR, Role.DATA_SCIENTIST, Role.OPERATOR)

ENTRY = {
    "alert_id": "a1",
    "household_id": "h1",
    "band": {"code": "red", "word": "红", "shape": "▲"},
    "reasons": [
        {"text": "水电气热欠费", "dated": "2026-02-20", "when": "2026-02-20"},
        {"text": "家中有人持有残疾证", "dated": None, "when": None},
    ],
    "rules": ["低保线以下"],
    "uncertainty": "近期收入不明",
    "ask": ["有没有欠费?", "谁照料?", "还有什么?"],
}


def marks(*, has_child=False):
    return Marks(
        reasons=("utilities", "disability"),
        questions={"有没有欠费?": ("utilities", "disability"), "谁照料?": ("disability",)},
        has_child=has_child,
    )


def texts(entry):
    return [reason["text"] for reason in entry["reasons"]]


@pytest.mark.parametrize("role", VISITORS)
def test_who_visits_for_a_living_is_shown_everything(role):
    assert shown_entry(ENTRY, marks(), roles=[role]) == ENTRY


def test_a_volunteer_is_never_shown_health():
    shown = shown_entry(ENTRY, marks(), roles=[Role.VOLUNTEER])

    assert texts(shown) == ["水电气热欠费", WITHHELD]
    assert shown["reasons"][1] == {"text": WITHHELD, "dated": None, "when": None}
    assert shown["rules"] == [WITHHELD]
    assert shown["uncertainty"] == WITHHELD
    assert shown["ask"] == ["有没有欠费?", "还有什么?"]
    assert "残疾" not in json.dumps(shown, ensure_ascii=False)
    assert texts(ENTRY)[1] == "家中有人持有残疾证", "the entry itself is left as it was"


def test_more_is_withheld_where_a_child_lives_or_might():
    def shown_to(role):
        return texts(shown_entry(ENTRY, marks(has_child=True), roles=[role]))

    assert shown_to(Role.VOLUNTEER) == [WITHHELD, WITHHELD]
    assert shown_to(Role.GRID_WORKER) == ["水电气热欠费", WITHHELD]
    assert shown_to(Role.SOCIAL_WORKER) == texts(ENTRY)


def test_withheld_sentences_are_alike():
    both = [
        shown_entry(ENTRY, marks(has_child=True), roles=[Role.VOLUNTEER])["reasons"][number]
        for number in (0, 1)
    ]
    assert both[0] == both[1]


@pytest.mark.parametrize("role", NOBODY_SHOWN)
def test_who_visits_nobody_is_shown_nothing(role):
    assert shown_classes([role], has_child=False) == frozenset()
    assert texts(shown_entry(ENTRY, marks(), roles=[role])) == [WITHHELD, WITHHELD]


def test_two_roles_in_one_place_are_shown_what_either_is():
    shown = shown_entry(ENTRY, marks(), roles=[Role.VOLUNTEER, Role.SOCIAL_WORKER])

    assert shown == ENTRY


def test_nobody_is_shown_anything_out_of_their_places():
    assert texts(shown_entry(ENTRY, marks(), roles=[])) == [WITHHELD, WITHHELD]


def test_a_group_nobody_has_classed_is_for_those_who_see_all():
    assert is_shown("new_department", shown_classes([Role.SOCIAL_WORKER], has_child=False))
    assert not is_shown("new_department", shown_classes([Role.VOLUNTEER], has_child=False))
    assert not is_shown("new_department", frozenset({FieldClass.S3}))


def test_more_sentences_than_marks_are_withheld():
    short = Marks(reasons=("utilities",), questions={}, has_child=False)

    assert texts(shown_entry(ENTRY, short, roles=[Role.VOLUNTEER])) == ["水电气热欠费", WITHHELD]


def test_groups_are_hidden_from_explanations_by_the_same_rule():
    groups = [group.name for group in DISTRICT.groups]

    assert hidden_groups(groups, [Role.SOCIAL_WORKER], has_child=True) == frozenset()
    hidden = hidden_groups(groups, [Role.VOLUNTEER], has_child=False)
    assert {"medical_burden", "disability", "care", "income"} <= hidden
    assert "utilities" not in hidden


def test_every_feature_group_is_classed_and_none_below_what_it_declares():
    order = [FieldClass.S1, FieldClass.S2, FieldClass.S3, FieldClass.HEALTH]
    classes = role_table().groups
    too_low = {
        group.name
        for group in DISTRICT.groups
        if group.name not in classes
        or order.index(classes[group.name])
        < max(order.index(FieldClass(group.sensitivity_of(one))) for one in group.features)
    }
    assert too_low == set(), "class these feature groups in serving/access/roles.yaml"
    assert set(classes) <= {group.name for group in DISTRICT.groups}


def test_every_role_is_in_the_table_and_a_child_never_widens_what_is_shown():
    table = role_table().roles
    assert set(table) == set(Role)
    assert all(rule.with_child <= rule.shown for rule in table.values())
    assert FieldClass.HEALTH not in table[Role.VOLUNTEER].shown


VISITING = [
    role
    for role, rule in role_table().roles.items()
    if Right.RECORD in rule.rights and not rule.every_role_of_the_place
]


@pytest.fixture(scope="module", params=VISITING, ids=str)
def given(request, tmp_path_factory):
    """A role, its list as the API shows it, and its list's files; two households are without minors."""
    role, home = request.param, tmp_path_factory.mktemp("given")
    lanes = {"takes": ["ranked"], "fills": ["care"]}
    village = Village(capacity={("g1", role.value): 6}, unclaimed={"zhao_debts": "dibao"})
    run(home, upstream=village, lists=policy(roles=[{"role": role, "title": "t", **lanes}]))
    desk = Desk(home)
    (shown,) = desk.get("/v1/me/list", desk.token("grid:g1", role)).json()["lists"]
    desk.store.close()
    files = published_files(home)
    return role, shown, {suffix: files[f"g1/{role.value}.{suffix}"] for suffix in SUFFIXES}


def test_a_file_says_what_the_api_says_to_the_same_role(given):
    _, shown, files = given

    assert json.loads(files["json"]) == shown
    reasons = [reason["text"] for entry in shown["entries"] for reason in entry["reasons"]]
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"])).active
    in_sheet = "".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    everywhere = {name: files[name].decode() for name in ("csv", "html")} | {"xlsx": in_sheet}
    for content in everywhere.values():
        for text in {*PHRASES.values(), WITHHELD, "近期收入不明"}:
            said = sum(text in reason for reason in reasons)
            said += sum(text in entry["uncertainty"] for entry in shown["entries"])
            said += sum(text in line for entry in shown["entries"] for line in entry["rules"])
            assert content.count(text) == said


def test_files_withhold_health_from_whom_the_table_does(given):
    role, _, files = given
    allowed = shown_classes([role], has_child=False)

    assert (PHRASES["disabled"] in files["csv"].decode()) == (FieldClass.HEALTH in allowed)
    assert ("近期收入不明" in files["html"].decode()) == (FieldClass.S3 in allowed)
    assert PHRASES["unpaid"] in files["csv"].decode()


def test_the_column_of_children_is_a_feature():
    assert CHILDREN in {one.name for group in DISTRICT.groups for one in group.features}


def test_the_night_notes_what_each_sentence_is_about(home):
    run(home)

    store = open_store(home)
    with store.read() as read:
        rows = read.execute(select(ALERTS.c.household_id, ALERTS.c.marks, ALERTS.c.entry)).all()
    store.close()
    found = {row.household_id: Marks.from_text(row.marks) for row in rows}
    assert found["li_disabled"].reasons == ("disability",)
    assert found["li_disabled"].questions == {
        "谁照料?": ("disability",),
        "有没有欠费?": ("disability",),
    }
    assert not found["li_disabled"].has_child
    assert found["wang_cut_off"].has_child
    for row in rows:
        shown = shown_entry(
            json.loads(row.entry), Marks.from_text(row.marks), roles=[Role.VOLUNTEER]
        )
        assert PHRASES["disabled"] not in json.dumps(shown, ensure_ascii=False)
