"""The one desk of the ``cryptography`` library: derived keys, keyed digests, content nobody can read or change.

Content is encrypted with AES-256-GCM. The nonce follows from key, path and content (HMAC-SHA256), so the same
content at the same path gives the same bytes again, a pass repeated after a crash included, and two different
contents share a nonce with a chance of 2**-96. The path is authenticated: a sealed file under another name
does not open.
"""

from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
DIGEST_BYTES = 32
_MAGIC = b"ZRS1"
_NONCE_BYTES = 12


class CannotOpen(ValueError):
    """Encrypted content was changed, moved, or made with another key; the message says where it lay."""


def derived(master: bytes, info: str) -> bytes:
    """Return 32 bytes derived from a random master key for one use (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info.encode()).derive(master)


def digests(words: Iterable[bytes], *, key: bytes) -> bytes:
    """Return the HMAC-SHA256 of each word, 32 bytes after 32 bytes."""
    fresh = HMAC(key, SHA256())
    made = []
    for word in words:
        mac = fresh.copy()
        mac.update(word)
        made.append(mac.finalize())
    return b"".join(made)


def encrypted(content: bytes, *, key: bytes, path: str) -> bytes:
    """Return content encrypted for one path."""
    told = path.encode()
    mac = HMAC(derived(key, "nonce"), SHA256())
    mac.update(told + b"\0")
    mac.update(content)
    nonce = mac.finalize()[:_NONCE_BYTES]
    return _MAGIC + nonce + AESGCM(derived(key, "content")).encrypt(nonce, content, told)


def decrypted(content: bytes, *, key: bytes, path: str) -> bytes:
    """Return what was encrypted for a path.

    Raises:
        CannotOpen: it was changed, moved, or encrypted with another key.
    """
    start = len(_MAGIC) + _NONCE_BYTES
    nonce = content[len(_MAGIC) : start]
    try:
        if not content.startswith(_MAGIC) or len(nonce) < _NONCE_BYTES:
            raise InvalidTag
        return AESGCM(derived(key, "content")).decrypt(nonce, content[start:], path.encode())
    except InvalidTag:
        raise CannotOpen(
            f"{path} does not open with this home's key: it was changed or moved, or the key is another one;"
            " compare `zhaoren keys fingerprint` with the note kept with the key, or restore it from a backup"
        ) from None
