"""A village with something in every feed, all known before ``TODAY``; and a stage to change it on."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from features.connections import Shelf, keep
from features.district import DISTRICT
from features.point_in_time import Feed, PointInTime
from features.registry import KEYS, FeatureGroup
from tests.features.records import TODAY, typed
from tests.tables import table

FACTS = {
    "residents": """
        residence_id | person_id | household_id | address_id | event_date | valid_to   | birth_date | relation   | hukou
        r1           | p1        | h1           | a1         | 2015-01-01 | ?          | 1980-01-01 | head       | here
        r2           | p2        | h1           | a1         | 2015-01-01 | ?          | 2012-01-01 | child      | here
        r3           | p3        | h2           | a2         | 2010-01-01 | ?          | 1948-01-01 | head       | here
        r4           | p4        | h2           | a2         | 2010-01-01 | 2024-02-10 | 1946-01-01 | spouse     | here
        r5           | p5        | h3           | a3         | 2023-10-01 | ?          | 1990-01-01 | head       | elsewhere
        r6           | p6        | h3           | a3         | 2023-10-01 | ?          | 1991-01-01 | spouse     | elsewhere
        r7           | p6        | h4           | a4         | 2019-01-01 | ?          | 1991-01-01 | other      | elsewhere
        r8           | p7        | h4           | a4         | 2019-01-01 | ?          | 1970-01-01 | head       | here
        """,
    "household_members": """
        membership_id | person_id | household_id | address_id | event_date | valid_to   | birth_date | relation | hukou     | certain
        m1            | p1        | h1           | a1         | 2015-01-01 | ?          | 1980-01-01 | head     | here      | true
        m2            | p2        | h1           | a1         | 2015-01-01 | ?          | 2012-01-01 | child    | here      | true
        m3            | p3        | h2           | a2         | 2010-01-01 | ?          | 1948-01-01 | head     | here      | true
        m4            | p4        | h2           | a2         | 2010-01-01 | 2024-02-10 | 1946-01-01 | spouse   | here      | true
        m5            | p5        | h3           | a3         | 2023-10-01 | ?          | 1990-01-01 | head     | elsewhere | true
        m6            | p6        | h3           | a3         | 2023-10-01 | ?          | 1991-01-01 | spouse   | elsewhere | true
        m7            | p6        | h4           | a4         | 2019-01-01 | ?          | 1991-01-01 | other    | elsewhere | false
        m8            | p7        | h4           | a4         | 2019-01-01 | ?          | 1970-01-01 | head     | here      | true
        """,
    "life_events": """
        event_id | person_id | event_date | kind
        e1       | p4        | 2024-02-10 | death
        e2       | p1        | 2023-11-01 | divorce
        """,
    "addresses": """
        address_id | grid_id | event_date
        a1         | g1      | 2010-01-01
        a2         | g1      | 2010-01-01
        a3         | g1      | 2010-01-01
        a4         | g2      | 2010-01-01
        """,
    "grid_tree": """
        grid_version_id | grid_id | event_date | setting
        gv1             | g1      | 2010-01-01 | urban
        gv2             | g2      | 2010-01-01 | rural
        """,
    "medical_settlements": """
        settlement_id | person_id | event_date | care_kind  | diagnosis_group | hospital_days | total_amount | aid_paid | self_paid
        s1            | p4        | 2024-01-20 | inpatient  | major           | 12            | 40000        | 0        | 15000
        s2            | p1        | 2024-05-20 | outpatient | chronic         | 0             | 300          | 0        | 120
        s3            | p7        | 2023-09-20 | pharmacy   | mental          | 0             | 90           | 10       | 60
        """,
    "medical_insurance": """
        insurance_id | person_id | event_date | scheme   | arrears_months
        i1           | p1        | 2020-01-01 | employee | 0
        i2           | p3        | 2020-01-01 | resident | 0
        i3           | p7        | 2024-01-01 | none     | 2
        """,
    "utility_accounts": """
        account_id | service | event_date | subsidised
        u1         | power   | 2010-01-01 | false
        u2         | water   | 2010-01-01 | false
        u3         | power   | 2010-01-01 | true
        u4         | gas     | 2010-01-01 | false
        """,
    "account_links": """
        link_id | account_id | address_id | event_date | accepted | probability
        w1      | u1         | a1         | 2010-01-01 | true     | 0.99
        w2      | u2         | a1         | 2010-01-01 | true     | 0.98
        w3      | u3         | a2         | 2010-01-01 | true     | 0.99
        w4      | u4         | a3         | 2010-01-01 | true     | 0.97
        w5      | u4         | a4         | 2010-01-01 | false    | 0.40
        """,
    "utility_bills": """
        bill_id | account_id | service | event_date | due_date   | paid_on    | usage | amount_due | known_from
        b1      | u1         | power   | 2023-05-02 | 2023-05-17 | 2023-05-10 | 200   | 100        | 2023-06-10
        b2      | u1         | power   | 2024-05-02 | 2024-05-17 | ?          | 120   | 60         | 2024-06-10
        b3      | u2         | water   | 2024-05-03 | 2024-05-18 | ?          | 10    | 30         | 2024-06-10
        b4      | u3         | power   | 2024-04-02 | 2024-04-17 | 2024-06-01 | 90    | 40         | 2024-06-10
        b5      | u4         | gas     | 2024-04-02 | 2024-04-17 | 2024-04-10 | 9     | 25         | 2024-05-10
        """,
    "utility_interruptions": """
        interruption_id | account_id | service | event_date | reason
        x1              | u1         | power   | 2024-06-01 | arrears
        """,
    "housing_tenure": """
        tenure_id | person_id | address_id | event_date | tenure         | floor_area | monthly_rent
        t1        | p1        | a1         | 2015-01-01 | public_rental  | 60         | 300
        t2        | p5        | a3         | 2023-10-01 | private_rental | 40         | 1200
        """,
    "public_rent_ledger": """
        ledger_id | address_id | event_date | rent_due | rent_paid
        l1        | a1         | 2024-04-01 | 300      | 0
        l2        | a1         | 2024-05-01 | 300      | 300
        """,
    "housing_danger": """
        assessment_id | address_id | event_date | grade
        d1            | a2         | 2022-01-01 | C
        """,
    "social_insurance": """
        contribution_id | person_id | event_date | wage_base
        c1              | p1        | 2024-02-01 | 6000
        c2              | p5        | 2024-05-01 | 5000
        c3              | p5        | 2023-11-01 | 7000
        """,
    "unemployment_benefit": """
        claim_id | person_id | event_date | valid_to   | monthly_amount
        q1       | p1        | 2024-03-15 | ?          | 1500
        q2       | p7        | 2023-06-01 | 2024-03-01 | 1500
        """,
    "pensions": """
        pension_id | person_id | event_date | monthly_amount
        n1         | p3        | 2008-01-01 | 240
        """,
    "benefits": """
        benefit_id | person_id | event_date | valid_to   | scheme            | monthly_amount
        f1         | p3        | 2023-01-01 | ?          | dibao             | 500
        f2         | p1        | 2021-01-01 | 2023-12-31 | dibao             | 700
        """,
    "applications": """
        application_id | person_id | event_date | scheme | decision | decided_on
        y1             | p1        | 2024-01-10 | dibao  | refused  | 2024-02-20
        y2             | p5        | 2024-05-10 | dibao  | pending  | ?
        """,
    "visits": """
        visit_id | household_id | event_date | finding             | channel
        v1       | h1           | 2024-03-01 | need_no_entitlement | list
        v2       | h4           | 2024-01-01 | not_found           | routine_random
        """,
    "disability_certificates": """
        certificate_id | person_id | event_date | kind   | grade
        k1             | p2        | 2024-01-05 | mental | 2
        """,
    "education": """
        enrolment_id | person_id | guardian_id | address_id | stage  | fee_due | fee_paid | aid_amount | event_date | valid_to   | leaving_reason
        en1          | p2        | p1          | a1         | junior | 1200    | 300      | 0          | 2023-09-01 | ?          | ?
        en2          | p7        | ?           | a4         | senior | 900     | 900      | 500        | 2023-09-01 | 2024-03-15 | dropped_out
        """,
    "tickets": """
        ticket_id | person_id | address_id | category     | event_date | closed_on
        tk1       | p5        | ?          | wages        | 2024-05-20 | ?
        tk2       | ?         | a2         | elder_care   | 2024-04-02 | 2024-04-20
        tk3       | p1        | a1         | medical_cost | 2023-12-01 | 2023-12-05
        """,
    "property_holdings": """
        holding_id | person_id | event_date | valid_to   | properties
        ph1        | p3        | 2016-05-01 | ?          | 1
        ph2        | p1        | 2018-02-01 | 2024-01-15 | 2
        """,
    "asset_checks": """
        check_id | person_id | result       | event_date
        ac1      | p1        | within_limit | 2024-02-01
        ac2      | p5        | above_limit  | 2024-05-20
        """,
    "meter_readings": """
        reading_id | account_id | service | event_date | usage
        mr1        | u1         | power   | 2024-05-30 | 0.4
        mr2        | u1         | power   | 2024-04-10 | 6.5
        mr3        | u2         | water   | 2024-05-30 | 0.0
        mr4        | u3         | power   | 2024-05-30 | 3.1
        mr5        | u2         | water   | 2024-06-28 | 0.2
        """,
    "household_lineage": """
        lineage_id | household_id | predecessor_id | kind  | event_date
        hl1        | h3           | h_old          | merge | 2023-10-01
        """,
}  # fmt: skip


class _Refreshed(Shelf):
    """A shelf whose tables can be computed again after the facts under them changed."""

    def __init__(self, engine: Backend) -> None:
        super().__init__(engine)
        self._opened = engine
        self._refreshes: list[str] = []

    def table(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        if name not in self._named:
            query = str(self._opened.compile(make()))
            self._named[name] = super().table(name, make)
            self._refreshes.append(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
        return self._named[name]

    def refresh(self) -> None:
        """Compute every table again, in the order they were first asked for."""
        for statement in self._refreshes:
            self._opened.raw_sql(statement)


class Stage:
    """The village in named tables, and every group compiled once against them."""

    def __init__(self, engine: Backend) -> None:
        self._engine = engine
        self._shelf = shelf = _Refreshed(engine)
        self.facts: dict[str, pa.Table] = {
            name: typed(contract, table(FACTS[name]) if name in FACTS else pd.DataFrame())
            for name, contract in DISTRICT.contracts.items()
        }
        feeds = {
            name: Feed(contract, keep(engine, f"village_{name}", ibis.memtable(self.facts[name])))
            for name, contract in DISTRICT.contracts.items()
        }
        today = ibis.memtable({"as_of_date": [TODAY]}, schema={"as_of_date": "date"})
        dates = keep(engine, "village_dates", today)
        spine = shelf.table("village_spine", lambda: DISTRICT.cohort(feeds, dates))
        links = {
            entity: shelf.table(f"village_link_{entity}", lambda link=link: link)
            for entity, link in DISTRICT.links(spine, feeds).items()
        }
        view = PointInTime(spine, feeds, links, dates=(TODAY,), shelf=shelf)
        self._view = view
        self._queries: dict[str, str] = {}
        self._area = _query(engine, DISTRICT.area(spine, feeds, links), ("area_id",))

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The database in which feed ``x`` is the table ``village_x``."""
        return self._engine.con

    @contextmanager
    def telling(self, facts: Mapping[str, pa.Table]) -> Iterator[None]:
        """Put ``facts`` on the stage instead of the village's, for as long as it lasts."""
        replaced = [name for name in facts if facts[name] is not self.facts[name]]
        for name in replaced:
            self._fill(name, facts[name])
        self._shelf.refresh()
        try:
            yield
        finally:
            for name in replaced:
                self._fill(name, self.facts[name])

    def rows_of(self, group: FeatureGroup) -> list[tuple[object, ...]]:
        """Return the rows of one group over what is told: keys and its columns, in order."""
        if group.name not in self._queries:
            self._queries[group.name] = _query(self._engine, group.build(self._view), group.columns)
        return self.con.execute(self._queries[group.name]).fetchall()

    def rows(self, facts: Mapping[str, pa.Table]) -> dict[str, list[tuple[object, ...]]]:
        """Return the rows of every group, and the areas, over the village with some feeds replaced."""
        with self.telling(facts):
            found = {group.name: self.rows_of(group) for group in DISTRICT.groups}
            return {**found, "area": self.con.execute(self._area).fetchall()}

    def _fill(self, name: str, rows: pa.Table) -> None:
        self.con.execute(f"DELETE FROM village_{name}")
        if rows.num_rows:
            self.con.register("village_news", rows)
            self.con.execute(f"INSERT INTO village_{name} SELECT * FROM village_news")
            self.con.unregister("village_news")


def _query(engine: Backend, rows: ir.Table, columns: tuple[str, ...]) -> str:
    return str(engine.compile(rows.select(*KEYS, *columns).order_by(*KEYS)))
