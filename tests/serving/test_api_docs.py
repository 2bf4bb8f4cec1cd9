"""What docs/api.md tells people to type works as it stands there."""

import re
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select

from serving.access.roles import Role
from serving.store.schema import CASES
from tests.serving.desk import desk_over
from tests.serving.served import served
from tests.serving.village import run

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def desk(tmp_path):
    run(tmp_path / "published")
    opened = desk_over(tmp_path / "published", tmp_path / "home")
    yield opened
    opened.close()


def test_every_command_of_the_page_works(desk, tmp_path):
    commands = [
        line
        for block in re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
        for line in block.splitlines()
        if line.startswith("curl ")
    ]
    with desk.store.read() as read:
        cases = {row.household_id: row for row in read.execute(select(CASES))}
    mine, other = cases["zhao_debts"], cases["zheng_two"]
    names = {
        "TOKEN": desk.token("grid:g1", Role.GRID_WORKER, worker="visitor").secret,
        "CHIEF": desk.token("street:s1", Role.SUPERVISOR, worker="chief").secret,
        "HOUSEHOLD": mine.household_id,
        "CASE": mine.case_id,
        "ALERT": mine.alert_id,
        "OTHER_CASE": other.case_id,
        "PATH": "/usr/bin:/bin",
    }

    with served(desk.app) as address:
        for command in commands:
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                env=names | {"API": address},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)

    assert len(commands) >= 15
