"""The one desk through which the sign-on provider is asked: https (http only to this machine), short answers.

Called by :mod:`serving.access.oidc`, and by nothing else.
"""

import json
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2

TIMEOUT_S = 3.0
MOST_BYTES = 256 * 1024


class NotFetched(Exception):
    """The provider did not answer as it should; the message has no more than the address and why."""


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
    try:
        check_address(url)
        # trust_env off: a proxy variable must not decide whose keys we believe.
        with (
            httpx2.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url, headers={"accept": "application/json"}) as answer,
        ):
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
