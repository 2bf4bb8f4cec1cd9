"""Targets that said they are gone: disabled until a person enables them; the relay asks and tells."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from serving.delivery.envelopes import Kind, enveloped
from serving.delivery.outbox import Message, enqueue, message_id
from serving.delivery.targets import Target
from serving.store import Store
from serving.store.schema import DISABLED_TARGETS


def disabled_targets(store: Store, targets: Sequence[Target]) -> Mapping[str, str]:
    """Return the reasons by name of those of ``targets`` that are disabled at their present address."""
    addresses = {(target.name, target.url_sha256) for target in targets}
    with store.read() as read:
        return {
            row.target: row.reason
            for row in read.execute(select(DISABLED_TARGETS))
            if (row.target, row.url_sha256) in addresses
        }


def disable(
    work: Connection, target: Target, *, others: Sequence[Target], reason: str, now: datetime
) -> None:
    """Disable ``target`` and, where another target takes such news, announce it."""
    work.execute(delete(DISABLED_TARGETS).where(DISABLED_TARGETS.c.target == target.name))
    work.execute(
        insert(DISABLED_TARGETS).values(
            target=target.name,
            url_sha256=target.url_sha256,
            disabled_at=now,
            reason=reason[:64],
        )
    )
    if any(other.name != target.name and other.wants(Kind.TARGET_DISABLED, "") for other in others):
        known_as = message_id(Kind.TARGET_DISABLED, target.name, now.isoformat())
        body = enveloped(
            message_id=known_as,
            kind=Kind.TARGET_DISABLED,
            at=now,
            place="",
            data={"target": target.name, "reason": reason},
        )
        enqueue(
            work,
            [
                Message(
                    message_id=known_as,
                    kind=Kind.TARGET_DISABLED,
                    grid_id="",
                    place="",
                    body=body,
                )
            ],
            now=now,
        )
