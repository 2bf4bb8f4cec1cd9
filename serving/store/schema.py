"""Every table of the store. Rows are added, states move forward; nothing that happened is overwritten."""

from serving.store.tables.access import API_TOKENS
from serving.store.tables.base import METADATA, UtcDateTime
from serving.store.tables.delivery import (
    DELIVERIES,
    DIGESTS,
    DISABLED_TARGETS,
    OUTBOX,
    TOLD,
    DeliveryState,
    DigestState,
)
from serving.store.tables.lists import ALERTS, DECISIONS, EVENT_DECISIONS, EVENT_LISTS, LISTS
from serving.store.tables.night import LEASES, PUBLICATIONS, RUN_STEPS, RUNS, RunState
from serving.store.tables.requests import ANSWERED
from serving.store.tables.supervision import NOTICES, NoticeKind
from serving.store.tables.visits import OUTCOMES, OutcomeState

__all__ = [
    "ALERTS",
    "ANSWERED",
    "API_TOKENS",
    "DECISIONS",
    "DELIVERIES",
    "DIGESTS",
    "DISABLED_TARGETS",
    "EVENT_DECISIONS",
    "EVENT_LISTS",
    "LEASES",
    "LISTS",
    "METADATA",
    "NOTICES",
    "OUTBOX",
    "OUTCOMES",
    "PUBLICATIONS",
    "RUNS",
    "RUN_STEPS",
    "TOLD",
    "DeliveryState",
    "DigestState",
    "NoticeKind",
    "OutcomeState",
    "RunState",
    "UtcDateTime",
]
