"""GET /v1/cases/{case_id}"""

from uuid import UUID

from fastapi import APIRouter

from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.case_out import CaseOut, told
from serving.api.deps import Read, VisitorDep
from serving.api.problems import NotFound
from serving.dossier.reach import reached_case

router = APIRouter(prefix="/v1/cases", tags=["cases"])


@router.get("/{case_id}")
def get_case(case_id: UUID, caller: VisitorDep, read: Read, audited: AuditedDep) -> CaseOut:
    """Return a case and the version it is at."""
    case = reached_case(read, caller=caller, case_id=str(case_id))
    if case is None:
        raise NotFound
    audited.households(Action.CASE, [case.household_id])
    return told(case)
