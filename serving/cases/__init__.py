"""What becomes of an alert: one open case per household, its clock, its attempts, who holds it, how it ends."""

from serving.cases.closing import CaseNotClosed, CloseReason, close_case
from serving.cases.escalating import escalate_overdue, recompute_provisional
from serving.cases.journal import (
    CaseMoved,
    CaseUnknown,
    case_of,
    case_of_alert,
    case_of_alert_to_change,
    cases_where,
    open_case_of,
    rebuild,
    timeline,
)
from serving.cases.ladder import Attempt, AttemptConflict, AttemptReceipt, record_attempt
from serving.cases.lifecycle import Case, Event
from serving.cases.moving import CaseClosed, MoveReason, pass_up, reassign
from serving.cases.objections import (
    Ground,
    Objection,
    decide_objection,
    record_objection,
    withdraw_objection,
)
from serving.cases.searching import (
    Asked,
    Decision,
    NewPlace,
    SearchNotDecided,
    ask_search,
    decide_search,
)

__all__ = [
    "Asked",
    "Attempt",
    "AttemptConflict",
    "AttemptReceipt",
    "Case",
    "CaseClosed",
    "CaseMoved",
    "CaseNotClosed",
    "CaseUnknown",
    "CloseReason",
    "Decision",
    "Event",
    "Ground",
    "MoveReason",
    "NewPlace",
    "Objection",
    "SearchNotDecided",
    "ask_search",
    "case_of",
    "case_of_alert",
    "case_of_alert_to_change",
    "cases_where",
    "close_case",
    "decide_objection",
    "decide_search",
    "escalate_overdue",
    "open_case_of",
    "pass_up",
    "reassign",
    "rebuild",
    "recompute_provisional",
    "record_attempt",
    "record_objection",
    "timeline",
    "withdraw_objection",
]
