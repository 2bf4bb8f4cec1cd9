"""A department's PostgreSQL as a source: nothing lost, nothing twice, the mark moves last."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import yaml

from data_contracts import postgres_source
from data_contracts.postgres_source import Pulled, pull
from data_contracts.source_settings import Source, SourceError, load_sources
from tests.data_contracts.notes import FEED, contracts, judge_notes, lake_versions
from tests.postgres import ABSENT, programs, running

BINARIES = programs()
pytestmark = pytest.mark.skipif(BINARIES is None, reason=ABSENT)
MORNING = datetime.fromisoformat("2024-08-05 02:00")
COLUMNS = {name: name for name in contracts()[FEED].column_names} | {"person_id": "id_card"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    assert BINARIES is not None
    with running(BINARIES) as dsn:
        yield dsn


@pytest.fixture
def database(server: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("""
            DROP SCHEMA IF EXISTS minzheng CASCADE; CREATE SCHEMA minzheng;
            CREATE TABLE minzheng.notes (
              note_id text PRIMARY KEY, id_card text, event_date date, amount numeric, remark text,
              serial bigint, updated_at timestamptz, changed_at timestamp);
            """)
        yield connection


def _put(
    connection: psycopg.Connection, note_id: str, mark: int | None, amount: str = "1.5"
) -> None:
    connection.execute(
        """
        INSERT INTO minzheng.notes VALUES
          (%(id)s, 'p1', '2024-01-01', %(amount)s, NULL, %(mark)s::bigint,
           timestamptz '2024-08-01 00:00+08' + %(mark)s::bigint * interval '1 minute',
           timestamp '2024-08-01' + %(mark)s::bigint * interval '1 minute')
        ON CONFLICT (note_id) DO UPDATE SET amount = EXCLUDED.amount, serial = EXCLUDED.serial,
          updated_at = EXCLUDED.updated_at, changed_at = EXCLUDED.changed_at
        """,
        {"id": note_id, "mark": mark, "amount": amount},
    )


def _source(server: str, mark: str = "serial", overlap: str = "0") -> Source:
    return Source(FEED, server, ("minzheng", "notes"), mark, overlap, COLUMNS)


def _pull(home: Path, source: Source, *, minute: int = 0) -> Pulled:
    return pull(home, source, received_at=MORNING + timedelta(minutes=minute))


def _amounts(home: Path) -> dict[str, float]:
    judge_notes(home)
    return {note_id: note[0] for note_id, note, _, until in lake_versions(home) if until is None}


@pytest.mark.parametrize(
    ("mark", "overlap"), [("serial", "0"), ("updated_at", "0 min"), ("changed_at", "0 min")]
)
def test_first_everything_then_what_is_new(
    tmp_path: Path, server: str, database: psycopg.Connection, mark: str, overlap: str
) -> None:
    source = _source(server, mark, overlap)
    for number in range(3):
        _put(database, f"n{number}", number)
    assert _pull(tmp_path, source).rows == 3

    _put(database, "n3", 3)
    _put(database, "n0", 4, amount="9")
    assert _pull(tmp_path, source, minute=1).rows == 3  # n2 ties with the mark
    assert _pull(tmp_path, source, minute=2).rows == 1

    assert _amounts(tmp_path) == {"n0": 9.0, "n1": 1.5, "n2": 1.5, "n3": 1.5}


def test_nothing_new_is_no_delivery(
    tmp_path: Path, server: str, database: psycopg.Connection
) -> None:
    assert _pull(tmp_path, _source(server)).path is None
    _put(database, "n1", 1)
    _pull(tmp_path, _source(server))

    again = _pull(tmp_path, _source(server), minute=1)

    assert (again.path, again.mark) == (None, "1")
    assert len(list((tmp_path / "landing" / FEED).glob("*.parquet"))) == 1


def test_rows_that_tie_with_the_mark_are_not_lost(
    tmp_path: Path, server: str, database: psycopg.Connection
) -> None:
    _put(database, "n1", 1)
    _pull(tmp_path, _source(server))
    _put(database, "n2", 1)

    _pull(tmp_path, _source(server), minute=1)

    assert set(_amounts(tmp_path)) == {"n1", "n2"}


@pytest.mark.parametrize(("overlap", "arrives"), [("4", False), ("5", True)])
def test_a_row_committed_late_below_the_mark_arrives_through_the_overlap(
    tmp_path: Path, server: str, database: psycopg.Connection, overlap: str, arrives: bool
) -> None:
    source = _source(server, overlap=overlap)
    with psycopg.connect(server) as slow:
        _put(slow, "late", 5)
        _put(database, "quick", 10)
        _pull(tmp_path, source)
        slow.commit()

    _pull(tmp_path, source, minute=1)

    assert ("late" in _amounts(tmp_path)) is arrives


def test_a_pull_sees_one_moment_and_cannot_write(
    tmp_path: Path, server: str, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        _put(database, f"n{number}", number)
    monkeypatch.setattr(postgres_source, "BATCH_ROWS", 1)
    newest = postgres_source._newest_mark

    def meanwhile(connection: psycopg.Connection, source: Source) -> tuple[str | None, int]:
        found = newest(connection, source)
        _put(database, "later", 99)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), connection.transaction():
            connection.execute("DELETE FROM minzheng.notes")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(postgres_source, "_newest_mark", meanwhile)
        done = _pull(tmp_path, _source(server))
    assert (done.rows, done.mark) == (4, "3")

    assert _pull(tmp_path, _source(server), minute=1).mark == "99"
    assert "later" in _amounts(tmp_path)


@pytest.mark.parametrize("dies_in", ["sha256_of", "write_manifest", "write_atomically"])
def test_a_crash_anywhere_loses_nothing_and_doubles_nothing(
    tmp_path: Path,
    server: str,
    database: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    dies_in: str,
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    _put(database, "n1", 1)
    with monkeypatch.context() as patched:
        patched.setattr(postgres_source, dies_in, crash)
        with pytest.raises(KeyboardInterrupt):
            _pull(tmp_path, _source(server))
    assert not (tmp_path / "sources" / f"{FEED}.json").exists()
    _put(database, "n2", 2)

    _pull(tmp_path, _source(server), minute=1)

    assert _amounts(tmp_path) == {"n1": 1.5, "n2": 1.5}
    assert len(lake_versions(tmp_path)) == 2
    assert not list((tmp_path / "landing").rglob("*.tmp"))


def test_rows_without_a_mark_are_counted(
    tmp_path: Path, server: str, database: psycopg.Connection
) -> None:
    _put(database, "n1", 1)
    _put(database, "never", None)

    done = _pull(tmp_path, _source(server))

    assert (done.rows, done.unmarked) == (1, 1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mark": "remark"}, "column remark is neither a timestamp nor a whole number"),
        ({"mark": "nowhere"}, 'cannot be read: column "nowhere" does not exist'),
        ({"table": ("minzheng", "other")}, 'relation "minzheng.other" does not exist'),
        ({"dsn": "host=/nowhere dbname=x"}, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_mark_stays(
    tmp_path: Path,
    server: str,
    database: psycopg.Connection,
    change: dict[str, object],
    told: str,
) -> None:
    wrong = dataclasses.replace(_source(server), **change)

    with pytest.raises(SourceError, match=told):
        _pull(tmp_path, wrong)
    assert not (tmp_path / "sources").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fed": "x"}, "unknown field 'fed'; did you mean 'feed'"),
        ({"mark": None}, "does not say mark"),
        ({"feed": "note"}, "no contract for feed 'note'; did you mean 'notes'"),
        ({"dsn": "host=x password=geheim"}, "a password stands in the dsn"),
        ({"dsn": "postgresql://u:geheim@h/d"}, "a password stands in the dsn"),
        ({"columns": {"amont": "x"}}, "has no column 'amont'"),
    ],
)
def test_settings_that_do_not_say_what_they_must(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    entry = {
        "feed": FEED,
        "dsn": "host=h",
        "table": "s.t",
        "mark": "m",
        "overlap": "1 hour",
    } | change
    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": [entry]}), encoding="utf-8")

    with pytest.raises((SourceError, ValueError), match=told):
        load_sources(path, contracts())
