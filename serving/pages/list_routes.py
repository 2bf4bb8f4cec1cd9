"""GET /pages/list, /pages/shell and POST /pages/outcomes: the visitor's list, and what was found."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, ClockDep, Read, RecorderDep, Write, ZoneDep
from serving.cases.findings import Finding, Need, Outcome, OutcomeConflict, record_outcome
from serving.dossier.reach import acting_role, take_alert
from serving.lists.published import lists_page
from serving.pages.my_list import MOST_LISTS, ORDERS, my_lists
from serving.pages.rendering import render
from serving.pages.session import PREFIX, OwnForm, renew
from serving.store.schema import OutcomeState

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_TOLD = ("waiting", "received", "looked_at", "signed_out", "refused")


class OutcomeForm(BaseModel):
    """What the form on a card sends."""

    model_config = ConfigDict(extra="forbid")

    alert_id: UUID
    outcome_id: UUID
    visited_on: date
    finding: Finding
    needs: list[Need] = Field(default_factory=list, max_length=len(Need))
    note: str = Field(default="", max_length=500)
    device_at: datetime | None = None


@router.get("/list")
def get_list(
    request: Request,
    caller: CallerDep,
    read: Read,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
    order: Literal["urgency", "route"] = "urgency",
) -> Response:
    """Return today's doors."""
    page = lists_page(read, caller=caller, after=None, most=MOST_LISTS)
    audited.lists(page.lists)
    lists = my_lists(read, page.lists, order=order, zone=zone)
    today = clock().astimezone(zone).date()
    response = _page(
        request,
        {
            "lists": lists,
            "order": order,
            "today": today,
            "shell": False,
            "supervises": caller.may(Right.AGGREGATES),
        },
    )
    renew(request, response)
    return response


@router.get("/shell")
def get_shell(request: Request) -> Response:
    """Return the list page without a list: what a phone opens when there is no network."""
    nothing = {"lists": (), "order": ORDERS[0], "today": date.min}
    return _page(request, {**nothing, "shell": True, "supervises": False})


@router.post("/outcomes", dependencies=[OwnForm])
def post_outcome(
    request: Request,
    form: Annotated[OutcomeForm, Form()],
    caller: RecorderDep,
    write: Write,
    clock: ClockDep,
    zone: ZoneDep,
) -> Response:
    """Record what was found: a receipt for the script, the list again for a browser without it."""
    with write() as work:
        # After the write lock is held: no outcome may still be dated into a day that was handed on.
        now = clock()
        today = now.astimezone(zone).date()
        if form.visited_on > today:
            return _refused(request, f"{form.visited_on} is after today, {today}")
        area_path = take_alert(work, caller=caller, alert_id=str(form.alert_id))
        outcome = Outcome(
            outcome_id=str(form.outcome_id),
            alert_id=str(form.alert_id),
            visited_on=form.visited_on,
            finding=form.finding,
            needs=tuple(dict.fromkeys(form.needs)),
            note=form.note.strip() or None,
            worker_id=caller.worker_id,
            worker_role=acting_role(caller, area_path=area_path),
            device_at=form.device_at,
        )
        try:
            receipt = record_outcome(
                work, outcome=outcome, known_alert=area_path is not None, now=now, today=today
            )
            counts = receipt.state is OutcomeState.ACCEPTED
            recorded_at = receipt.recorded_at
        except OutcomeConflict:
            # Both contents are kept by now; a person looks at it.
            counts, recorded_at = False, now
        if not _wants_json(request):
            return RedirectResponse(f"{PREFIX}/list#a-{form.alert_id}", status_code=303)
        return JSONResponse(
            {
                "outcome_id": str(form.outcome_id),
                "recorded_at": recorded_at.isoformat(),
                "counts": counts,
            },
            status_code=201,
        )


def _page(request: Request, values: Mapping[str, object]) -> Response:
    codes = {
        "orders": ORDERS,
        "told": _TOLD,
        "findings": [finding.value for finding in Finding],
        "needs": [need.value for need in Need],
    }
    return render(request, "my_list.html", {**codes, **values})


def _refused(request: Request, why: str) -> Response:
    if _wants_json(request):
        return JSONResponse({"detail": why}, status_code=422)
    return RedirectResponse("/pages/list", status_code=303)


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")
