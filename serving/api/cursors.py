"""Places in a long answer: opaque to clients, checked when they come back, stable while rows are added.

A cursor holds the key of the last row shown, so a page begins after that row whatever was inserted
meanwhile. It carries a digest over itself and over what was asked: a cut-off cursor, or one of another
question, is refused. It opens nothing: what the caller reaches is asked anew for every page.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

from serving.api.problems import INVALID, Refused

PATTERN = "^[A-Za-z0-9_-]{1,400}$"
_DIGEST_BYTES = 9


def cursor_after(key: Sequence[str | int], *, of: str) -> str:
    """Return the cursor of the page that begins after the row with ``key`` in the answer to ``of``."""
    content = json.dumps(list(key), ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_digest(content, of) + content).decode().rstrip("=")


def key_of(cursor: str, *, of: str) -> list[str | int]:
    """Return the key in ``cursor``.

    Raises:
        Refused: it is damaged, or belongs to another question.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    digest, content = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if not content or digest != _digest(content, of):
        raise Refused(INVALID, "the cursor is not one of this list; begin again without it")
    key: list[str | int] = json.loads(content)
    return key


def _digest(content: bytes, of: str) -> bytes:
    return hashlib.sha256(of.encode() + b"\0" + content).digest()[:_DIGEST_BYTES]
