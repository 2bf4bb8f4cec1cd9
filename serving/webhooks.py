"""Post one signed message to the one target that was allowed. Headers follow Standard Webhooks.

Nothing is allowed until it is listed: the host, and for a host name also the network it resolves to. The
connection goes to the address that was checked, redirects are not followed, and an answer that is slow or
long is cut off.
"""

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urlsplit

import httpx2

TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 3.0
MOST_ANSWER_BYTES = 64 * 1024
_LONGEST_RETRY_AFTER = timedelta(hours=24)
_SECRET_PREFIX = "whsec_"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Result(StrEnum):
    """How an attempt ended. ``forbidden``: we did not connect, the target is not allowed."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    GONE = "gone"
    FORBIDDEN = "forbidden"


class TargetNotAllowed(ValueError):
    """The target is not on the list of allowed hosts, or resolves to a network that is not."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came of one attempt. ``told`` is our own short word for it, never the receiver's text."""

    result: Result
    told: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Where messages may go. ``hosts`` are literal: names or addresses as they stand in the URL."""

    hosts: frozenset[str]
    networks: tuple[Network, ...] = ()

    def check_url(self, url: str) -> SplitResult:
        """Return the parts of ``url`` if it may be used at all.

        Raises:
            TargetNotAllowed: not https (http only to this machine), credentials in it, or a host that
                is not listed.
        """
        parts = urlsplit(url)
        try:
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise TargetNotAllowed(f"webhook target: {error}") from error
        if host is None or host not in self.hosts:
            raise TargetNotAllowed(
                f"webhook target: host {host!r} is not among the allowed hosts {sorted(self.hosts)}"
            )
        if parts.username is not None or parts.password is not None or "@" in parts.netloc:
            raise TargetNotAllowed("webhook target: no credentials in the address")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
            raise TargetNotAllowed("webhook target: https only (http only to this machine)")
        return parts

    def check_address(self, host: str, address: Address) -> None:
        """Make sure that ``host`` may resolve to ``address``.

        A host that is itself an address was listed as such. A name may resolve to public addresses, or
        to a listed network; this keeps a name from being pointed at an inner machine.

        Raises:
            TargetNotAllowed: it may not.
        """
        mapped = getattr(address, "ipv4_mapped", None) or address
        if _literal(host) == address or any(mapped in network for network in self.networks):
            return
        if host == "localhost" and mapped.is_loopback:
            return
        if not mapped.is_global or mapped.is_multicast:
            raise TargetNotAllowed(
                f"webhook target: {host} resolves to {mapped}, an inner address; list its network in"
                " ZHAOREN_WEBHOOK_NETWORKS if that is meant"
            )


def secret_bytes(secret: str) -> bytes:
    """Return the signing key behind ``whsec_<base64>``.

    Raises:
        ValueError: no prefix, not base64, or fewer than 24 bytes.
    """
    if not secret.startswith(_SECRET_PREFIX):
        raise ValueError(f"expected {_SECRET_PREFIX} followed by base64")
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    if len(key) < 24 or len(set(key)) < 8:
        raise ValueError("expected at least 24 random bytes")
    return key


def sign(*, key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the ``webhook-signature`` value over id, timestamp (Unix seconds) and body."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


@dataclass(kw_only=True)
class Poster:
    """Posts to one target. ``deadline_s`` bounds a whole attempt, however slowly bytes trickle."""

    url: str
    keys: Sequence[bytes]
    allowed: Allowed
    deadline_s: float = TIMEOUT_S
    _client: httpx2.AsyncClient | None = field(default=None, init=False)

    async def __aenter__(self) -> Self:
        timeout = httpx2.Timeout(self.deadline_s, connect=min(CONNECT_TIMEOUT_S, self.deadline_s))
        # trust_env off: a proxy variable must not carry messages past the allow-list.
        self._client = httpx2.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def post(self, *, message_id: str, body: bytes, now: datetime) -> Attempt:
        """Make one attempt. Two keys (rotation) give two signatures."""
        timestamp = int(now.timestamp())
        signatures = " ".join(
            sign(key=key, message_id=message_id, timestamp=timestamp, body=body)
            for key in self.keys
        )
        headers = {
            "content-type": "application/json",
            "user-agent": "zhaoren",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures,
        }
        try:
            async with asyncio.timeout(self.deadline_s):
                return await self._post(headers, body)
        except TargetNotAllowed as error:
            return Attempt(result=Result.FORBIDDEN, told=str(error))
        except TimeoutError:
            return Attempt(result=Result.UNREACHABLE, told="timeout")
        except (httpx2.HTTPError, OSError) as error:
            return Attempt(result=Result.UNREACHABLE, told=type(error).__name__)

    async def _post(self, headers: dict[str, str], body: bytes) -> Attempt:
        if self._client is None:
            raise RuntimeError("use the poster as a context manager")
        parts = self.allowed.check_url(self.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await self._resolve(host, port)
        shown = f"[{address}]" if address.version == 6 else str(address)
        async with self._client.stream(
            "POST",
            parts._replace(netloc=f"{shown}:{port}").geturl(),
            headers={**headers, "host": parts.netloc},
            content=body,
            extensions={"sni_hostname": host},
        ) as response:
            await _drain(response)
            return _judge(response)

    async def _resolve(self, host: str, port: int) -> Address:
        """Return the address to connect to, every address of the name having been checked."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
        for address in addresses:
            self.allowed.check_address(host, address)
        return addresses[0]


async def _drain(response: httpx2.Response) -> None:
    """Read the answer up to the limit and forget it: a body is not kept, only the status counts."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > MOST_ANSWER_BYTES:
            return


def _judge(response: httpx2.Response) -> Attempt:
    status = response.status_code
    if 200 <= status < 300:
        return Attempt(result=Result.DELIVERED, told=str(status))
    if status == 410:
        return Attempt(result=Result.GONE, told="410")
    return Attempt(
        result=Result.REFUSED,
        told=str(status),
        retry_after=_retry_after(response.headers.get("retry-after")),
    )


def _retry_after(value: str | None) -> timedelta | None:
    """Read Retry-After in seconds, at most a day; the date form is left to our own schedule."""
    if value is None or not value.isdecimal():
        return None
    return min(timedelta(seconds=int(value[:9])), _LONGEST_RETRY_AFTER)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" or (literal is not None and literal.is_loopback)
