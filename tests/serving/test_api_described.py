"""The description keeps its word: Schemathesis asks everything it says, and everything it does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from serving.access.roles import Role
from serving.api import examples
from serving.api.limiting import Allowances
from serving.lists.documents import alert_id
from tests.serving.desk import desk_over
from tests.serving.served import served
from tests.serving.village import NIGHT, run

EXAMPLES = os.environ.get("ZHAOREN_SCHEMATHESIS_EXAMPLES", "2")
"""Per operation; the figures of a release are made with 200."""

CONFIG = """
[checks.positive_data_acceptance]
# 304 is an answer. 422 also refuses what no schema can say: a visit tomorrow, a cursor of another list.
expected-statuses = ["2xx", "304", "401", "403", "404", "409", "422"]
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    run(tmp_path / "published")
    opened = desk_over(
        tmp_path / "published",
        tmp_path / "home",
        allowances=Allowances(requests="1000000 per 1 minute", households="1000000 per 1 minute"),
    )
    monkeypatch.setitem(examples.VALUES, "household_id", "zhao_debts")
    monkeypatch.setitem(
        examples.VALUES, "alert_id", alert_id(as_of_date=NIGHT, household_id="zhao_debts")
    )
    yield opened
    opened.close()


@pytest.mark.skipif(sys.platform == "win32", reason="starts a server and a command")
def test_every_check_of_schemathesis_holds(desk, tmp_path):
    token = desk.token("district:d", Role.SUPERVISOR).secret
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    with served(desk.app) as address:
        done = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                "--config-file",
                config,
                "run",
                f"{address}/v1/openapi.json",
                "--header",
                f"Authorization: Bearer {token}",
                "--checks",
                "all",
                "--max-examples",
                EXAMPLES,
                "--seed",
                "7",
                "--continue-on-failure",
                "--no-color",
                "--generation-database",
                "none",
            ],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_every_operation_has_an_example_of_its_answer_and_of_every_refusal(desk):
    description = desk.client.get("/v1/openapi.json").json()
    without = []
    for methods in description["paths"].values():
        for operation in methods.values():
            contents = [
                (status, content)
                for status, response in operation["responses"].items()
                for content in response.get("content", {}).values()
            ]
            if "requestBody" in operation:
                contents += [("body", one) for one in operation["requestBody"]["content"].values()]
            for status, content in contents:
                shown = [one["value"] for one in content.get("examples", {}).values()]
                shown += [content["example"]] if "example" in content else []
                if not shown:
                    without.append((operation["operationId"], status))
                schema = content["schema"] | {"components": description["components"]}
                for example in shown:
                    Draft202012Validator(schema).validate(example)
            assert operation["operationId"]
            assert operation["tags"]
            assert operation["summary"]

    assert without == []
