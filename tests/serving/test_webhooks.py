"""One signed message to one allowed target: signatures, limits, and where it may not go."""

import asyncio
import base64
import gzip
import hashlib
import hmac
import ipaddress
import socket
import ssl
import time
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from serving.delivery.allowed import Allowed, TargetNotAllowed
from serving.delivery.poster import Poster, Result
from serving.delivery.signing import secret_bytes, sign
from tests.serving.receiver import KEY, answer, receiver

NOW = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
LOOPBACK = Allowed(hosts=frozenset({"127.0.0.1", "localhost"}))


def post(url, *, allowed=LOOPBACK, deadline_s=5.0, keys=(KEY,), now=NOW, body=b'{"a":1}'):
    async def once():
        async with Poster(url=url, keys=keys, allowed=allowed, deadline_s=deadline_s) as poster:
            return await poster.post(message_id="msg_1", body=body, now=now)

    return asyncio.run(once())


def test_the_signature_is_the_one_of_standard_webhooks():
    # Worked out apart, from the specification: HMAC-SHA256 over "id.timestamp.body", base64, "v1,".
    expected = base64.b64encode(
        hmac.new(KEY, b"msg_1.1773036000.{}", hashlib.sha256).digest()
    ).decode()

    assert sign(key=KEY, message_id="msg_1", timestamp=1773036000, body=b"{}") == f"v1,{expected}"


@pytest.mark.parametrize(
    ("message_id", "timestamp", "body"),
    [("msg_2", 1773036000, b"{}"), ("msg_1", 1773036001, b"{}"), ("msg_1", 1773036000, b"{ }")],
)
def test_another_id_time_or_body_has_another_signature(message_id, timestamp, body):
    assert sign(key=KEY, message_id=message_id, timestamp=timestamp, body=body) != sign(
        key=KEY, message_id="msg_1", timestamp=1773036000, body=b"{}"
    )


def test_a_message_arrives_with_its_body_and_headers():
    with receiver() as address:
        attempt = post(address.url)

    [request] = address.received
    assert attempt.result is Result.DELIVERED
    assert (request.path, request.body) == ("/hook", b'{"a":1}')
    assert request.headers["webhook-id"] == "msg_1"
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert request.headers["webhook-signature"] == sign(
        key=KEY, message_id="msg_1", timestamp=int(NOW.timestamp()), body=b'{"a":1}'
    )
    assert request.headers["host"] == address.url.split("/")[2]


def test_while_a_secret_is_replaced_messages_carry_both_signatures():
    with receiver() as address:
        post(address.url, keys=(KEY, bytes(32)))

    assert len(address.received[0].headers["webhook-signature"].split(" ")) == 2


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_delivered(status):
    with receiver(answer(status)) as address:
        assert post(address.url).result is Result.DELIVERED


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_anything_else_is_refused_and_no_redirect_is_followed(status):
    with receiver(answer(status, location="/elsewhere"), answer(204)) as address:
        attempt = post(address.url)

        assert (attempt.result, attempt.told) == (Result.REFUSED, str(status))
        assert len(address.received) == 1


def test_gone_is_told_apart():
    with receiver(answer(410)) as address:
        assert post(address.url).result is Result.GONE


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("99999999999999", timedelta(hours=24)),
        ("soon", None),
        ("-1", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_bounded(value, wait):
    with receiver(answer(429, retry_after=value)) as address:
        assert post(address.url).retry_after == wait


def trickle(handler):
    """Answer one header byte at a time, for ever."""
    try:
        for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 1000:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass


def pour(handler):
    """Answer with a body that does not end."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65536)
    except OSError:
        pass


def hang_up(handler):
    """Close the connection without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_a_receiver_that_trickles_is_cut_off_at_the_deadline():
    with receiver(trickle) as address:
        began = time.monotonic()
        attempt = post(address.url, deadline_s=0.5)

    assert (attempt.result, attempt.told) == (Result.UNREACHABLE, "timeout")
    assert time.monotonic() - began < 2


def drip(handler):
    """Say yes, and then send the body one byte at a time, for ever."""
    handler.send_response(200)
    handler.send_header("content-length", "1000000")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass


BOMB = gzip.compress(bytes(30_000_000))


def bomb(handler):
    """Answer with a body that would unpack to a thousand times its size."""
    handler.send_response(200)
    handler.send_header("content-encoding", "gzip")
    handler.send_header("content-length", str(len(BOMB)))
    handler.end_headers()
    with suppress(OSError):
        handler.wfile.write(BOMB)


def endless_headers(handler):
    """Answer with headers that do not end."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"x-more: " + b"a" * 4000 + b"\r\n")
    except OSError:
        pass


def test_a_yes_counts_whatever_becomes_of_the_body():
    with receiver(drip) as address:
        began = time.monotonic()
        attempt = post(address.url, deadline_s=10.0)

    assert attempt.result is Result.DELIVERED
    assert time.monotonic() - began < 3


def test_nothing_of_an_answer_is_unpacked():
    with receiver(bomb) as address:
        tracemalloc.start()
        attempt = post(address.url)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert attempt.result is Result.DELIVERED
    assert address.received[0].headers["accept-encoding"] == "identity"
    assert most < 5_000_000


def test_headers_that_do_not_end_are_cut_off():
    with receiver(endless_headers) as address:
        assert post(address.url, deadline_s=2.0).result is Result.UNREACHABLE


def test_a_certificate_nobody_vouches_for_is_not_accepted(monkeypatch, tmp_path):
    """The name is right, the address is listed, and the machine there is not the one it says."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hook.city.gov")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hook.city.gov")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    allowed = Allowed(
        hosts=frozenset({"hook.city.gov"}), networks=(ipaddress.ip_network("127.0.0.0/8"),)
    )
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))],
    )
    with receiver(tls=context) as address:
        port = address.url.split(":")[2].split("/")[0]
        attempt = post(f"https://hook.city.gov:{port}/", allowed=allowed)

    assert attempt.result is Result.UNREACHABLE
    assert address.received == []


def test_an_address_that_does_not_answer_is_passed_over_for_the_next(monkeypatch):
    with receiver() as address:
        port = int(address.url.split(":")[2].split("/")[0])
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda *_, **__: [
                (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port)),
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
            ],
        )
        attempt = post(f"http://localhost:{port}/hook")

    assert attempt.result is Result.DELIVERED


def test_a_name_that_cannot_be_looked_up_is_unreachable(monkeypatch):
    def fail(*_arguments, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    attempt = post("https://hook.city.gov/x", allowed=Allowed(hosts=frozenset({"hook.city.gov"})))

    assert attempt.result is Result.UNREACHABLE


def test_an_endless_answer_is_not_read_to_the_end():
    with receiver(pour) as address:
        assert post(address.url, deadline_s=5).result is Result.DELIVERED


def test_a_connection_that_breaks_is_unreachable():
    with receiver(hang_up) as address:
        assert post(address.url).result is Result.UNREACHABLE


def test_nobody_listening_is_unreachable():
    with receiver() as address:
        pass

    assert post(address.url).result is Result.UNREACHABLE


FORBIDDEN = [
    "https://example.org/",
    "https://127.0.0.1.example.org/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/",
    "http://127.0.0.1@evil.org/",
    "http://evil.org#@127.0.0.1/",
    "http://user:pass@127.0.0.1/",
    "http://@127.0.0.1/",
    "http://127。0。0。1/",
    "http://127.0.0.2/",
    "http:///hook",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "127.0.0.1/hook",
    "http://127.0.0.1:notaport/",
    "http://127.0.0.1:99999/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_target_that_is_not_literally_listed_is_never_connected_to(url):
    with pytest.raises(TargetNotAllowed):
        LOOPBACK.check_url(url)
    assert post(url).result is Result.FORBIDDEN


def test_plain_http_is_for_this_machine_only():
    listed = Allowed(hosts=frozenset({"hook.example.org", "192.0.2.1"}))

    listed.check_url("https://hook.example.org/x")
    for url in ("http://hook.example.org/x", "http://192.0.2.1/x"):
        with pytest.raises(TargetNotAllowed, match="https only"):
            listed.check_url(url)


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("93.184.216.34", True),
        ("10.20.0.5", True),
        ("10.21.0.5", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.20.0.5", True),
        ("fe80::1", False),
        ("fd00::1", False),
        ("224.0.0.1", False),
        ("2606:2800:220:1::1", True),
    ],
)
def test_a_name_may_resolve_to_public_addresses_and_to_listed_networks_only(address, is_allowed):
    allowed = Allowed(
        hosts=frozenset({"hook.city.gov"}), networks=(ipaddress.ip_network("10.20.0.0/16"),)
    )

    if is_allowed:
        allowed.check_address("hook.city.gov", ipaddress.ip_address(address))
    else:
        with pytest.raises(TargetNotAllowed, match="inner address"):
            allowed.check_address("hook.city.gov", ipaddress.ip_address(address))


def test_a_listed_name_that_is_pointed_at_this_machine_is_not_connected_to(monkeypatch):
    """DNS rebinding: the name is listed, its address is not."""

    def to_loopback(*_arguments, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", to_loopback)

    attempt = post("https://hook.city.gov/x", allowed=Allowed(hosts=frozenset({"hook.city.gov"})))

    assert attempt.result is Result.FORBIDDEN


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    def to_both(*_arguments, **_options):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", to_both)

    attempt = post("https://hook.city.gov/x", allowed=Allowed(hosts=frozenset({"hook.city.gov"})))

    assert attempt.result is Result.FORBIDDEN


def test_a_proxy_in_the_environment_is_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    with receiver() as address:
        assert post(address.url).result is Result.DELIVERED


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "changeme",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_not base64",
        f"whsec_{base64.b64encode(bytes(32)).decode()}",
        base64.b64encode(KEY).decode(),
    ],
)
def test_a_missing_short_or_default_secret_is_refused(secret):
    with pytest.raises(ValueError, match=r"expected|base64|Only"):
        secret_bytes(secret)


def test_a_good_secret_is_its_bytes():
    assert secret_bytes(f"whsec_{base64.b64encode(KEY).decode()}") == KEY
