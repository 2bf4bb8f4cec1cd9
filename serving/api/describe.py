"""The description at ``/v1/openapi.json``: every refusal of every operation, with an example of each.

FastAPI writes what endpoints declare. What holds for all of them is added here, once, so that no
endpoint can forget it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from serving.api.examples import ANSWERS, BODIES, VALUES
from serving.api.problems import (
    INVALID,
    KINDS,
    MEDIA_TYPE,
    NOT_FOUND,
    TOO_LARGE,
    TOO_MANY,
    TYPES,
    UNAUTHENTICATED,
    UNAVAILABLE,
    Kind,
)

_SCHEMA = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). `type` leads to what it means and what to do.",
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
                "required": ["where", "what"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
_CONDITION = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an earlier answer: 304 if nothing changed since.",
    "schema": {"type": "string"},
    "example": '"0f4b7a3f0f4b7a3f0f4b7a3f0f4b7a3f"',
}
_TAG = {"ETag": {"description": "Changes when the answer does.", "schema": {"type": "string"}}}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of ``app``, made once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        found["servers"] = [{"url": "/"}]
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = _SCHEMA
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        for methods in found["paths"].values():
            for method, operation in methods.items():
                _complete(method, operation)
        _leave_open(found)
        app.openapi_schema = found
    return app.openapi_schema


def _leave_open(part: object) -> None:
    """Drop ``additionalProperties: true``: it says nothing, and makers of clients stumble over it."""
    if isinstance(part, dict):
        if part.get("additionalProperties") is True:
            del part["additionalProperties"]
        for inner in part.values():
            _leave_open(inner)
    elif isinstance(part, list):
        for inner in part:
            _leave_open(inner)


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation["responses"]
    responses.pop("422", None)
    for kind in _refusals(method, operation):
        _add_example(responses, kind)
    if method == "get":
        operation.setdefault("parameters", []).append(_CONDITION)
        responses["200"]["headers"] = _TAG
        responses["304"] = {"description": "Nothing changed since.", "headers": _TAG}
    operation.pop("x-problems", None)
    name = operation["operationId"]
    for status, answer in ANSWERS.get(name, {}).items():
        responses[status]["content"]["application/json"]["example"] = answer
    if name in BODIES:
        operation["requestBody"]["content"]["application/json"]["example"] = BODIES[name]
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in VALUES:
            parameter["example"] = VALUES[parameter["name"]]


def _refusals(method: str, operation: Mapping[str, Any]) -> Iterable[Kind]:
    yield UNAVAILABLE
    if operation.get("parameters") or "requestBody" in operation:
        yield INVALID
        yield NOT_FOUND
    if operation.get("security"):
        yield UNAUTHENTICATED
        yield TOO_MANY
    if method == "post":
        yield TOO_LARGE
    yield from (KINDS[name] for name in operation.get("x-problems", ()))


def _add_example(responses: dict[str, Any], kind: Kind) -> None:
    response = responses.setdefault(str(kind.status), {"description": kind.title})
    content = response.setdefault("content", {}).setdefault(MEDIA_TYPE, {})
    content["schema"] = {"$ref": "#/components/schemas/Problem"}
    content.setdefault("examples", {})[kind.name] = {
        "value": {
            "type": TYPES + kind.name,
            "title": kind.title,
            "status": kind.status,
            "detail": kind.to_do,
        }
    }
