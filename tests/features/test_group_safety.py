"""Water that falls silent: how many days, and where nobody can say."""

from ibis.backends.duckdb import Backend

from features.groups.safety import GROUP
from tests.features.by_hand import said
from tests.features.records import values


def test_silence_is_counted_from_the_last_use_to_the_last_reading(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | used         | a1         | 2015-01-01
            r2           | p2        | one_day      | a2         | 2015-01-01
            r3           | p3        | other_meter  | a3         | 2015-01-01
            r4           | p4        | long_away    | a4         | 2015-01-01
            r5           | p5        | month_still  | a5         | 2015-01-01
            r6           | p6        | old_reading  | a6         | 2015-01-01
            r7           | p7        | moved_in     | a7         | 2024-05-26
            r9           | p9        | settled      | a9         | 2024-05-25
            r8           | p8        | only_power   | a8         | 2015-01-01
            """,
        utility_accounts="""
            account_id | service | address_id | event_date
            u1         | water   | a1         | 2015-01-01
            u2         | water   | a2         | 2015-01-01
            u3         | water   | a3         | 2015-01-01
            v3         | water   | a3         | 2015-01-01
            u4         | water   | a4         | 2015-01-01
            u5         | water   | a5         | 2015-01-01
            u6         | water   | a6         | 2015-01-01
            u7         | water   | a7         | 2015-01-01
            u9         | water   | a9         | 2015-01-01
            u8         | power   | a8         | 2015-01-01
            """,
        meter_readings="""
            reading_id | account_id | service | event_date | usage
            m01        | u1         | water   | 2024-06-29 | 0.01
            m02        | u2         | water   | 2024-06-28 | 0.02
            m03        | u2         | water   | 2024-06-29 | 0.009
            m04        | u3         | water   | 2024-06-28 | 0.02
            m05        | u3         | water   | 2024-06-29 | 0.0
            m06        | v3         | water   | 2024-06-29 | 0.2
            m07        | u4         | water   | 2024-05-29 | 0.2
            m08        | u4         | water   | 2024-06-29 | 0.0
            m09        | u5         | water   | 2024-05-30 | 0.2
            m10        | u5         | water   | 2024-06-29 | 0.0
            m11        | u6         | water   | 2024-06-22 | 0.2
            m12        | u6         | water   | 2024-06-23 | 0.0
            m13        | u7         | water   | 2024-06-27 | 0.2
            m14        | u7         | water   | 2024-06-29 | 0.0
            m16        | u9         | water   | 2024-06-27 | 0.2
            m17        | u9         | water   | 2024-06-29 | 0.0
            m15        | u8         | power   | 2024-06-29 | 0.0
            """,
    )

    assert values(rows, "safety_water_still_days") == {
        "used": 0, "one_day": 1, "other_meter": 0, "long_away": None, "month_still": 30,
        "old_reading": None, "moved_in": None, "settled": 2, "only_power": None,
    }  # fmt: skip


def test_no_column_may_be_a_sign_of_need() -> None:
    assert {feature.purpose for feature in GROUP.features} == {"keep_safe"}
