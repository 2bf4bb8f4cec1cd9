"""``Idempotency-Key``: a request whose answer got lost is sent again and does nothing a second time.

For requests that have no id made by the client. The answer is kept in the transaction of the work, so
that there is one exactly where there is the other.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Header
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import Connection, insert, select

from serving.api.problems import KEY_REUSED, problem
from serving.store.schema import ANSWERED

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern="^[A-Za-z0-9_.:-]{8,64}$",
        description="Made by the client, new for each new request. The same request sent again with"
        " the same key gets the first answer and changes nothing.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked, by whom, and under which key (None: it is done each time it is sent)."""

    operation: str
    worker_id: str
    key: str | None
    body: BaseModel

    @property
    def sha256(self) -> str:
        """Hash of the operation and its body."""
        content = json.dumps([self.operation, self.body.model_dump(mode="json")], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def once(
    work: Connection, asked: Asked, *, now: datetime, do: Callable[[], JSONResponse]
) -> JSONResponse:
    """Return what ``do`` answers, or what it answered to this key before.

    Only answers below 400 are kept: what was refused may be tried again under the same key.
    """
    if asked.key is None:
        return do()
    kept = work.execute(
        select(ANSWERED).where(
            ANSWERED.c.worker_id == asked.worker_id, ANSWERED.c.idempotency_key == asked.key
        )
    ).one_or_none()
    if kept is not None:
        if kept.request_sha256 != asked.sha256:
            return problem(KEY_REUSED)
        return JSONResponse(json.loads(kept.answer), status_code=kept.status)
    answer = do()
    if answer.status_code < 400:
        work.execute(
            insert(ANSWERED).values(
                worker_id=asked.worker_id,
                idempotency_key=asked.key,
                request_sha256=asked.sha256,
                status=answer.status_code,
                answer=bytes(answer.body).decode(),
                answered_at=now,
            )
        )
    return answer
