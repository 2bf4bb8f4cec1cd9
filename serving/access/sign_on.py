"""Signing in at the provider of single sign-on, for people before a page: authorization code with PKCE.

The pages begin with :meth:`SignOn.begin`, which says where to send the browser, and end with
:meth:`SignOn.finish`, which trades what the browser brought back for the worker's pseudonym. Everything
that ties the two together is made from one secret that stays in the browser: the state that comes back
through it, the nonce inside the provider's token, and the verifier shown to the provider alone.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote_plus, urlencode

from serving.access.fetching import NotAccepted, NotFetched, check_address, post_form
from serving.access.oidc import Provider

Post = Callable[..., Mapping[str, object]]


class Failure(StrEnum):
    """Why nobody is signed in."""

    UNREACHABLE = "unreachable"
    NOT_BEGUN = "not_begun"
    DECLINED = "declined"
    CODE = "code"
    NOBODY = "nobody"


class NotSignedOn(Exception):
    """The sign-in came to nothing; ``failure`` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, kw_only=True)
class SignOn:
    """The pages as a client of ``provider``. ``client_secret`` is None where they are registered without."""

    provider: Provider
    client_secret: str | None = None
    post: Post = post_form

    def begin(self, *, secret: str, back: str, now: datetime) -> str:
        """Return the address at which somebody signs in, and from which they are sent ``back``.

        Raises:
            NotSignedOn: the provider cannot be asked where that is.
        """
        asked = {
            "client_id": self.provider.audience,
            "code_challenge": _base64(hashlib.sha256(_verifier(secret).encode()).digest()),
            "code_challenge_method": "S256",
            "nonce": _made(secret, "nonce"),
            "redirect_uri": back,
            "response_type": "code",
            "scope": "openid",
            "state": state_of(secret),
        }
        address = self._address("authorization_endpoint", now)
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    def finish(self, *, secret: str, state: str, code: str | None, back: str, now: datetime) -> str:
        """Return the worker who signed in; ``code`` is None where the provider sent an error instead.

        Raises:
            NotSignedOn: the state is not that of ``secret``, the provider does not take the code (it was
                used before, or is too old), or does not vouch for anybody.
        """
        if not secret or not hmac.compare_digest(state.encode(), state_of(secret).encode()):
            raise NotSignedOn(Failure.NOT_BEGUN)
        if code is None:
            raise NotSignedOn(Failure.DECLINED)
        form = {
            "code": code,
            "code_verifier": _verifier(secret),
            "grant_type": "authorization_code",
            "redirect_uri": back,
        }
        login = None
        if self.client_secret is None:
            form["client_id"] = self.provider.audience
        else:
            # Both are encoded first (RFC 6749, 2.3.1).
            login = (quote_plus(self.provider.audience), quote_plus(self.client_secret))
        try:
            answer = self.post(self._address("token_endpoint", now), form, login=login)
        except NotAccepted as error:
            raise NotSignedOn(Failure.CODE) from error
        except NotFetched as error:
            raise NotSignedOn(Failure.UNREACHABLE) from error
        token = answer.get("id_token")
        worker_id = None
        if isinstance(token, str):
            worker_id = self.provider.worker_of(token, now, nonce=_made(secret, "nonce"))
        if worker_id is None:
            raise NotSignedOn(Failure.NOBODY)
        return worker_id

    def _address(self, name: str, now: datetime) -> str:
        found = self.provider.address(name, now)
        try:
            check_address(found or "")
        except ValueError as error:
            raise NotSignedOn(Failure.UNREACHABLE) from error
        return found or ""


def state_of(secret: str) -> str:
    """Return the state of the sign-in that was begun with ``secret``; it does not give the secret away."""
    return _made(secret, "state")


def _verifier(secret: str) -> str:
    return _made(secret, "verifier")


def _made(secret: str, purpose: str) -> str:
    return _base64(hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
