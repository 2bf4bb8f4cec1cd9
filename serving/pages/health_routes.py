"""GET /pages/health: whether data, model and nights are all right."""

import json
from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.access.roles import Right
from serving.api.deps import CallerDep, Read, StoreDep
from serving.api.problems import require
from serving.ledger.runs import latest_publication, runs_page
from serving.pages.rendering import render
from serving.pages.session import PREFIX

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_RUNS_SHOWN = 14


@router.get("/health")
def get_health(request: Request, caller: CallerDep, read: Read, store: StoreDep) -> Response:
    """Return how fresh the lists in force are, and how the last nights went."""
    require(caller.may(Right.AGGREGATES) or caller.may(Right.OPERATE))
    last = latest_publication(store)
    return render(
        request,
        "health.html",
        {
            "last": last and {"data_until": (last.as_of_date - timedelta(days=1)).isoformat()},
            "feeds": _unusual(json.loads(last.header)) if last else [],
            "runs": runs_page(read, before=None, most=_RUNS_SHOWN),
        },
    )


def _unusual(header: dict[str, list[dict[str, object]]]) -> list[dict[str, object]]:
    late = [
        {
            "feed": feed["feed"],
            "department": feed["department"],
            "received": feed["last_received_on"],
            "state": "refused" if feed["refused"] else "late",
        }
        for feed in header["late_feeds"]
    ]
    degraded = [
        {
            "feed": feed["feed"],
            "department": feed["department"],
            "received": "",
            "state": "degraded",
        }
        for feed in header["degraded_feeds"]
    ]
    return late + degraded
