"""The one desk through which the sign-on provider is asked: https (http only to this machine), short answers.

Called by :mod:`serving.access.oidc` and :mod:`serving.access.sign_on`, and by nothing else.
"""

import json
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx2

TIMEOUT_S = 3.0
MOST_BYTES = 256 * 1024


class NotFetched(Exception):
    """The provider did not answer as it should; the message has no more than the address and why."""


class NotAccepted(Exception):
    """The provider read what was sent and refused it; the message has no more than the address and status."""


def check_address(url: str) -> None:
    """Make sure that ``url`` may be asked.

    Raises:
        ValueError: it is not https, nor http to this machine; or there are credentials in it.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if "@" in parts.netloc or not host:
        raise ValueError("write https://<host>/..., without a user or password")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        raise ValueError("https only (http only to this machine)")


def fetch_json(url: str) -> Mapping[str, object]:
    """Return the JSON object at ``url``.

    Raises:
        NotFetched: it is not allowed, not there, too long, too slow, or no JSON object.
    """
    return _asked("GET", url)


def post_form(
    url: str, form: Mapping[str, str], *, login: tuple[str, str] | None
) -> Mapping[str, object]:
    """Return the JSON object that ``url`` answers to ``form``; ``login`` is the user and password to show.

    Raises:
        NotAccepted: the form was read and refused.
        NotFetched: as for :func:`fetch_json`.
    """
    return _asked("POST", url, data=form, auth=login)


def _asked(method: str, url: str, **sent: Any) -> Mapping[str, object]:
    try:
        check_address(url)
        # trust_env off: a proxy variable must not decide whose keys we believe.
        with (
            httpx2.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream(method, url, headers={"accept": "application/json"}, **sent) as answer,
        ):
            if answer.status_code in (400, 401, 403) and method == "POST":
                raise NotAccepted(f"{url}: answered {answer.status_code}")
            if answer.status_code != 200:
                raise NotFetched(f"{url}: answered {answer.status_code}")
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise NotFetched(f"{url}: more than {MOST_BYTES} bytes")
        found = json.loads(bytes(body))
    except (httpx2.HTTPError, OSError, ValueError) as error:
        raise NotFetched(f"{url}: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise NotFetched(f"{url}: no JSON object")
    return found


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
