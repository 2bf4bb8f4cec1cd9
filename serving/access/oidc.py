"""Tokens of a single sign-on provider (OpenID Connect): whose they are, or that they are nobody's.

The API holds one :class:`Provider` and asks it through :func:`serving.access.callers.caller_of`; the pages
sign in with the same one (:mod:`serving.access.sign_on`). A token says who; what that person may do stands in the store. Everything about a token is decided by our settings
and the provider's published keys: nothing in the token chooses algorithm, key or address.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import jwt

from serving.access.fetching import NotFetched, fetch_json

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures with a public key only: a secret shared with the provider could be anybody's."""

SKEW = timedelta(seconds=60)
KEYS_KEPT = timedelta(hours=1)
AT_MOST_EVERY = timedelta(minutes=1)
LONGEST_TOKEN = 16 * 1024
LONGEST_WORKER_ID = 64

_log = logging.getLogger(__name__)

Fetch = Callable[[str], Mapping[str, object]]


@dataclass(kw_only=True)
class Provider:
    """One provider. ``worker_claim`` names the claim that holds the worker's pseudonym."""

    issuer: str
    audience: str
    worker_claim: str = "sub"
    fetch: Fetch = fetch_json
    _described: Mapping[str, object] = field(default_factory=dict, init=False)
    _keys: dict[str, jwt.PyJWK] = field(default_factory=dict, init=False)
    _fetched_at: datetime | None = field(default=None, init=False)
    _asked_at: datetime | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def worker_of(self, token: str, now: datetime, *, nonce: str | None = None) -> str | None:
        """Return the worker ``token`` was made for; None if it is not valid now, whatever is wrong.

        ``nonce`` is what the token must carry where it answers a sign-in that was begun with one.
        """
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            header = jwt.get_unverified_header(token)
            algorithm = header.get("alg")
            if algorithm not in ALGORITHMS or "crit" in header:
                return None
            key = self._key(header.get("kid"), now)
            if key is None or key.algorithm_name not in (None, algorithm):
                return None
            claims = jwt.decode(
                token,
                key=key.key,
                algorithms=[algorithm],
                audience=self.audience,
                issuer=self.issuer,
                # Times are judged below, by the clock that was handed in.
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, TypeError, ValueError):
            return None
        if nonce is not None and claims.get("nonce") != nonce:
            return None
        return self._named(claims) if _in_force(claims, now) else None

    def address(self, name: str, now: datetime) -> str | None:
        """Return an address the provider publishes (``token_endpoint``, say); None while there is none."""
        with self._lock:
            if self._is_stale(now):
                self._refresh(now)
            found = self._described.get(name)
        return found if isinstance(found, str) else None

    def _named(self, claims: Mapping[str, object]) -> str | None:
        worker_id = claims.get(self.worker_claim)
        if not isinstance(worker_id, str) or not 0 < len(worker_id) <= LONGEST_WORKER_ID:
            return None
        return worker_id if worker_id.isprintable() else None

    def _key(self, kid: object, now: datetime) -> jwt.PyJWK | None:
        """Return the provider's key of this name; asks the provider for names it has not heard of."""
        with self._lock:
            if self._is_stale(now) or self._among_known(kid) is None:
                self._refresh(now)
            return self._among_known(kid)

    def _is_stale(self, now: datetime) -> bool:
        return self._fetched_at is None or now - self._fetched_at >= KEYS_KEPT

    def _among_known(self, kid: object) -> jwt.PyJWK | None:
        if kid is None:
            # A provider with one key need not name it.
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid) if isinstance(kid, str) else None

    def _refresh(self, now: datetime) -> None:
        """Ask for the keys, at most once in :data:`AT_MOST_EVERY` however many unknown names come."""
        if self._asked_at is not None and now - self._asked_at < AT_MOST_EVERY:
            return
        self._asked_at = now
        try:
            described = self.fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if described.get("issuer") != self.issuer:
                raise NotFetched(f"{self.issuer}: describes itself as another issuer")
            keys = _usable(self.fetch(str(described.get("jwks_uri"))))
        except NotFetched as error:
            # The keys at hand stay: a provider that is down for an hour locks nobody out.
            _log.warning("single sign-on: %s", error)
            return
        self._described, self._keys, self._fetched_at = described, keys, now


def _usable(published: Mapping[str, object]) -> dict[str, jwt.PyJWK]:
    """Return the published keys that may verify signatures, by name."""
    found: dict[str, jwt.PyJWK] = {}
    listed = published.get("keys")
    for number, content in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(content, dict) or content.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        if content.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(content)
        except (jwt.PyJWTError, TypeError, ValueError):
            continue
        found[str(content.get("kid", f"unnamed {number}"))] = key
    return found


def _in_force(claims: Mapping[str, object], now: datetime) -> bool:
    """Whether ``now`` lies between the token's times, give or take :data:`SKEW`."""
    expires, starts, issued = (_moment(claims.get(name)) for name in ("exp", "nbf", "iat"))
    if expires is None or now >= expires + SKEW:
        return False
    return all(
        moment is not None and moment <= now + SKEW
        for name, moment in (("nbf", starts), ("iat", issued))
        if name in claims
    )


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        return None
