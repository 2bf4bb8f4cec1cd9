"""What does not fit in memory goes to disk: unreadable where names are in memory, and never for longer than needed."""

import fcntl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from features.connections import open_engine, open_named
from features.engine_names import DUCKDB
from features.scratch import scratch_folder

NAME = "鹮鹇鸰"


def spilled(engine, spill: Path) -> bytes:
    """Sort more than fits in memory and return what lies on disk meanwhile."""
    engine.raw_sql("SET threads = 1")
    engine.raw_sql(
        f"CREATE TABLE people AS SELECT '{NAME}' || i AS name, hash(i) AS h FROM range(600000) t(i)"
    )
    engine.raw_sql("CREATE TABLE sorted AS SELECT * FROM people ORDER BY h")
    written = b"".join(path.read_bytes() for path in spill.rglob("*") if path.is_file())
    assert len(written) > 1_000_000
    return written


def test_spilled_rows_are_not_readable_unless_the_lake_is_all_that_is_read(tmp_path: Path) -> None:
    with open_engine(spill=tmp_path, memory="30MB") as engine:
        assert NAME.encode() not in spilled(engine, tmp_path)
    with open_named(DUCKDB, spill=tmp_path, memory="30MB") as engine:
        assert NAME.encode() in spilled(engine, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_failed_run_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error), open_engine(spill=tmp_path, memory="30MB") as engine:
        engine.raw_sql("SELECT * FROM nothing_of_that_name")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_removed_and_nothing_of_the_living(tmp_path: Path) -> None:
    dies = (
        "import os, sys; from pathlib import Path; from features.scratch import scratch_folder;"
        "held = scratch_folder(Path(sys.argv[1]), prefix='dead-');"
        "(held.__enter__() / 'spilled').write_text('rows'); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", dies, str(tmp_path)], check=False)
    assert killed.returncode == -9
    assert len(list(tmp_path.glob("dead-*"))) == 2

    with scratch_folder(tmp_path, prefix="first-") as first:
        assert not list(tmp_path.glob("dead-*"))
        with scratch_folder(tmp_path, prefix="second-") as second:
            assert first.is_dir()
            assert second.is_dir()
        assert first.is_dir()
        assert not second.exists()


def test_many_that_open_at_once_keep_out_of_each_others_folders(tmp_path: Path) -> None:
    def work(number: int) -> bool:
        with scratch_folder(tmp_path, prefix="one-") as folder:
            (folder / "rows").write_text(str(number))
            with scratch_folder(tmp_path, prefix="another-"):
                pass
            return (folder / "rows").read_text() == str(number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))
    assert not list(tmp_path.iterdir())


def test_who_sweeps_while_another_takes_its_lock_leaves_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, others = fcntl.flock, []

    def flock(handle, how: int) -> None:
        if how == fcntl.LOCK_EX and not others:
            others.append(None)
            with scratch_folder(tmp_path, prefix="other-"):
                pass
        really(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with scratch_folder(tmp_path, prefix="mine-") as folder:
        assert others
        assert folder.with_suffix(".lock").exists()


def test_a_lock_that_cannot_be_taken_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "somebodys.lock").mkdir()
    with scratch_folder(tmp_path, prefix="mine-") as folder:
        assert folder.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["somebodys.lock"]
