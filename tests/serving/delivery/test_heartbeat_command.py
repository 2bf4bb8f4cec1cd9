"""``zhaoren heartbeat`` as a scheduler calls it: quiet, loud once, and loud where the store is away."""

import json

import pytest

from serving.cli import main
from serving.refusals import ExitCode
from tests.serving.receiver import answer, receiver


@pytest.fixture
def heartbeat(home):
    def call(url, **environ):
        (home / "ops.url").write_text(url.replace("http://", "json://"))
        file = home / "gateways.yaml"
        file.write_text(
            "hosts: ['127.0.0.1']\ngateways: {ops: {url_file: ops.url}}\noperators: ops\n"
            "link: https://zhaoren.city.gov/\n"
        )
        told = {"ZHAOREN_HOME": str(home), "ZHAOREN_GATEWAYS": str(file)}
        return main(["heartbeat"], told | environ)

    return call


def said(address):
    return [json.loads(request.body)["message"] for request in address.received]


def test_operators_hear_once_of_a_list_that_never_came_and_the_scheduler_every_time(heartbeat):
    with receiver() as address:
        codes = [heartbeat(address.url) for _ in range(3)]

    assert codes == [ExitCode.LIST_MISSING] * 3
    [told] = said(address)
    assert "is not there" in told


def test_what_the_gateway_did_not_take_is_told_again(heartbeat):
    with receiver(answer(500), answer(204)) as address:
        for _ in range(3):
            heartbeat(address.url)

    assert len(said(address)) == 2


def test_a_store_that_is_away_is_told_as_well(heartbeat):
    with receiver() as address:
        code = heartbeat(address.url, ZHAOREN_STORE_URL="postgresql://nobody@127.0.0.1:1/nothing")

    assert code == ExitCode.STORAGE_FAILED
    assert said(address) == ["the store cannot be opened"]


def test_without_a_gateway_the_code_says_it(home):
    assert main(["heartbeat"], {"ZHAOREN_HOME": str(home)}) == ExitCode.LIST_MISSING
