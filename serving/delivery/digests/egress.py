"""While a gateway is asked, this thread connects to listed hosts only; :mod:`.apprise_desk` asks for it.

A gateway library opens its connections itself, and where to depends on its plugins. So the interpreter
is watched where a name is resolved and where a socket connects: what is not listed ends there.
"""

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from serving.delivery.allowed import Allowed, TargetNotAllowed

_ALLOWED: ContextVar[Allowed | None] = ContextVar("allowed", default=None)
_RESOLVING = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})


@contextmanager
def only_to(allowed: Allowed) -> Iterator[None]:
    """Let this thread connect to what ``allowed`` lists, and to nothing else.

    Raises:
        TargetNotAllowed: inside the block, where something else was tried.
    """
    _watch_this_process()
    before = _ALLOWED.set(allowed)
    try:
        yield
    finally:
        _ALLOWED.reset(before)


@cache
def _watch_this_process() -> None:
    sys.addaudithook(_watch)


def _watch(event: str, args: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    allowed = _ALLOWED.get()
    if allowed is None:
        return
    if event in _RESOLVING:
        host = args[0].decode() if isinstance(args[0], bytes) else str(args[0])
        if host not in allowed.hosts and not _is_address_in(host, allowed):
            raise TargetNotAllowed(f"gateway: host {host!r} is not among the allowed hosts")
    elif event == "socket.connect":
        address = args[1]
        if not isinstance(address, tuple):
            raise TargetNotAllowed("gateway: only network connections are allowed")
        host = str(address[0])
        if host not in allowed.hosts:
            allowed.check_address("gateway", ipaddress.ip_address(host))


def _is_address_in(host: str, allowed: Allowed) -> bool:
    """Return whether ``host`` is itself an address of a listed network: a socket asks for those, too."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in allowed.networks)
