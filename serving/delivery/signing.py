"""Signatures of messages as Standard Webhooks has them; asked by the poster and the settings."""

import base64
import hashlib
import hmac

_SECRET_PREFIX = "whsec_"


def secret_bytes(secret: str) -> bytes:
    """Return the signing key behind ``whsec_<base64>``.

    Raises:
        ValueError: no prefix, not base64, or fewer than 24 bytes.
    """
    if not secret.startswith(_SECRET_PREFIX):
        raise ValueError(f"expected {_SECRET_PREFIX} followed by base64")
    key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    if len(key) < 24 or len(set(key)) < 8:
        raise ValueError("expected at least 24 random bytes")
    return key


def sign(*, key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the ``webhook-signature`` value over id, timestamp (Unix seconds) and body."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
