"""What was shown is committed to the audit before the answer leaves; endpoints ask for ``AuditedDep``."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from serving.access.audit import Action, Seen, saw_household, saw_list
from serving.access.auditor import Auditor
from serving.access.callers import Caller
from serving.api.deps import CallerDep, ClockDep
from serving.canonical import Json
from serving.ledger.leases import Clock


class Audited:
    """The audit of one request: whose, and when."""

    def __init__(self, auditor: Auditor, *, caller: Caller, clock: Clock) -> None:
        self._auditor = auditor
        self._actor = caller.worker_id
        self._clock = clock

    def lists(self, lists: Iterable[Mapping[str, Json]]) -> None:
        """Return once it is committed that these lists were shown.

        Raises:
            StoreUnavailable: it could not be; nothing may be shown.
        """
        now = self._clock()
        headers = [one["header"] for one in lists]
        self._auditor.record(
            [
                saw_list(
                    actor=self._actor,
                    as_of_date=date.fromisoformat(str(header["as_of_date"])),
                    grid_id=str(header["grid_id"]),
                    role=str(header["role"]),
                    entries=int(str(header["entries"])),
                    at=now,
                )
                for header in headers
                if isinstance(header, dict)
            ]
        )

    def households(self, action: Action, household_ids: Iterable[str]) -> None:
        """Return once it is committed that these households were shown; raises as :meth:`lists`."""
        now = self._clock()
        self._auditor.record(
            [
                saw_household(actor=self._actor, action=action, household_id=one, at=now)
                for one in household_ids
            ]
        )

    def report(self, name: str, **detail: Json) -> None:
        """Return once it is committed that a report of figures was shown; raises as :meth:`lists`."""
        told: dict[str, Json] = {"report": name, **detail}
        seen = Seen(at=self._clock(), actor=self._actor, action=Action.AGGREGATES, detail=told)
        self._auditor.record([seen])


async def the_audit(request: Request, caller: CallerDep, clock: ClockDep) -> Audited:
    """Return the audit of this request."""
    return Audited(request.app.state.auditor, caller=caller, clock=clock)


AuditedDep = Annotated[Audited, Depends(the_audit)]
