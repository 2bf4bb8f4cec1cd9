"""GET /pages/list and /pages/shell: the visitor's list, and the same page without one."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, ClockDep, Read, StoreDep, ZoneDep
from serving.cases.findings import Finding, Need
from serving.lists.published import lists_page
from serving.pages.my_list import MOST_LISTS, ORDERS, Kind, my_lists
from serving.pages.recording_routes import MOST_LETTERS, Tried
from serving.pages.rendering import render
from serving.pages.session import PREFIX, renew
from serving.store.scopes import WHOLE

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_TOLD = ("waiting", "received", "looked_at", "signed_out", "refused")


@router.get("/list")
def get_list(
    request: Request,
    caller: CallerDep,
    read: Read,
    store: StoreDep,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
    order: Literal["urgency", "route"] = "urgency",
) -> Response:
    """Return today's doors."""
    page = lists_page(read, caller=caller, after=None, most=MOST_LISTS)
    audited.lists(page.lists)
    # What was recorded lies beyond what a request sees of the store; it is asked for these alerts only.
    with store.read(WHOLE) as whole:
        lists = my_lists(whole, page.lists, worker_id=caller.worker_id, order=order, zone=zone)
    response = _page(
        request,
        {
            "lists": lists,
            "order": order,
            "today": clock().astimezone(zone).date(),
            "shell": False,
            "records": caller.may(Right.RECORD),
            "supervises": caller.may(Right.AGGREGATES),
            "who": caller.worker_id,
        },
    )
    renew(request, response)
    return response


@router.get("/shell")
def get_shell(request: Request) -> Response:
    """Return the list page without a list: what a phone opens when there is no network."""
    nothing = {"lists": (), "order": ORDERS[0], "today": date.min, "who": ""}
    return _page(request, {**nothing, "shell": True, "records": False, "supervises": False})


def _page(request: Request, values: Mapping[str, object]) -> Response:
    codes = {
        "kinds": list(Kind),
        "most_letters": MOST_LETTERS,
        "orders": ORDERS,
        "told": _TOLD,
        "findings": [finding.value for finding in Finding],
        "needs": [need.value for need in Need],
        "tries": [tried.value for tried in Tried],
    }
    return render(request, "my_list.html", {**codes, **values})
