"""PostgreSQL keeps people to their places by itself: asked as the serving role, with no filter in any query.

The village has the streets s1 (grids g1, g2) and s2 (g3), with lists of all three.
"""

import psycopg
import pytest
from sqlalchemy import func, insert, literal, select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError

from serving.access.places import NOWHERE
from serving.store import open_store as open_at
from serving.store.guards import GUARDS, OF_PLACE, Guard
from serving.store.schema import ALERTS, DECISIONS, LISTS, METADATA, OUTCOMES
from serving.store.scopes import NOTHING, WHOLE, as_setting, within
from serving.store.tables.base import PATH
from tests.serving.stores import OWNER_ROLE, SERVING_ROLE, kept_in
from tests.serving.village import run

S1, S2, G1 = ("d/s1",), ("d/s2",), ("d/s1/c-g1/g1",)


@pytest.fixture(scope="module")
def database(postgresql, tmp_path_factory):
    """A database with one night of the village in it. Tests leave it as it is."""
    home = tmp_path_factory.mktemp("home")
    with postgresql.database() as name, kept_in(home, postgresql.url(name)):
        run(home)
        yield name


@pytest.fixture(scope="module")
def store(postgresql, database, tmp_path_factory):
    opened = open_at(tmp_path_factory.mktemp("none"), url=postgresql.url(database))
    yield opened
    opened.close()


def grids(connection, table=ALERTS):
    return set(connection.scalars(select(table.c.grid_id).distinct()))


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (WHOLE, {"g1", "g2", "g3"}),
        (S1, {"g1", "g2"}),
        (S2, {"g3"}),
        (G1, {"g1"}),
        ((*G1, *S2), {"g1", "g3"}),
        (("d",), {"g1", "g2", "g3"}),
        (("d/s",), set()),
        (("d/s1/c-g1/g",), set()),
        (("%",), set()),
        (NOTHING, set()),
    ],
)
@pytest.mark.parametrize("table", [ALERTS, LISTS], ids=lambda table: table.name)
def test_a_transaction_sees_its_part_of_the_tree(store, scope, seen, table):
    with store.read(scope) as read:
        assert grids(read, table) == seen
    with store.write(scope) as work:
        assert grids(work, table) == seen


def test_what_lies_nowhere_is_nobodys(store):
    with store.read() as read:
        assert read.scalar(select(func.count()).where(DECISIONS.c.area_path == NOWHERE)), (
            "the village has a household whose grid nobody knows"
        )
    with store.read(("d",)) as read:
        assert grids(read, DECISIONS) == {"g1", "g2", "g3"}


def test_requests_see_nothing_before_they_say_for_whom_they_work(store):
    requests = store.for_requests()

    with requests.read() as read:
        assert grids(read) == set()
    with requests.read(S2) as read:
        assert grids(read) == {"g3"}


@pytest.mark.parametrize("wrong", [("", "d"), ("a,/",), ("/",), ("/d",), ("d/",)])
def test_a_path_that_would_read_as_two_or_as_everything_is_no_scope(store, wrong):
    with pytest.raises(ValueError, match="no path"), store.read(wrong):
        pass


def test_a_connection_that_served_somebody_serves_the_next_with_nothing_left_over(
    postgresql, database
):
    with psycopg.connect(dsn(postgresql, database), autocommit=True) as connection:
        assert count(connection) == 0
        with connection.transaction():
            connection.execute("SELECT set_config('zhaoren.scope', %s, true)", [as_setting(S1)])
            assert count(connection) > 0
        # PostgreSQL leaves '' behind here, not NULL.
        assert connection.execute("SHOW zhaoren.scope").fetchone() == ("",)
        assert count(connection) == 0


def test_what_a_transaction_of_ours_said_ends_with_it(store):
    with store.read(WHOLE) as read:
        assert grids(read)
    for _ in range(3):
        with store.engine.connect() as pooled:
            assert grids(pooled) == set()


def test_a_scope_that_was_rolled_back_is_gone(postgresql, database):
    with psycopg.connect(dsn(postgresql, database), autocommit=True) as connection:
        with connection.transaction(force_rollback=True):
            connection.execute("SELECT set_config('zhaoren.scope', %s, true)", [as_setting(WHOLE)])
            assert count(connection) > 0
        assert count(connection) == 0


def test_the_owner_of_the_tables_is_held_to_the_policies_too(postgresql, database):
    with psycopg.connect(dsn(postgresql, database, OWNER_ROLE)) as connection:
        assert count(connection) == 0


def test_the_serving_role_owns_nothing_and_cannot_step_over_a_policy(postgresql, database):
    with psycopg.connect(dsn(postgresql, database, OWNER_ROLE)) as connection:
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", [SERVING_ROLE]
        ).fetchone()
        powers = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s",
            [SERVING_ROLE],
        ).fetchone()
    assert owned == (0,)
    assert powers == (False, False, False)
    with psycopg.connect(dsn(postgresql, database)) as connection:
        for statement in (
            "ALTER TABLE alerts DISABLE ROW LEVEL SECURITY",
            "DROP POLICY alerts_seen ON alerts",
            "TRUNCATE audit_entries",
            "DROP TRIGGER audit_entries_refuses_change ON audit_entries",
            f"SET ROLE {OWNER_ROLE}",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
            connection.rollback()


def test_copying_out_is_held_to_the_policies(postgresql, database):
    with psycopg.connect(dsn(postgresql, database)) as connection:
        connection.execute("SELECT set_config('zhaoren.scope', %s, true)", [as_setting(S2)])
        with connection.cursor().copy("COPY alerts (grid_id) TO STDOUT") as copied:
            assert {row[0] for row in copied.rows()} == {"g3"}


def test_a_view_asks_as_its_reader(postgresql, database):
    owner = dsn(postgresql, database, OWNER_ROLE)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(
            "CREATE VIEW alerted WITH (security_invoker = true) AS SELECT grid_id FROM alerts"
        )
        connection.execute(f"GRANT SELECT ON alerted TO {SERVING_ROLE}")
    with psycopg.connect(dsn(postgresql, database)) as connection:
        assert connection.execute("SELECT count(*) FROM alerted").fetchone() == (0,)


def test_no_view_and_no_function_works_with_its_makers_rights(postgresql, database):
    with psycopg.connect(dsn(postgresql, database, OWNER_ROLE)) as connection:
        views = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm')"
            " AND relnamespace = 'public'::regnamespace"
            " AND NOT COALESCE('security_invoker=true' = ANY(reloptions), false)"
        ).fetchall()
        functions = connection.execute(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        ).fetchall()
    assert (views, functions) == ([], [])


def test_a_plan_tells_nothing_of_rows_out_of_reach(postgresql, database):
    with psycopg.connect(dsn(postgresql, database)) as connection:
        connection.execute("SELECT set_config('zhaoren.scope', %s, true)", [as_setting(S2)])
        plan = connection.execute(
            "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, COSTS OFF, FORMAT JSON)"
            " SELECT * FROM alerts WHERE household_id = 'zhao_debts'"
        ).fetchone()[0]
    assert plan[0]["Plan"]["Actual Rows"] == 0


def test_what_the_engine_writes_no_request_changes(store):
    with store.write(S1) as work:
        changed = work.execute(update(ALERTS).values(rank=ALERTS.c.rank + 100))
        assert changed.rowcount == 0
    with store.read() as read:
        row = dict(read.execute(select(ALERTS).limit(1)).mappings().one())
    with pytest.raises(ProgrammingError, match="row-level security"), store.write(S1) as work:
        work.execute(insert(ALERTS).values(row | {"alert_id": "new", "household_id": "new"}))


def test_a_refused_row_does_not_tell_whether_one_like_it_exists(store):
    """The key of a foreign alert and one nobody has are refused in the same words."""
    with store.read() as read:
        row = dict(
            read.execute(select(ALERTS).where(ALERTS.c.grid_id == "g3").limit(1)).mappings().one()
        )
    told = []
    for alert_id in (row["alert_id"], "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(DatabaseError) as caught, store.write(S1) as work:
            work.execute(insert(ALERTS).values(row | {"alert_id": alert_id}))
        told.append((type(caught.value), str(caught.value.orig)))
    assert told[0] == told[1]
    assert not issubclass(told[0][0], IntegrityError)


def test_outcomes_are_the_engines(store):
    with store.read(S1) as read:
        assert read.execute(select(OUTCOMES)).all() == []


def test_every_table_is_entered_among_the_guards():
    missing = set(METADATA.tables) - set(GUARDS)
    assert not missing, (
        f"say in serving/store/guards.py who may see and change the rows of {sorted(missing)}"
    )
    assert set(GUARDS) <= set(METADATA.tables)


ABOUT_A_HOUSEHOLD = {"area_path", "household_id", "alert_id", "case_id"}


def test_no_table_about_households_is_open():
    open_ones = {
        name
        for name, table in METADATA.tables.items()
        if GUARDS.get(name) is Guard.OPEN and ABOUT_A_HOUSEHOLD & set(table.c.keys())
    }
    assert open_ones == set()


def test_every_guarded_table_stands_guarded_in_the_database(postgresql, database):
    with psycopg.connect(dsn(postgresql, database, OWNER_ROLE)) as connection:
        found = {
            name: (enabled, forced, policies)
            for name, enabled, forced, policies in connection.execute(
                "SELECT relname, relrowsecurity, relforcerowsecurity,"
                " (SELECT array_agg(polname::text ORDER BY polname) FROM pg_policy"
                "  WHERE polrelid = pg_class.oid)"
                " FROM pg_class WHERE relkind IN ('r', 'p')"
                " AND relnamespace = 'public'::regnamespace"
            )
        }
        with_paths = connection.execute(
            "SELECT table_name, is_nullable FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'area_path'"
        ).fetchall()
    guarded = {name for name, guard in GUARDS.items() if guard is not Guard.OPEN}
    assert {name for name, state in found.items() if state[0]} == guarded
    for name in guarded:
        assert found[name] == (True, True, [f"{name}_changed", f"{name}_seen"])
    assert {name for name, _ in with_paths} <= guarded
    assert {nullable for _, nullable in with_paths} == {"NO"}


def test_a_row_without_a_path_is_refused(store):
    with store.read() as read:
        row = dict(read.execute(select(ALERTS).limit(1)).mappings().one())
    for path in ("", None):
        with pytest.raises(IntegrityError), store.write(WHOLE) as work:
            work.execute(
                insert(ALERTS).values(
                    row | {"alert_id": "new", "household_id": "new", "area_path": path}
                )
            )


def dsn(cluster, database, role=SERVING_ROLE):
    return f"host={cluster.folder} dbname={database} user={role}"


def count(connection):
    return connection.execute("SELECT count(*) FROM alerts").fetchone()[0]


ODD = [
    "d", "d/s1", "d/s1/c", "d/s1/c/g", "d/s10", "d/s10/c", "d/s1-x", "d/s1.x/c", "d/s", "d/s2", "e/s1",
    "D/s1", "d/s%", "d/s_/c", "d/s1%2Fc", "x/d/s1", "d/s1/c-1/g_1", "d/s0", "d/s1!/c",
]  # fmt: skip


@pytest.mark.parametrize(
    "scope", [("d/s1",), ("d",), ("d/s1/c/g",), ("d/s_",), ("d/s%",), ("d/s1", "e"), NOTHING, WHOLE]
)
def test_our_condition_and_the_database_agree_on_every_path(store, scope):
    with store.read(scope) as read:
        for path in ODD:
            ours = read.scalar(select(within(literal(path, PATH), scope)))
            theirs = read.scalar(
                text(
                    f"SELECT COALESCE({OF_PLACE}, false) FROM (SELECT :path ::text AS area_path) AS row"
                ),
                {"path": path},
            )
            inside = scope == WHOLE or any(f"{path}/".startswith(f"{one}/") for one in scope)
            assert (ours, theirs) == (inside, inside), path
