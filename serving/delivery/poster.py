"""Post one signed message to one target; the relay calls it.

The connection goes to the address that was checked, redirects are not followed, and an answer that is
slow or long is cut off.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult

import httpx2

from serving.delivery.allowed import Address, Allowed, TargetNotAllowed
from serving.delivery.envelopes import CONTENT_TYPE
from serving.delivery.quiet import silence
from serving.delivery.signing import sign

TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 3.0
DRAIN_S = 1.0
MOST_ADDRESSES = 3
MOST_ANSWER_BYTES = 64 * 1024
_RESOLVERS = 4
_LONGEST_RETRY_AFTER = timedelta(hours=24)


class Result(StrEnum):
    """How an attempt ended. ``forbidden``: we did not connect, the target is not allowed."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    GONE = "gone"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came of one attempt. ``told`` is our own short word for it, never the receiver's text."""

    result: Result
    told: str
    retry_after: timedelta | None = None


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Ask the machine's resolver for the addresses of ``host``."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(kw_only=True)
class Poster:
    """Posts to one target. ``deadline_s`` bounds a whole attempt, however slowly bytes trickle."""

    url: str
    keys: Sequence[bytes]
    allowed: Allowed
    deadline_s: float = TIMEOUT_S
    resolve: Callable[[str, int], Sequence[str]] = addresses_of
    _client: httpx2.AsyncClient | None = field(default=None, init=False)
    _resolving: ThreadPoolExecutor | None = field(default=None, init=False)

    async def __aenter__(self) -> Self:
        silence("httpx2", "httpcore2")
        timeout = httpx2.Timeout(self.deadline_s, connect=min(CONNECT_TIMEOUT_S, self.deadline_s))
        # trust_env off: a proxy variable must not carry messages past the allow-list.
        self._client = httpx2.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False)
        self._resolving = ThreadPoolExecutor(max_workers=_RESOLVERS)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.aclose()
        if self._resolving is not None:
            self._resolving.shutdown(wait=False, cancel_futures=True)

    async def post(self, *, message_id: str, body: bytes, now: datetime) -> Attempt:
        """Make one attempt. Two keys (rotation) give two signatures."""
        timestamp = int(now.timestamp())
        signatures = " ".join(
            sign(key=key, message_id=message_id, timestamp=timestamp, body=body)
            for key in self.keys
        )
        headers = {
            "content-type": CONTENT_TYPE,
            # Nothing of the answer is unpacked, so nothing that unpacks to much is asked for.
            "accept-encoding": "identity",
            "user-agent": "zhaoren",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures,
        }
        try:
            async with asyncio.timeout(self.deadline_s):
                return await self._post(headers, body, now)
        except TargetNotAllowed as error:
            return Attempt(result=Result.FORBIDDEN, told=str(error))
        except TimeoutError:
            return Attempt(result=Result.UNREACHABLE, told="timeout")
        except (httpx2.HTTPError, OSError, UnicodeError) as error:
            return Attempt(result=Result.UNREACHABLE, told=type(error).__name__)

    async def _post(self, headers: dict[str, str], body: bytes, now: datetime) -> Attempt:
        parts = self.allowed.check_url(self.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        *others, last = (await self._resolve(host, port))[:MOST_ADDRESSES]
        for address in others:
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                return await self._post_to(address, port, parts, headers, body, now)
        return await self._post_to(last, port, parts, headers, body, now)

    async def _post_to(
        self,
        address: Address,
        port: int,
        parts: SplitResult,
        headers: dict[str, str],
        body: bytes,
        now: datetime,
    ) -> Attempt:
        if self._client is None:
            raise RuntimeError("use the poster as a context manager")
        shown = f"[{address}]" if address.version == 6 else str(address)
        async with self._client.stream(
            "POST",
            parts._replace(netloc=f"{shown}:{port}").geturl(),
            headers={**headers, "host": parts.netloc},
            content=body,
            extensions={"sni_hostname": parts.hostname or ""},
        ) as response:
            attempt = _judge(response, now)
            # The status says it all: a body that trickles must not undo a yes and cause a second copy.
            with suppress(httpx2.HTTPError, TimeoutError):
                async with asyncio.timeout(DRAIN_S):
                    await _drain(response)
            return attempt

    async def _resolve(self, host: str, port: int) -> Sequence[Address]:
        """Return the addresses to try in turn, every address of the name having been checked."""
        # Threads of its own: a name server that hangs must not hold up other targets' names.
        found = await asyncio.get_running_loop().run_in_executor(
            self._resolving, self.resolve, host, port
        )
        addresses = [ipaddress.ip_address(text) for text in found]
        for address in addresses:
            self.allowed.check_address(host, address)
        return addresses


async def _drain(response: httpx2.Response) -> None:
    """Read the answer up to the limit and forget it: a body is not kept, only the status counts."""
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > MOST_ANSWER_BYTES:
            return


def _judge(response: httpx2.Response, now: datetime) -> Attempt:
    status = response.status_code
    if 200 <= status < 300:
        return Attempt(result=Result.DELIVERED, told=str(status))
    if status == 410:
        return Attempt(result=Result.GONE, told="410")
    return Attempt(
        result=Result.REFUSED,
        told=str(status),
        retry_after=_retry_after(response.headers.get("retry-after"), now),
    )


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read Retry-After, in seconds or as a date, as at most a day from ``now``; None: no such order."""
    if value is None:
        return None
    if value.isascii() and value.isdecimal():
        return min(timedelta(seconds=int(value[:9])), _LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None or until <= now:
        return None
    return min(until - now, _LONGEST_RETRY_AFTER)
