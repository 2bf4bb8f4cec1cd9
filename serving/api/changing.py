"""What endpoints that change something share: who may, that it is done once, and that it is in the audit."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from serving.access.audit import Action
from serving.access.callers import Caller
from serving.access.roles import Right
from serving.api.case_out import BaseVersion, told
from serving.api.deps import CallerDep, ClockDep, Write, ZoneDep
from serving.api.idempotency import Asked, KeyHeader, once
from serving.api.problems import NotFound, require
from serving.cases import Case
from serving.cases.objections import objections_of
from serving.dossier.change import Change, changing
from serving.dossier.reach import reached_household, take_case

Changing = Callable[[], AbstractContextManager[Change]]
"""Opens the one transaction of a request that changes something."""


async def the_changing(caller: CallerDep, write: Write, clock: ClockDep, zone: ZoneDep) -> Changing:
    """Return what opens the transaction of this request's change."""
    return partial(changing, write, caller=caller, clock=clock, zone=zone)


ChangingDep = Annotated[Changing, Depends(the_changing, scope="function")]


@dataclass(frozen=True, kw_only=True)
class CaseChanges:
    """Changes a case as one endpoint wants it, once per ``Idempotency-Key``."""

    operation: str
    caller: Caller
    changing: Changing
    key: str | None

    def __call__(
        self,
        case_id: UUID,
        body: BaseVersion,
        do: Callable[[Change, Case], Case],
        *,
        right: Right,
        action: Action,
    ) -> JSONResponse:
        """Answer with the case as ``do`` leaves it, or as it left it the first time.

        Raises:
            Refused: the caller has ``right`` nowhere.
            NotFound: they do not reach the case, or have ``right`` elsewhere only.
        """
        require(self.caller.may(right))
        with self.changing() as change:
            case = take_case(change.work, caller=self.caller, case_id=str(case_id))
            if case is None or not self.caller.may(right, area_path=case.area_path):
                raise NotFound
            change.note(
                action,
                case.household_id,
                what=self.operation.removeprefix("post_"),
                id=case.case_id,
            )
            asked = Asked(
                operation=f"{self.operation} {case_id}",
                worker_id=self.caller.worker_id,
                key=self.key,
                body=body,
            )

            def answer() -> JSONResponse:
                return JSONResponse(told(do(change, case)).model_dump(mode="json"))

            return once(change.work, asked, now=change.now, do=answer)


async def the_case_changes(
    request: Request, caller: CallerDep, changing: ChangingDep, key: KeyHeader = None
) -> CaseChanges:
    """Return how this endpoint's case is changed."""
    operation: str = request.scope["route"].name
    return CaseChanges(operation=operation, caller=caller, changing=changing, key=key)


CaseChangesDep = Annotated[CaseChanges, Depends(the_case_changes, scope="function")]


def require_household(change: Change, household_id: str, *, right: Right) -> None:
    """Go on only if the caller reaches the household and has ``right`` there.

    Raises:
        Refused: they have it nowhere.
        NotFound: they do not reach it.
    """
    caller = change.caller
    require(caller.may(right))
    reached = reached_household(change.work, caller=caller, household_id=household_id)
    if reached is None or not caller.may(right, area_path=reached.area_path):
        raise NotFound


def require_objection(
    change: Change, household_id: str, objection_id: UUID, *, right: Right
) -> None:
    """Go on only if the objection is one of a household that :func:`require_household` lets pass.

    Raises:
        NotFound: it is not.
    """
    require_household(change, household_id, right=right)
    known = objections_of(change.work, household_id=household_id)
    if str(objection_id) not in {one.objection_id for one in known}:
        raise NotFound
