"""Refusals as problem+json (RFC 9457). Nothing in them tells what exists outside the caller's reach."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class Unauthenticated(Exception):
    """No token in force came with the request."""


class NotFound(Exception):
    """There is no such thing, or it is not the caller's: the answer is the same."""


def problem(status: int, *, title: str, detail: str, **more: object) -> JSONResponse:
    """Return a problem answer."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def add_handlers(app: FastAPI) -> None:
    """Make every refusal of ``app`` a problem answer."""

    @app.exception_handler(Unauthenticated)
    def unauthenticated(_request: Request, _error: Exception) -> JSONResponse:
        return problem(
            401, title="Unauthorized", detail="send a valid token: Authorization: Bearer <token>"
        )

    @app.exception_handler(NotFound)
    def not_found(_request: Request, _error: Exception) -> JSONResponse:
        return no_such_thing()

    @app.exception_handler(HTTPException)
    def refused(_request: Request, error: Exception) -> JSONResponse:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == 404:
            return no_such_thing()
        detail = str(error.detail) if isinstance(error, HTTPException) else "refused"
        return problem(status, title="Refused", detail=detail)

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: Exception) -> JSONResponse:
        # Where and what kind only: the value that was sent must not come back or reach a log.
        errors = error.errors() if isinstance(error, RequestValidationError) else []
        wrong = [{"where": ".".join(map(str, item["loc"])), "what": item["msg"]} for item in errors]
        return problem(
            422,
            title="Unprocessable Content",
            detail="the request is not as described",
            errors=wrong,
        )


def no_such_thing() -> JSONResponse:
    """Return the one answer for what is not there and for what is not the caller's."""
    return problem(404, title="Not Found", detail="there is no such list, household or alert")
