"""POST /pages/outcomes, /pages/attempts and /pages/notes: what a card's forms send, each kept once.

A script sends a form again under its id until it has the receipt; a browser without script is shown the
list again.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from serving.api.changing import ChangingDep
from serving.api.deps import RecorderDep
from serving.api.parameters import TEXT
from serving.api.problems import NotFound
from serving.cases import AttemptConflict, Case, case_of_alert_to_change
from serving.cases.findings import Finding, Need, OutcomeConflict
from serving.cases.ladder import Channel, Evidence, Result
from serving.cases.notes import NoteConflict
from serving.dossier.change import Change
from serving.dossier.reach import reached_alert
from serving.dossier.recording import VisitedTomorrow, report_attempt, report_note, report_outcome
from serving.pages.session import PREFIX, OwnForm
from serving.store.schema import AttemptState, OutcomeState

router = APIRouter(prefix=PREFIX, include_in_schema=False)

MOST_LETTERS = 500

_Text = Annotated[
    str,
    # Browsers send lines of a form apart with two characters.
    BeforeValidator(lambda text: text.replace("\r\n", "\n").strip()),
    Field(max_length=MOST_LETTERS, pattern=TEXT),
]


class Tried(StrEnum):
    """What a visitor picks who met nobody: the channel and the result of the contact ladder."""

    NOBODY_HOME = "visit.nobody_home"
    NO_ANSWER = "phone.no_answer"
    MOVED = "visit.moved"
    EMPTY_HOME = "visit.empty_home"
    WRONG_CONTACT = "phone.wrong_contact"

    @property
    def step(self) -> tuple[Channel, Result]:
        """The step of the ladder."""
        channel, result = self.value.split(".")
        return Channel(channel), Result(result)


class Sent(BaseModel):
    """What each form of a card sends. ``id`` was made when it was saved."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    alert_id: UUID
    device_at: AwareDatetime | None = None


class OutcomeForm(Sent):
    """What was found at the door."""

    visited_on: date
    finding: Finding
    needs: list[Need] = Field(default_factory=list, max_length=len(Need))
    note: _Text = ""


class AttemptForm(Sent):
    """A try that met nobody."""

    tried: Tried


class NoteForm(Sent):
    """A short note."""

    text: Annotated[_Text, Field(min_length=1)]


@router.post("/outcomes", dependencies=[OwnForm])
def post_outcome(
    request: Request,
    form: Annotated[OutcomeForm, Form()],
    _: RecorderDep,
    changing: ChangingDep,
) -> Response:
    """Record what was found."""
    with changing() as change:
        try:
            found = report_outcome(
                change,
                outcome_id=form.id,
                alert_id=form.alert_id,
                visited_on=form.visited_on,
                finding=form.finding,
                needs=form.needs,
                note=form.note or None,
                device_at=form.device_at,
            )
        except VisitedTomorrow as error:
            return _refused(request, str(error))
        except OutcomeConflict:
            return _kept(request, form, at=change.now, counts=False)
        receipt = found.receipt
        counts = receipt.state is OutcomeState.ACCEPTED
        return _kept(request, form, at=receipt.recorded_at, counts=counts)


@router.post("/attempts", dependencies=[OwnForm])
def post_attempt(
    request: Request,
    form: Annotated[AttemptForm, Form()],
    _: RecorderDep,
    changing: ChangingDep,
) -> Response:
    """Record that nobody was met; after enough such days the household is searched for."""
    with changing() as change:
        channel, result = form.tried.step
        try:
            receipt = report_attempt(
                change,
                _case(change, form),
                attempt_id=form.id,
                channel=channel,
                result=result,
                evidence=Evidence.NONE,
                device_at=form.device_at,
            )
        except AttemptConflict:
            return _kept(request, form, at=change.now, counts=False)
        counts = receipt.state is AttemptState.ACCEPTED
        return _kept(request, form, at=receipt.recorded_at, counts=counts)


@router.post("/notes", dependencies=[OwnForm])
def post_note(
    request: Request,
    form: Annotated[NoteForm, Form()],
    _: RecorderDep,
    changing: ChangingDep,
) -> Response:
    """Keep a note for whoever goes there next."""
    with changing() as change:
        try:
            recorded_at = report_note(
                change,
                _case(change, form),
                note_id=form.id,
                text=form.text,
                device_at=form.device_at,
            )
        except NoteConflict:
            return _kept(request, form, at=change.now, counts=False)
        return _kept(request, form, at=recorded_at, counts=True)


def _case(change: Change, form: Sent) -> Case:
    """Return the case of a form's alert, which nobody else changes until this transaction ends.

    Raises:
        NotFound: the caller does not reach it, or the alert has none.
    """
    alert_id = str(form.alert_id)
    if reached_alert(change.work, caller=change.caller, alert_id=alert_id) is None:
        raise NotFound
    case = case_of_alert_to_change(change.work, alert_id=alert_id)
    if case is None:
        raise NotFound
    return case


def _kept(request: Request, form: Sent, *, at: datetime, counts: bool) -> Response:
    """Answer with the receipt; ``counts`` False: kept all the same, and a person looks at it."""
    if not _wants_json(request):
        return RedirectResponse(f"{PREFIX}/list#a-{form.alert_id}", status_code=303)
    receipt = {"id": str(form.id), "recorded_at": at.isoformat(), "counts": counts}
    return JSONResponse(receipt, status_code=201)


def _refused(request: Request, why: str) -> Response:
    if _wants_json(request):
        return JSONResponse({"detail": why}, status_code=422)
    return RedirectResponse(f"{PREFIX}/list", status_code=303)


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")
