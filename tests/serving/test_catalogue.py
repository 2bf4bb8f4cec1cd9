"""The catalogue suggests by need, place and day, says why, and decides nothing."""

from datetime import date

import pytest

from serving.cases.findings import Need
from serving.catalogue import Catalogue, CatalogueError, load_catalogue, suggest

HERE = "d/s1/c1/g1"
TODAY = date(2026, 7, 1)


def package(name, **changes):
    return {
        "id": name,
        "title": name,
        "kind": "universal",
        "needs": ["cash"],
        "contents": ["x"],
        "ask_at": "window",
        "valid_from": date(2026, 1, 1),
        "source": "tests",
    } | changes


def suggested(*packages, needs=("cash",), place=HERE, on=TODAY, organisations=()):
    made = Catalogue.model_validate({"packages": packages, "organisations": organisations})
    found = suggest(made, needs=needs, place=place, as_of_date=on, words={"cash": "资金"})
    return [one.entry.id for one in found]


@pytest.mark.parametrize(
    ("place", "is_here"),
    [
        ("", True),
        ("d", True),
        ("d/s1", True),
        ("d/s1/c1/g1", True),
        ("d/s2", False),
        ("d/s", False),
    ],
)
def test_what_is_offered_at_a_place_is_offered_to_everybody_under_it(place, is_here):
    assert suggested(package("one", place=place)) == (["one"] if is_here else [])


@pytest.mark.parametrize(
    ("on", "names"),
    [
        (date(2026, 3, 31), ["old"]),
        (date(2026, 4, 1), ["new"]),
        (date(2026, 5, 31), ["new"]),
        (date(2026, 6, 1), []),
    ],
)
def test_an_entry_is_suggested_from_its_first_day_to_the_one_before_its_end(on, names):
    versions = (
        package("old", valid_to=date(2026, 4, 1)),
        package("new", valid_from=date(2026, 4, 1), valid_to=date(2026, 6, 1)),
    )

    assert suggested(*versions, on=on) == names


def test_what_meets_more_needs_comes_first_then_what_is_nearer_and_organisations_after():
    club = package("club", place=HERE) | {"kind": "charity"}
    organisation = {key: club[key] for key in club if key not in ("contents", "ask_at")}

    assert suggested(
        package("far"),
        package("near", place="d/s1"),
        package("both", needs=["cash", "care"]),
        package("other", needs=["school"]),
        needs=("care", "cash"),
        organisations=(organisation,),
    ) == ["both", "near", "far", "club"]


def test_a_suggestion_says_why_and_that_it_is_no_decision():
    made = Catalogue.model_validate({"packages": [package("one", place="d/s1")]})

    [one] = suggest(made, needs={"cash"}, place=HERE, as_of_date=TODAY, words={"cash": "资金"})

    assert one.content()["reasons"] == ["需要：资金", "就在本地", "2026-01-01起"]
    assert "不是审批结果" in one.content()["notice"]


def test_the_shipped_demonstration_has_something_for_every_need():
    shipped = load_catalogue(None)

    for need in Need:
        found = suggest(shipped, needs={need.value}, place=HERE, as_of_date=date(2026, 11, 22))
        assert {one.content()["type"] for one in found} >= {"package"}, need
    assert all(entry.source for entry in shipped.entries)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("packages: [{id: x}]", "title"),
        ("packages: [", "catalogue"),
        (
            "organisations:\n- {id: x, title: t, kind: charity, needs: [cash], source: s, "
            + "valid_from: 2026-01-02, valid_to: 2026-01-02}",
            "valid_to is not after valid_from",
        ),
        (
            "organisations:\n"
            + "- {id: x, title: t, kind: charity, needs: [cash], source: s, valid_from: 2026-01-01}\n"
            + "- {id: x, title: t, kind: charity, needs: [cash], source: s, valid_from: 2026-02-01}",
            "two versions are in force on 2026-02-01",
        ),
    ],
)
def test_a_catalogue_that_nearly_says_what_it_means_is_refused(tmp_path, content, says):
    path = tmp_path / "catalogue.yaml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(CatalogueError, match=says):
        load_catalogue(path)
