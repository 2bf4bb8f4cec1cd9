"""Hand a short text to a gateway: 企业微信, 钉钉, 飞书, e-mail, SMS by JSON. The only importer of Apprise.

Apprise judges by the HTTP status. 企业微信, 钉钉 and 飞书 say no in the body of a 200, so what they answered
is looked at as well. No address, token or answer leaves this module.
"""

import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import apprise
import requests

from serving.delivery.allowed import Allowed, TargetNotAllowed
from serving.delivery.digests.egress import only_to
from serving.delivery.quiet import silence

ADDRESS = "{address}"
_CODES = ("errcode", "code", "StatusCode")
_MOST_ANSWER_BYTES = 4096

_answers: ContextVar[list[int] | None] = ContextVar("answers", default=None)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a gateway said. ``told`` is our own short word for it."""

    is_accepted: bool
    told: str


def hand_over(url: str, *, address: str, title: str, body: str, allowed: Allowed) -> Said:
    """Send one text through the gateway at ``url``, an Apprise URL; ``address`` replaces its {address}."""
    _prepare()
    plugin = apprise.Apprise.instantiate(
        url.replace(ADDRESS, quote(address, safe="")), asset=_asset(), suppress_exceptions=True
    )
    if plugin is None:
        return Said(is_accepted=False, told="address not understood")
    answers: list[int] = []
    noting = _answers.set(answers)
    try:
        with only_to(allowed):
            is_accepted = bool(plugin.notify(body=body, title=title))
    except TargetNotAllowed:
        return Said(is_accepted=False, told="host not allowed")
    except Exception as error:  # noqa: BLE001 - a plugin's own error may quote the address
        return Said(is_accepted=False, told=type(error).__name__)
    finally:
        _answers.reset(noting)
    refused = [code for code in answers if code != 0]
    if refused:
        return Said(is_accepted=False, told=f"code {refused[0]}")
    return Said(is_accepted=is_accepted, told="accepted" if is_accepted else "refused")


@cache
def _asset() -> apprise.AppriseAsset:
    return apprise.AppriseAsset(
        app_id="zhaoren", app_desc="", app_url="", async_mode=False, secure_logging=True
    )


@cache
def _prepare() -> None:
    """Silence the libraries' logs and look at answers on their way to Apprise."""
    silence("apprise", "urllib3", "requests")
    requests.Session.send = _noting(requests.Session.send)  # type: ignore[method-assign]


def _noting(send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
    def noted(
        session: requests.Session, request: requests.PreparedRequest, **options: object
    ) -> requests.Response:
        answers = _answers.get()
        if answers is None:
            return send(session, request, **options)
        # A redirect would hand the text to somebody the gateway chose.
        response = send(session, request, **{**options, "allow_redirects": False})
        code = _code_in(response.content[:_MOST_ANSWER_BYTES])
        if code is not None:
            answers.append(code)
        return response

    return noted


def _code_in(content: bytes) -> int | None:
    """Return the result code in an answer; None where the gateway has no such habit."""
    try:
        said = json.loads(content)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    return next((said[name] for name in _CODES if isinstance(said.get(name), int)), None)
