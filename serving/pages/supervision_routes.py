"""GET /pages/figures and /pages/health: where help arrives, and whether data and nights are all right."""

import json
from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.access.places import names_of_places
from serving.access.roles import Right, role_table
from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, ClockDep, Read, StoreDep, ZoneDep
from serving.api.problems import require
from serving.ledger.runs import latest_publication, runs_page
from serving.pages.rendering import render
from serving.pages.session import PREFIX
from serving.store.scopes import WHOLE
from serving.supervision.figures import TABLES, Result, figures

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_MONTHS_SHOWN = 6
_RUNS_SHOWN = 14
_STAGES = (Result.HELPED, Result.GAP, Result.WAITING)


@router.get("/figures")
def get_figures(
    request: Request,
    caller: CallerDep,
    audited: AuditedDep,
    store: StoreDep,
    clock: ClockDep,
    zone: ZoneDep,
    month: date | None = None,
) -> Response:
    """Return a month from alert to help, by place, lane, trigger, source, band and role."""
    require(caller.may(Right.AGGREGATES))
    this_month = clock().astimezone(zone).date().replace(day=1)
    first = (month or this_month).replace(day=1)
    audited.aggregates(first)
    with store.read(WHOLE) as read:
        found = figures(read, scope=caller.paths_with(Right.AGGREGATES), month=first)
        places = names_of_places(read)
    everything = found.tables["all"][0]
    funnel = [
        ("alerts", everything.alerts),
        ("reached", everything.reached),
        ("confirmed", everything.confirmed),
        *((stage.value, everything.results[stage]) for stage in _STAGES),
    ]
    return render(
        request,
        "figures.html",
        {
            "funnel": funnel,
            "tables": [(name, found.tables[name]) for name in TABLES],
            "titles": {
                **{name: {} for name in TABLES},
                "place": places,
                "role": {role.value: rule.title for role, rule in role_table().roles.items()},
            },
            "days": found.days_to_visit,
            "months": _months_before(this_month),
            "shown": first.isoformat(),
        },
    )


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


def _months_before(first: date) -> list[str]:
    """Return the first days of the last months, the latest first."""
    months = [first]
    for _ in range(_MONTHS_SHOWN - 1):
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return [month.isoformat() for month in months]


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
