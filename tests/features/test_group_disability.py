"""Several disabled at one home, old and disabled together, grades that worsen, papers that lapse."""

from ibis.backends.duckdb import Backend

from features.groups import disability
from tests.features.records import built, homes, row_of, values, view_of


def test_an_old_mother_with_a_disabled_son(engine: Backend) -> None:
    row = row_of(
        engine,
        disability.GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | mother    | h1           | a1         | 2015-01-01 | 1950-01-01
            r2           | son       | h1           | a1         | 2015-01-01 | 1980-01-01
            r3           | grandson  | h1           | a1         | 2015-01-01 | 2010-01-01
            """,
        disability_certificates="""
            certificate_id | person_id | event_date | kind     | grade
            k1             | mother    | 2015-01-01 | hearing  | 4
            k2             | son       | 2015-01-01 | mental   | 3
            k3             | grandson  | 2015-01-01 | physical | 2
            """,
    )

    assert row["disability_with_elder"]
    assert row["disability_several_at_home"]
    assert row["disability_children"] == 1
    assert row["disability_elders"] == 1
    assert row["disability_worst_grade"] == 2
    assert row["disability_no_carer"]
    assert row["disability_care_load"] == 2


def test_an_elder_with_a_certificate_alone_is_not_old_and_disabled_together(
    engine: Backend,
) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | elder     | alone        | a1         | 2015-01-01 | 1950-01-01
            r2           | man       | couple       | a2         | 2015-01-01 | 1964-07-02
            r3           | woman     | couple       | a2         | 2015-01-01 | 1964-07-01
            r4           | youth     | young        | a3         | 2015-01-01 | 1980-01-01
            r5           | friend    | young        | a3         | 2015-01-01 | 1980-01-01
            """,
        disability_certificates="""
            certificate_id | person_id | event_date | kind     | grade
            k1             | elder     | 2015-01-01 | physical | 1
            k2             | man       | 2015-01-01 | physical | 3
            k3             | youth     | 2015-01-01 | physical | 1
            """,
    )

    rows = built(engine, disability.GROUP, view)

    assert values(rows, "disability_with_elder") == {"alone": False, "couple": True, "young": False}
    assert values(rows, "disability_no_carer") == {"alone": True, "couple": False, "young": False}
    assert not any(values(rows, "disability_several_at_home").values())


def test_a_grade_worsens_against_the_certificate_before(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("worse better same first long_ago through_two"),
        disability_certificates="""
            certificate_id | person_id     | event_date | valid_to   | kind     | grade
            k1             | p_worse       | 2015-01-01 | 2024-03-01 | physical | 3
            k2             | p_worse       | 2024-03-01 | ?          | physical | 2
            k3             | p_better      | 2015-01-01 | 2024-03-01 | physical | 2
            k4             | p_better      | 2024-03-01 | ?          | physical | 3
            k5             | p_same        | 2015-01-01 | 2024-03-01 | physical | 2
            k6             | p_same        | 2024-03-01 | ?          | physical | 2
            k7             | p_first       | 2024-03-01 | ?          | physical | 1
            k8             | p_long_ago    | 2015-01-01 | 2023-07-01 | physical | 3
            k9             | p_long_ago    | 2023-07-01 | ?          | physical | 2
            k10            | p_through_two | 2015-01-01 | 2020-01-01 | physical | 4
            k11            | p_through_two | 2020-01-01 | 2024-03-01 | physical | 1
            k12            | p_through_two | 2024-03-01 | ?          | physical | 2
            """,
    )

    rows = built(engine, disability.GROUP, view)

    assert values(rows, "disability_worse_365d") == {
        "worse": 1, "better": 0, "same": 0, "first": 0, "long_ago": 0, "through_two": 0,
    }  # fmt: skip


def test_a_certificate_has_lapsed_where_none_follows(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("first_day just_out yesterday today renewed"),
        disability_certificates="""
            certificate_id | person_id   | event_date | valid_to   | kind     | grade
            k1             | p_first_day | 2015-01-01 | 2023-07-02 | physical | 3
            k2             | p_just_out  | 2015-01-01 | 2023-07-01 | physical | 3
            k3             | p_yesterday | 2015-01-01 | 2024-06-30 | physical | 3
            k4             | p_today     | 2015-01-01 | 2024-07-01 | physical | 3
            k5             | p_renewed   | 2015-01-01 | 2024-05-01 | physical | 3
            k6             | p_renewed   | 2024-05-01 | ?          | physical | 3
            """,
    )

    rows = built(engine, disability.GROUP, view)

    assert values(rows, "disability_lapsed_365d") == {
        "first_day": 1, "just_out": None, "yesterday": 1, "today": None, "renewed": None,
    }  # fmt: skip


def test_without_a_certificate_the_grade_is_unknown_and_the_counts_are_zero(
    engine: Backend,
) -> None:
    row = row_of(engine, disability.GROUP)

    assert row[["disability_worst_grade", "disability_members"]].isna().all()
    declared = {feature.name: feature.missing for feature in disability.GROUP.features}
    assert declared["disability_worst_grade"] == "unknown"
    assert declared["disability_members"] == "zero"
