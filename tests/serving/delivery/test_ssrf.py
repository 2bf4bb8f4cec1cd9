"""Ways to talk the engine into connecting to an inner machine; each is refused before a connection."""

import asyncio
import socket
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from serving.delivery.allowed import Allowed
from serving.delivery.poster import Poster, Result
from tests.serving.receiver import KEY, answer, receiver

NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
LISTED = Allowed(hosts=frozenset({"hook.city.gov"}), networks=(ip_network("10.20.0.0/16"),))

URLS = {
    "loopback": "http://127.0.0.1:{port}/",
    "loopback over https": "https://127.0.0.1:{port}/",
    "another loopback address": "http://127.0.0.2:{port}/",
    "short": "http://127.1:{port}/",
    "shorter": "http://0:{port}/",
    "hexadecimal": "http://0x7f000001:{port}/",
    "dotted hexadecimal": "http://0x7f.0.0.1:{port}/",
    "decimal": "http://2130706433:{port}/",
    "octal": "http://0177.0.0.1:{port}/",
    "overlong octal": "http://00000177.0.0.1:{port}/",
    "mixed bases": "http://0x7f.0.1:{port}/",
    "overflowing": "http://4294967297:{port}/",
    "unspecified": "http://0.0.0.0:{port}/",
    "localhost": "http://localhost:{port}/",
    "localhost with a dot": "http://localhost.:{port}/",
    "ipv6 loopback": "http://[::1]:{port}/",
    "ipv6 loopback in full": "http://[0:0:0:0:0:0:0:1]:{port}/",
    "ipv4-mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "ipv4-mapped in hexadecimal": "http://[::ffff:7f00:1]:{port}/",
    "ipv4-compatible": "http://[::127.0.0.1]:{port}/",
    "ipv6 zone": "http://[fe80::1%25lo]:{port}/",
    "nat64": "http://[64:ff9b::7f00:1]:{port}/",
    "6to4": "http://[2002:7f00:1::]:{port}/",
    "cloud metadata": "http://169.254.169.254/latest/meta-data/",
    "cloud metadata in decimal": "http://2852039166/latest/meta-data/",
    "other cloud's metadata": "http://100.100.100.200/latest/meta-data/",
    "private": "https://10.0.0.1/",
    "carrier-grade nat": "https://100.64.0.1/",
    "user is the listed host": "https://hook.city.gov@127.0.0.1:{port}/",
    "user and password": "https://user:pass@hook.city.gov:{port}/",
    "empty user": "https://@hook.city.gov:{port}/",
    "escaped at": "https://hook.city.gov%40127.0.0.1:{port}/",
    "backslash": "https://127.0.0.1:{port}\\@hook.city.gov/",
    "fragment": "https://127.0.0.1:{port}#@hook.city.gov/",
    "query": "https://127.0.0.1:{port}?@hook.city.gov/",
    "listed host as prefix": "https://hook.city.gov.evil.example/",
    "listed host as suffix": "https://evilhook.city.gov/",
    "trailing dot": "https://hook.city.gov.:{port}/",
    "ideographic full stop": "https://hook。city。gov:{port}/",
    "full-width digits": "http://１２７.０.０.１:{port}/",
    "circled digits": "http://①②⑦.⓪.⓪.①:{port}/",
    "look-alike letter": "https://hооk.city.gov/",
    "soft hyphen": "https://ho\u00adok.city.gov/",
    "nul": "https://hook.city.gov\x00.evil.example/",
    "new line": "https://hook.city.gov\r\nHost: evil.example/",
    "plain http": "http://hook.city.gov:{port}/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:{port}/_POST",
    "no scheme": "127.0.0.1:{port}/",
    "no host": "http:///hook",
}

ANSWERS_OF_NAME_SERVERS = {
    "loopback": ["127.0.0.1"],
    "loopback network": ["127.255.255.254"],
    "unspecified": ["0.0.0.0"],
    "ipv6 loopback": ["::1"],
    "ipv6 unspecified": ["::"],
    "ipv4-mapped": ["::ffff:127.0.0.1"],
    "ipv4-mapped private": ["::ffff:192.168.0.1"],
    "ipv4-compatible": ["::127.0.0.1"],
    "nat64": ["64:ff9b::7f00:1"],
    "nat64 of a private address": ["64:ff9b::a00:1"],
    "local nat64": ["64:ff9b:1::a00:1"],
    "6to4": ["2002:7f00:1::"],
    "teredo": ["2001:0:4136:e378:8000:63bf:80ff:fffe"],
    "private a": ["10.0.0.1"],
    "private b": ["172.16.0.1"],
    "private c": ["192.168.1.1"],
    "carrier-grade nat": ["100.64.0.1"],
    "cloud metadata": ["169.254.169.254"],
    "other cloud's metadata": ["100.100.100.200"],
    "benchmarking": ["198.18.0.1"],
    "documentation": ["192.0.2.1"],
    "multicast": ["224.0.0.1"],
    "ipv6 multicast": ["ff02::1"],
    "broadcast": ["255.255.255.255"],
    "reserved": ["240.0.0.1"],
    "link-local": ["fe80::1"],
    "link-local with zone": ["fe80::1%lo"],
    "site-local": ["fec0::1"],
    "unique local": ["fd00::1"],
    "beside the listed network": ["10.21.0.1"],
    "inner behind public": ["93.184.216.34", "10.0.0.1"],
    "inner before public": ["127.0.0.1", "93.184.216.34"],
}


def post(url, *, resolve, allowed=LISTED):
    async def once():
        poster = Poster(url=url, keys=[KEY], allowed=allowed, deadline_s=3.0, resolve=resolve)
        async with poster:
            return await poster.post(message_id="msg_1", body=b"{}", now=NOW)

    return asyncio.run(once())


@pytest.fixture
def connections(monkeypatch):
    """Every address that anything tried to connect to."""
    tried = []
    real = socket.socket.connect

    def connect(self, address):
        tried.append(address)
        return real(self, address)

    async def sock_connect(_loop, _sock, address):
        tried.append(address)
        raise OSError("no connections here")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", sock_connect, raising=False)
    return tried


def test_there_are_enough_of_them():
    assert len(URLS) + len(ANSWERS_OF_NAME_SERVERS) >= 80


@pytest.mark.parametrize("vector", URLS)
def test_an_address_that_is_not_literally_listed_is_not_connected_to(vector, connections):
    attempt = post(URLS[vector].format(port=9), resolve=lambda host, port: ["127.0.0.1"])

    assert attempt.result is Result.FORBIDDEN
    assert connections == []


@pytest.mark.parametrize("vector", ANSWERS_OF_NAME_SERVERS)
def test_a_listed_name_that_leads_inside_is_not_connected_to(vector, connections):
    attempt = post(
        "https://hook.city.gov/x", resolve=lambda host, port: ANSWERS_OF_NAME_SERVERS[vector]
    )

    assert attempt.result is Result.FORBIDDEN
    assert connections == []


def test_what_may_be_connected_to_is(connections):
    """The counterpart: were everything refused, the tables above would prove nothing."""
    for address in ("93.184.216.34", "10.20.0.1", "::ffff:10.20.0.1"):
        attempt = post("https://hook.city.gov/x", resolve=lambda host, port, a=address: [a])
        assert attempt.result is Result.UNREACHABLE
    assert [address[0] for address in connections] == [
        "93.184.216.34",
        "10.20.0.1",
        "::ffff:a14:1",
    ]


def test_a_name_that_is_pointed_elsewhere_between_two_attempts_is_caught_at_the_second(connections):
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])

    attempts = [
        post("https://hook.city.gov/x", resolve=lambda host, port: next(answers)) for _ in range(2)
    ]

    assert [attempt.result for attempt in attempts] == [Result.UNREACHABLE, Result.FORBIDDEN]
    assert [address[0] for address in connections] == ["93.184.216.34"]


def test_the_name_is_asked_for_once_and_its_checked_address_is_used(connections):
    asked = []

    def resolve(host, port):
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    post("https://hook.city.gov/x", resolve=resolve)

    assert asked == ["hook.city.gov"]
    assert [address[0] for address in connections] == ["93.184.216.34"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_inside_is_not_followed(status):
    allowed = Allowed(hosts=frozenset({"127.0.0.1"}))
    with receiver() as inner, receiver(answer(status, location=inner.url)) as outer:
        attempt = post(outer.url, allowed=allowed, resolve=lambda host, port: ["127.0.0.1"])

        assert attempt.result is Result.REFUSED
        assert inner.received == []
