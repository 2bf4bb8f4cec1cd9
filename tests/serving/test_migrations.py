"""The steps make exactly the tables the program works with, on both databases, and can be undone."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from serving.cli import main
from serving.refusals import ExitCode, Refusal
from serving.store import open_store
from serving.store.guards import GUARDS, Guard, conditions
from serving.store.migrating import check, downgrade, head, make_ready, upgrade, version
from serving.store.revise import draft
from serving.store.schema import METADATA
from serving.store.tables.base import UtcDateTime
from tests.serving.stores import OWNER_ROLE, SERVING_ROLE

HINT = 'run `python -m serving.store.revise 0001 "First tables"` and commit what it writes'


@contextmanager
def empty(kind, request):
    """Yield a connection to a database with nothing in it, as whoever owns it."""
    if kind == "sqlite":
        engine = create_engine("sqlite://")
        with engine.begin() as work:
            yield work
        return
    cluster = request.getfixturevalue("postgresql")
    name = f"empty_{uuid4().hex[:12]}"
    cluster.run(f"CREATE DATABASE {name} OWNER {OWNER_ROLE}")
    engine = create_engine(cluster.url(name, OWNER_ROLE))
    try:
        with engine.begin() as work:
            yield work
    finally:
        engine.dispose()
        cluster.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


def described(work):
    """Return all that makes up the tables, in an order of its own."""
    found = inspect(work)
    tables = {}
    for name in sorted(set(found.get_table_names()) - {"alembic_version"}):
        tables[name] = {
            "columns": [
                (one["name"], str(one["type"]), one["nullable"])
                for one in sorted(found.get_columns(name), key=lambda one: one["name"])
            ],
            "key": sorted(found.get_pk_constraint(name)["constrained_columns"]),
            "foreign": sorted(
                (tuple(one["constrained_columns"]), one["referred_table"])
                for one in found.get_foreign_keys(name)
            ),
            "unique": sorted(
                tuple(one["column_names"]) for one in found.get_unique_constraints(name)
            ),
            "checks": sorted(
                (one["name"], one["sqltext"]) for one in found.get_check_constraints(name)
            ),
            "indexes": sorted(
                (
                    one["name"],
                    tuple(one["column_names"]),
                    bool(one["unique"]),
                    str(one["dialect_options"].get(f"{work.dialect.name}_where")),
                )
                for one in found.get_indexes(name)
            ),
        }
    return tables


def test_the_steps_make_the_tables_the_program_works_with(kind, request):
    with empty(kind, request) as work:
        upgrade(work)
        stepped = described(work)
        context = MigrationContext.configure(work, opts={"compare_type": _same_moment})
        assert compare_metadata(context, METADATA) == [], HINT
    with empty(kind, request) as work:
        METADATA.create_all(work)
        assert stepped == described(work), HINT


def _same_moment(_context, _found, _column, _found_type, our_type):
    """Our own type is what it is in the database; everything else is compared."""
    return False if isinstance(our_type, UtcDateTime) else None


def test_nothing_is_left_to_write_down():
    with pytest.raises(SystemExit, match="nothing to write down"):
        draft(f"{int(head()) + 1:04}", "next")


def test_the_steps_make_the_guards_the_program_counts_on(request):
    with empty("postgresql", request) as work:
        upgrade(work)
        stepped = _guards(work)
        for table, guard in GUARDS.items():
            if guard is not Guard.OPEN:
                seen, changed = conditions(table, guard)
                for kind, condition in (("seen", seen), ("changed", changed)):
                    work.execute(
                        text(f"ALTER POLICY {table}_{kind} ON {table} USING ({condition})")
                    )
        assert stepped == _guards(work), HINT


def _guards(work):
    return work.execute(
        text("SELECT tablename, policyname, qual FROM pg_policies ORDER BY 1, 2")
    ).all()


def test_a_step_can_be_undone_and_taken_again(kind, request):
    with empty(kind, request) as work:
        upgrade(work)
        made = described(work)
        downgrade(work, to="base")
        assert described(work) == {}
        assert version(work) is None
        upgrade(work)
        assert described(work) == made


def test_a_database_that_is_ready_stays_as_it_is(kind, request):
    with empty(kind, request) as work:
        make_ready(work)
        make_ready(work)
        check(work)
        assert version(work) == head()


@pytest.mark.parametrize(
    ("reached", "to_do"), [("0000", "zhaoren store upgrade"), ("9999", "install that one")]
)
def test_a_database_of_another_version_is_told_apart(kind, request, reached, to_do):
    with empty(kind, request) as work:
        upgrade(work)
        work.execute(
            text("UPDATE alembic_version SET version_num = :reached"), {"reached": reached}
        )
        with pytest.raises(Refusal, match=to_do) as caught:
            check(work)
        assert caught.value.code is ExitCode.STORE_OTHER_VERSION


def test_a_store_made_by_a_newer_version_is_not_opened(home):
    store = open_store(home)
    with store.write() as work:
        work.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()

    with pytest.raises(Refusal, match="install that one"):
        open_store(home)


def test_the_newest_step_is_the_last_of_one_line():
    scripts = ScriptDirectory("serving/store/migrations")

    assert scripts.get_heads() == [head()]


def test_the_operator_makes_the_tables_of_a_bureau_as_their_owner(postgresql, home, capsys):
    """Three lines of SQL, one command, and everything else works as the role that serves."""
    name = f"bureau_{uuid4().hex[:12]}"
    postgresql.run(f"CREATE DATABASE {name} OWNER {OWNER_ROLE}")
    try:
        serving = environ(home, postgresql.url(name))
        assert main(["status"], serving) == ExitCode.STORE_OTHER_VERSION
        assert "zhaoren store upgrade" in capsys.readouterr().err
        assert main(["store", "upgrade"], serving) != 0

        owner = environ(home, postgresql.url(name, OWNER_ROLE))
        assert main(["store", "upgrade", "--serving-role", "nobody_known"], owner) == (
            ExitCode.NOT_FOUND
        )
        assert "CREATE ROLE" in capsys.readouterr().err
        assert main(["store", "upgrade"], owner) == 0
        assert main(["store", "upgrade"], owner) == 0
        assert main(["status"], serving) == 0
        assert main(["tokens", "list"], serving) == 0
        capsys.readouterr()
        assert main(["store", "show"], serving) == 0
        assert f"PostgreSQL, step {head()}" in capsys.readouterr().out
    finally:
        postgresql.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_commands_do_not_work_as_a_role_that_steps_over_the_policies(postgresql, home, capsys):
    with postgresql.database() as name:
        powerful = environ(home, postgresql.url(name, "owner"))
        assert main(["status"], powerful) == ExitCode.STORE_OTHER_VERSION
    assert "steps over" in capsys.readouterr().err


@pytest.mark.parametrize(
    "url", ["mysql://h/d", "sqlite:///x.db", "no address", "postgresql+asyncpg://"]
)
def test_an_address_of_no_database_we_can_use_is_refused_without_being_quoted(home, url, capsys):
    if "asyncpg" in url:
        url = "mysql://user:geheim@h/d"
    assert main(["status"], environ(home, url)) == ExitCode.SETTINGS_WRONG
    told = capsys.readouterr().err
    assert "ZHAOREN_STORE_URL" in told
    assert "geheim" not in told


def environ(home, url):
    return {"ZHAOREN_HOME": str(home), "ZHAOREN_STORE_URL": url}


def test_the_serving_role_is_the_one_of_these_tests():
    assert SERVING_ROLE == "zhaoren_serving"
