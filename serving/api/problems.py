"""Refusals as problem+json (RFC 9457). Nothing in them tells what exists outside the caller's reach.

``KINDS`` is every refusal there is; ``GET /v1/problems`` shows it, and each answer's ``type`` leads there.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from serving.cases import CaseClosed, CaseMoved, CaseNotClosed, CaseUnknown
from serving.cases.objections import AlreadyDecided
from serving.cases.searching import SearchNotDecided
from serving.store.connection import StoreUnavailable

MEDIA_TYPE = "application/problem+json"
TYPES = "/v1/problems/"


@dataclass(frozen=True)
class Kind:
    """One kind of refusal: the last part of its address, its status, and what a client should do."""

    name: str
    status: int
    title: str
    to_do: str


UNAUTHENTICATED = Kind(
    "unauthenticated", 401, "Unauthorized", "send a valid token: Authorization: Bearer <token>"
)
NOT_YOUR_ROLE = Kind(
    "not-your-role", 403, "Forbidden", "this is not for your role; ask your supervisor"
)
NOT_FOUND = Kind("not-found", 404, "Not Found", "there is no such list, household or alert")
NOT_ALLOWED = Kind(
    "method-not-allowed", 405, "Method Not Allowed", "use a method named in the Allow header"
)
CONFLICT = Kind("conflict", 409, "Conflict", "read what stands now; send a change under a new id")
LENGTH_REQUIRED = Kind("length-required", 411, "Length Required", "send Content-Length")
TOO_LARGE = Kind("too-large", 413, "Content Too Large", "send less in one request")
INVALID = Kind(
    "invalid",
    422,
    "Unprocessable Content",
    "correct what `errors` or `detail` names and send again",
)
KEY_REUSED = Kind(
    "key-reused",
    422,
    "Idempotency-Key reused",
    "the key was used for another request; take a new one for each new request",
)
TOO_MANY = Kind(
    "too-many-requests", 429, "Too Many Requests", "wait for the seconds in Retry-After"
)
BROKEN = Kind(
    "internal", 500, "Internal Server Error", "send again; report X-Request-Id if it stays so"
)
UNAVAILABLE = Kind(
    "unavailable", 503, "Service Unavailable", "nothing was kept; send the same again later"
)
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        UNAUTHENTICATED,
        NOT_YOUR_ROLE,
        NOT_FOUND,
        NOT_ALLOWED,
        CONFLICT,
        LENGTH_REQUIRED,
        TOO_LARGE,
        INVALID,
        KEY_REUSED,
        TOO_MANY,
        BROKEN,
        UNAVAILABLE,
    )
}


class Refused(Exception):
    """The request is refused: ``kind``, and in ``detail`` what more can be said without personal data."""

    def __init__(self, kind: Kind, detail: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(kind.name)
        self.kind = kind
        self.detail = detail
        self.retry_after = retry_after


class Unauthenticated(Refused):
    """No token in force came with the request."""

    def __init__(self) -> None:
        super().__init__(UNAUTHENTICATED)


class NotFound(Refused):
    """There is no such thing, or it is not the caller's: the answer is the same."""

    def __init__(self) -> None:
        super().__init__(NOT_FOUND)


def require(allowed: bool) -> None:
    """Go on only if the caller's role allows it.

    Asked before anything is looked up, so that the refusal tells nothing of any household.

    Raises:
        Refused: it does not.
    """
    if not allowed:
        raise Refused(NOT_YOUR_ROLE)


def problem(
    kind: Kind,
    detail: str = "",
    *,
    retry_after: int | None = None,
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> JSONResponse:
    """Return a problem answer; ``detail`` is the kind's own advice where nothing more is said."""
    sent = dict(headers or {})
    if kind is UNAUTHENTICATED:
        sent["WWW-Authenticate"] = "Bearer"
    if retry_after is not None:
        sent["Retry-After"] = str(retry_after)
    content = {
        "type": TYPES + kind.name,
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.to_do,
        **more,
    }
    return JSONResponse(content, status_code=kind.status, media_type=MEDIA_TYPE, headers=sent)


def no_such_thing() -> JSONResponse:
    """Return the one answer for what is not there and for what is not the caller's."""
    return problem(NOT_FOUND)


def add_handlers(app: FastAPI) -> None:
    """Make every refusal of ``app`` a problem answer."""

    @app.exception_handler(Refused)
    def refused(_request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, Refused):
            raise error
        return problem(error.kind, error.detail, retry_after=error.retry_after)

    @app.exception_handler(CaseMoved)
    @app.exception_handler(CaseNotClosed)
    @app.exception_handler(SearchNotDecided)
    @app.exception_handler(AlreadyDecided)
    def contradicted(_request: Request, error: Exception) -> JSONResponse:
        return problem(CONFLICT, str(error))

    @app.exception_handler(CaseClosed)
    def closed(_request: Request, _error: Exception) -> JSONResponse:
        return problem(CONFLICT, "the case is closed")

    @app.exception_handler(CaseUnknown)
    def unknown(_request: Request, _error: Exception) -> JSONResponse:
        return no_such_thing()

    # Somebody else wrote the same thing at the same moment: sent again, it meets what is there now.
    @app.exception_handler(IntegrityError)
    @app.exception_handler(StoreUnavailable)
    def unavailable(_request: Request, _error: Exception) -> JSONResponse:
        return problem(UNAVAILABLE, retry_after=5)

    @app.exception_handler(HTTPException)
    def by_framework(request: Request, error: Exception) -> JSONResponse:
        if not isinstance(error, HTTPException):
            raise error
        kind = next((kind for kind in KINDS.values() if kind.status == error.status_code), INVALID)
        if kind is NOT_ALLOWED:
            return problem(kind, headers={"Allow": ", ".join(_methods(request))})
        return problem(kind, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: Exception) -> JSONResponse:
        # Where and what kind only: the value that was sent must not come back or reach a log. The last
        # part of a place can be a key the client made up, so only names the description knows are told.
        errors = error.errors() if isinstance(error, RequestValidationError) else []
        return problem(INVALID, "the request is not as described", errors=list(map(_told, errors)))


def _methods(request: Request) -> list[str]:
    """Return every method of the address asked for: the framework tells those of one route only."""
    asked = getattr(request.scope.get("route"), "path", "")
    return sorted(
        method.upper() for method in request.app.openapi()["paths"].get(asked, {"get": {}})
    )


def _told(item: Mapping[str, object]) -> dict[str, str]:
    where = item.get("loc", ())
    parts = [str(part) for part in where] if isinstance(where, tuple) else []
    kind = str(item.get("type", "invalid"))
    if kind == "extra_forbidden":
        return {"where": ".".join(parts[:-1]), "what": "an unknown field was sent"}
    return {"where": ".".join(parts), "what": _WORDS.get(kind, kind.replace("_", " "))}


_WORDS = {
    "missing": "is required",
    "json_invalid": "is not JSON",
    "enum": "is not one of the allowed values",
    "literal_error": "is not one of the allowed values",
    "string_too_long": "is too long",
    "string_too_short": "is too short",
    "string_pattern_mismatch": "has characters that are not allowed",
    "date_from_datetime_parsing": "is not a date (YYYY-MM-DD)",
    "date_parsing": "is not a date (YYYY-MM-DD)",
    "datetime_from_date_parsing": "is not a moment with a zone",
    "uuid_parsing": "is not a UUID",
}
