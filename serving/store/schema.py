"""Every table of the store. Rows are added, states move forward; nothing that happened is overwritten."""

from serving.store.tables.access import API_TOKENS, MEMBERS
from serving.store.tables.audit import AUDIT_ENTRIES
from serving.store.tables.base import METADATA, UtcDateTime
from serving.store.tables.cases import (
    ATTEMPTS,
    CASE_EVENTS,
    CASES,
    NOTES,
    OBJECTION_WITHDRAWALS,
    OBJECTIONS,
    AttemptState,
    CaseEventKind,
    CaseState,
    ClockClass,
    Level,
    ObjectionState,
)
from serving.store.tables.channels import (
    INTAKE_FINDINGS,
    INTAKES,
    Entered,
    IntakeChannel,
    IntakeState,
)
from serving.store.tables.delivery import (
    DELIVERIES,
    DIGESTS,
    DISABLED_TARGETS,
    OUTBOX,
    TOLD,
    DeliveryState,
    DigestState,
)
from serving.store.tables.lists import (
    ALERTS,
    DECISIONS,
    EVENT_DECISIONS,
    EVENT_LISTS,
    LISTS,
    NEVER_SCORED,
    ON_ITS_LIST,
    UNNAMED,
    in_force,
)
from serving.store.tables.night import LEASES, PUBLICATIONS, RUN_STEPS, RUNS, RunState
from serving.store.tables.places import PLACES
from serving.store.tables.requests import ANSWERED
from serving.store.tables.supervision import NOTICES, NoticeKind
from serving.store.tables.visits import OUTCOMES, OutcomeState

__all__ = [
    "ALERTS",
    "ANSWERED",
    "API_TOKENS",
    "ATTEMPTS",
    "AUDIT_ENTRIES",
    "CASES",
    "CASE_EVENTS",
    "DECISIONS",
    "DELIVERIES",
    "DIGESTS",
    "DISABLED_TARGETS",
    "EVENT_DECISIONS",
    "EVENT_LISTS",
    "INTAKES",
    "INTAKE_FINDINGS",
    "LEASES",
    "LISTS",
    "MEMBERS",
    "METADATA",
    "NEVER_SCORED",
    "NOTES",
    "NOTICES",
    "OBJECTIONS",
    "OBJECTION_WITHDRAWALS",
    "ON_ITS_LIST",
    "OUTBOX",
    "OUTCOMES",
    "PLACES",
    "PUBLICATIONS",
    "RUNS",
    "RUN_STEPS",
    "TOLD",
    "UNNAMED",
    "AttemptState",
    "CaseEventKind",
    "CaseState",
    "ClockClass",
    "DeliveryState",
    "DigestState",
    "Entered",
    "IntakeChannel",
    "IntakeState",
    "Level",
    "NoticeKind",
    "ObjectionState",
    "OutcomeState",
    "RunState",
    "UtcDateTime",
    "in_force",
]
