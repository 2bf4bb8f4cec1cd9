"""Who seems to be due a benefit of their own, on either side of each age, grade and day."""

from ibis.backends.duckdb import Backend

from features.groups.entitlement_facts import GROUP
from tests.features.by_hand import said
from tests.features.records import values


def test_ages_begin_on_the_birthday_and_notice_two_months_before(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | hukou
            r1           | p1        | today        | a1         | 2015-01-01 | 1944-07-01 | here
            r2           | p2        | tomorrow     | a2         | 2015-01-01 | 1944-07-02 | here
            r3           | p3        | in_62_days   | a3         | 2015-01-01 | 1944-09-01 | same_district
            r4           | p4        | in_63_days   | a4         | 2015-01-01 | 1944-09-02 | here
            r5           | p5        | from_afar    | a5         | 2015-01-01 | 1940-01-01 | elsewhere
            r6           | p6        | draws        | a6         | 2015-01-01 | 1940-01-01 | here
            r7           | p7        | dead         | a7         | 2015-01-01 | 1940-01-01 | here
            r8           | p8        | dead         | a7         | 2015-01-01 | 1990-01-01 | here
            """,
        benefits="""
            benefit_id | person_id | event_date | scheme            | monthly_amount
            b1         | p6        | 2024-01-01 | old_age_allowance | 60
            """,
        life_events="""
            event_id | person_id | event_date | kind
            e1       | p7        | 2024-06-20 | death
            """,
    )

    assert values(rows, "sweep_aged_80_unpaid") == {
        "today": 1, "tomorrow": 0, "in_62_days": 0, "in_63_days": 0, "from_afar": 0, "draws": 0, "dead": 0,
    }  # fmt: skip
    assert values(rows, "sweep_turning_80_unpaid") == {
        "today": 0, "tomorrow": 1, "in_62_days": 1, "in_63_days": 0, "from_afar": 0, "draws": 0, "dead": 0,
    }  # fmt: skip
    assert values(rows, "sweep_aged_70_unpaid")["in_63_days"] == 1
    assert values(rows, "sweep_aged_90_unpaid")["today"] == 0


def test_a_hukou_or_an_age_nobody_told_is_not_none(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        household_members="""
            membership_id | person_id | household_id | address_id | event_date | birth_date | relation | hukou     | certain
            m1            | p1        | no_hukou     | a1         | 2015-01-01 | 1940-01-01 | head     | ?         | true
            m2            | p2        | no_age       | a2         | 2015-01-01 | ?          | head     | here      | true
            m3            | p3        | young        | a3         | 2015-01-01 | 1990-01-01 | head     | ?         | true
            m4            | p4        | one_is_sure  | a4         | 2015-01-01 | 1940-01-01 | head     | here      | true
            m5            | p5        | one_is_sure  | a4         | 2015-01-01 | ?          | spouse   | here      | true
            m6            | p6        | from_afar    | a5         | 2015-01-01 | ?          | head     | elsewhere | true
            """,
    )

    assert values(rows, "sweep_aged_80_unpaid") == {
        "no_hukou": None, "no_age": None, "young": 0, "one_is_sure": 1, "from_afar": 0,
    }  # fmt: skip
    assert values(rows, "sweep_minors_unpaid") == {
        "no_hukou": 0, "no_age": None, "young": 0, "one_is_sure": None, "from_afar": 0,
    }  # fmt: skip


def test_certification_is_due_a_year_after_the_last_word_of_the_allowance(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | p1        | due          | a1         | 2015-01-01 | 1940-01-01
            r2           | p2        | in_time      | a2         | 2015-01-01 | 1940-01-01
            r3           | p3        | corrected    | a3         | 2015-01-01 | 1940-01-01
            r4           | p4        | ended        | a4         | 2015-01-01 | 1940-01-01
            r5           | p5        | seen         | a5         | 2015-01-01 | 1940-01-01
            """,
        benefits="""
            benefit_id | person_id | event_date | valid_to   | scheme            | known_from
            b1         | p1        | 2023-07-01 | ?          | old_age_allowance | 2023-07-01
            b2         | p2        | 2023-07-02 | ?          | old_age_allowance | 2023-07-02
            b3         | p3        | 2020-01-01 | ?          | old_age_allowance | 2024-02-01
            b4         | p4        | 2020-01-01 | 2024-06-30 | old_age_allowance | 2020-02-01
            b5         | p5        | 2020-01-01 | ?          | old_age_allowance | 2020-02-01
            """,
        medical_settlements="""
            settlement_id | person_id | event_date | diagnosis_group | total_amount
            s1            | p5        | 2024-06-01 | general         | 10
            """,
    )

    assert values(rows, "sweep_allowance_due") == {
        "due": 1, "in_time": 0, "corrected": 0, "ended": 0, "seen": 1,
    }  # fmt: skip
    assert values(rows, "sweep_allowance_due_seen_365d") == {
        "due": 0, "in_time": 0, "corrected": 0, "ended": 0, "seen": 1,
    }  # fmt: skip


def test_nursing_goes_by_grade_and_not_beside_tekun(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | grade_2      | a1         | 2015-01-01
            r2           | p2        | grade_3      | a2         | 2015-01-01
            r3           | p3        | mind_3       | a3         | 2015-01-01
            r4           | p4        | mind_4       | a4         | 2015-01-01
            r5           | p5        | draws        | a5         | 2015-01-01
            r6           | p6        | tekun        | a6         | 2015-01-01
            r7           | p7        | better_now   | a7         | 2015-01-01
            """,
        disability_certificates="""
            certificate_id | person_id | event_date | kind         | grade
            c1             | p1        | 2020-01-01 | physical     | 2
            c2             | p2        | 2020-01-01 | physical     | 3
            c3             | p3        | 2020-01-01 | mental       | 3
            c4             | p4        | 2020-01-01 | intellectual | 4
            c5             | p5        | 2020-01-01 | physical     | 1
            c6             | p6        | 2020-01-01 | physical     | 1
            c7             | p7        | 2020-01-01 | physical     | 1
            c8             | p7        | 2023-01-01 | physical     | 3
            """,
        benefits="""
            benefit_id | person_id | event_date | scheme
            b1         | p5        | 2020-01-01 | disability_nursing
            b2         | p6        | 2020-01-01 | tekun
            """,
    )

    def of(name: str) -> set[str]:
        return {home for home, number in values(rows, name).items() if number}

    assert of("sweep_nursing_severe") == {"grade_2"}
    assert of("sweep_nursing_mind_3") == {"mind_3"}
    assert of("sweep_nursing_mind_4") == {"mind_4"}


def test_living_subsidy_and_elders_follow_the_relief_of_the_household(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | hukou
            r1           | p1        | dibao        | a1         | 2015-01-01 | 1964-07-01 | here
            r2           | q1        | dibao        | a1         | 2015-01-01 | 1990-01-01 | here
            r3           | p2        | edge         | a2         | 2015-01-01 | 1964-07-02 | here
            r4           | p3        | neither      | a3         | 2015-01-01 | 1950-01-01 | here
            r5           | p4        | draws        | a4         | 2015-01-01 | 1950-01-01 | here
            r6           | p5        | orphan       | a5         | 2015-01-01 | 2010-01-01 | here
            """,
        disability_certificates="""
            certificate_id | person_id | event_date | kind     | grade
            c1             | q1        | 2020-01-01 | physical | 4
            c2             | p2        | 2020-01-01 | physical | 4
            c3             | p3        | 2020-01-01 | physical | 1
            c4             | p4        | 2020-01-01 | physical | 1
            c5             | p5        | 2020-01-01 | physical | 1
            """,
        benefits="""
            benefit_id | person_id | event_date | scheme
            b1         | p1        | 2020-01-01 | dibao
            b2         | p2        | 2020-01-01 | dibao_edge
            b3         | p4        | 2020-01-01 | dibao
            b4         | p4        | 2020-01-01 | disability_living
            b5         | p4        | 2020-01-01 | dibao_edge
            b6         | p5        | 2020-01-01 | dibao
            b7         | p5        | 2020-01-01 | orphan
            """,
    )

    assert values(rows, "sweep_living_dibao") == {
        "dibao": 1, "edge": 0, "neither": 0, "draws": 0, "orphan": 0,
    }  # fmt: skip
    assert values(rows, "sweep_living_edge") == {
        "dibao": 0, "edge": 1, "neither": 0, "draws": 0, "orphan": 0,
    }  # fmt: skip
    assert values(rows, "sweep_elders_60_on_relief") == {
        "dibao": 1, "edge": 0, "neither": 0, "draws": 1, "orphan": 0,
    }  # fmt: skip


PARENTS = """
    residence_id | person_id | household_id | address_id | event_date | valid_to   | birth_date | relation   | marital_status | hukou
    r01          | ma1       | able         | a1         | 2015-01-01 | ?          | 1985-01-01 | head       | divorced       | here
    r02          | kid1      | able         | a1         | 2015-01-01 | ?          | 2015-01-01 | child      | never          | here
    r03          | ma2       | both         | a2         | 2015-01-01 | ?          | 1985-01-01 | head       | married        | here
    r04          | pa2       | both         | a2         | 2015-01-01 | ?          | 1985-01-01 | spouse     | married        | here
    r05          | kid2      | both         | a2         | 2015-01-01 | ?          | 2006-07-02 | child      | never          | here
    r06          | big2      | both         | a2         | 2015-01-01 | ?          | 2006-07-01 | child      | never          | here
    r07          | ma3       | one          | a3         | 2015-01-01 | ?          | 1985-01-01 | head       | divorced       | here
    r08          | kid3      | one          | a3         | 2015-01-01 | ?          | 2015-01-01 | child      | never          | here
    r09          | gran4     | grandparents | a4         | 2015-01-01 | ?          | 1950-01-01 | head       | married        | here
    r10          | kid4      | grandparents | a4         | 2015-01-01 | ?          | 2015-01-01 | grandchild | never          | here
    r11          | gran5     | uncle        | a5         | 2015-01-01 | ?          | 1950-01-01 | head       | married        | here
    r12          | uncle5    | uncle        | a5         | 2015-01-01 | ?          | 1980-01-01 | child      | never          | here
    r13          | pa5       | uncle        | a5         | 2015-01-01 | 2024-05-01 | 1982-01-01 | child      | married        | here
    r14          | kid5      | uncle        | a5         | 2015-01-01 | ?          | 2015-01-01 | grandchild | never          | here
    r15          | gran6     | with_parent  | a6         | 2015-01-01 | ?          | 1950-01-01 | head       | married        | here
    r16          | pa6       | with_parent  | a6         | 2015-01-01 | ?          | 1980-01-01 | child      | married        | here
    r17          | kid6      | with_parent  | a6         | 2015-01-01 | ?          | 2015-01-01 | grandchild | never          | here
    r18          | ma7       | orphans      | a7         | 2015-01-01 | 2024-05-01 | 1985-01-01 | head       | married        | here
    r19          | pa7       | orphans      | a7         | 2015-01-01 | 2024-05-01 | 1985-01-01 | spouse     | married        | here
    r20          | kid7      | orphans      | a7         | 2015-01-01 | ?          | 2015-01-01 | child      | never          | here
    r21          | ma8       | paid         | a8         | 2015-01-01 | ?          | 1985-01-01 | head       | widowed        | here
    r22          | kid8      | paid         | a8         | 2015-01-01 | ?          | 2015-01-01 | child      | never          | here
    r23          | ma9       | widowed      | a9         | 2015-01-01 | ?          | 1985-01-01 | head       | widowed        | here
    r24          | kid9      | widowed      | a9         | 2015-01-01 | ?          | 2015-01-01 | child      | never          | here
    """


def test_what_records_tell_of_parents(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents=PARENTS,
        disability_certificates="""
            certificate_id | person_id | event_date | kind     | grade
            c1             | ma1       | 2020-01-01 | physical | 3
            c2             | ma2       | 2020-01-01 | physical | 2
            c3             | ma3       | 2020-01-01 | mental   | 4
            c4             | ma8       | 2020-01-01 | physical | 1
            c5             | ma9       | 2020-01-01 | physical | 1
            """,
        medical_settlements="""
            settlement_id | person_id | event_date | diagnosis_group | total_amount
            s1            | pa2       | 2024-06-01 | major           | 10
            s2            | ma1       | 2024-06-01 | chronic         | 10
            """,
        life_events="""
            event_id | person_id | event_date | kind
            e1       | pa5       | 2024-05-01 | death
            e2       | ma7       | 2024-05-01 | death
            e3       | pa7       | 2024-05-01 | death
            """,
        benefits="""
            benefit_id | person_id | event_date | scheme
            b1         | kid8      | 2023-01-01 | orphan
            """,
    )

    found = {
        name: {
            home: number
            for home, number in values(rows, f"sweep_minors_{name}_365d").items()
            if number
        }
        for name in ("orphaned", "both_unable", "one_unable", "none_told", "one_able")
    }
    assert found == {
        "orphaned": {"orphans": 1},
        "both_unable": {"both": 1, "widowed": 1},
        "one_unable": {"one": 1, "uncle": 1},
        "none_told": {"grandparents": 1},
        "one_able": {"able": 1, "with_parent": 1},
    }
    assert values(rows, "sweep_minors_unpaid")["paid"] == 0


def test_a_tariff_is_asked_for_where_relief_is_paid_and_an_account_is_known(
    engine: Backend,
) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | full_price   | a1         | 2015-01-01
            r2           | p2        | reduced      | a2         | 2015-01-01
            r3           | p3        | no_account   | a3         | 2015-01-01
            r4           | p4        | no_relief    | a4         | 2015-01-01
            """,
        utility_accounts="""
            account_id | service | address_id | event_date | subsidised
            u1         | power   | a1         | 2015-01-01 | false
            u2         | power   | a2         | 2015-01-01 | true
            u4         | power   | a4         | 2015-01-01 | false
            """,
        benefits="""
            benefit_id | person_id | event_date | scheme
            b1         | p1        | 2020-01-01 | dibao
            b2         | p2        | 2020-01-01 | tekun
            b3         | p3        | 2020-01-01 | tekun
            """,
    )

    assert values(rows, "sweep_power_without_tariff") == {
        "full_price": True, "reduced": False, "no_account": None, "no_relief": False,
    }  # fmt: skip
    assert values(rows, "sweep_heating_without_tariff")["full_price"] is None


def test_no_column_may_choose_whom_to_visit() -> None:
    assert {feature.purpose for feature in GROUP.features} == {"decide_rules"}
    assert {GROUP.sensitivity_of(feature) for feature in GROUP.features} == {"S3"}
