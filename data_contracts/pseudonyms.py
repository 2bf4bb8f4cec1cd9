"""Identity numbers, phones and accounts -> keyed pseudonyms, made at the edge and nowhere else.

A pseudonym is HMAC-SHA256 of the identifier written the one way (:mod:`data_contracts.identifiers`) under a key
derived (HKDF, RFC 5869) from the master key for one city and one purpose: ``p`` (person), ``t`` (phone) or
``u`` (account) and 24 hex digits, 96 bits. So the same person is the same across the departments of a city,
nobody without the key can compute or test a pseudonym, and two cities cannot join theirs.

The key file is JSON, ``{"city": ..., "key": <64 hex digits>, "simulated": false}``, readable by its owner only.
"""

import hashlib
import json
import os
import secrets
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.ciphers import DIGEST_BYTES, KEY_BYTES, derived, digests
from data_contracts.identifiers import PREFIXES, is_pseudonym, parse

KEY_FILE = Path("keys/pseudonym.key")
"""Where a home keeps its key unless the deployment says otherwise."""
HEX_DIGITS = 24
_FEWEST_DISTINCT_BYTES = 16
"""32 random bytes have fewer distinct values once in 10**11 keys; a typed or padded key usually has."""


class KeyUnusable(ValueError):
    """There is no usable key; the message says why and what to do, and never quotes the key."""


class Keyring:
    """The keys of one city. Its ``repr`` shows the city and the fingerprint, never a key."""

    def __init__(self, master: bytes, city: str) -> None:
        """Take the master key of a city.

        Raises:
            KeyUnusable: the key is too short or looks like a placeholder, or the city has no name.
        """
        if len(master) < KEY_BYTES:
            raise KeyUnusable(
                f"the key has {len(master)} bytes, expected {KEY_BYTES} random ones: run `zhaoren keys new`"
            )
        if len(set(master)) < _FEWEST_DISTINCT_BYTES or all(32 <= byte < 127 for byte in master):
            raise KeyUnusable(
                "the key looks like a placeholder, not random: run `zhaoren keys new`"
            )
        if not city.strip():
            raise KeyUnusable("the key says no city: name it with `zhaoren keys new --city`")
        self.city = city
        self._master = master

    def __repr__(self) -> str:
        """City and fingerprint."""
        return f"Keyring(city={self.city!r}, fingerprint={self.fingerprint!r})"

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits that tell two keys apart and give nothing away."""
        return self.key_for("fingerprint").hex()[:12]

    def key_for(self, purpose: str) -> bytes:
        """Return the 32 bytes derived for this city and one purpose."""
        return derived(self._master, f"zhaoren/1/{self.city}/{purpose}")

    def digests(self, purpose: str, words: pa.Array, *, prefix: str = "") -> pa.Array:
        """Return a keyed digest of each word, 24 hex digits behind ``prefix``: equal words have equal ones."""
        plain = words.cast(pa.binary()).to_pylist()
        made = digests(plain, key=self.key_for(purpose))
        matrix = np.frombuffer(made, np.uint8).reshape(-1, DIGEST_BYTES)[:, : HEX_DIGITS // 2]
        spelt = np.frombuffer(matrix.tobytes().hex().encode(), np.uint8).reshape(-1, HEX_DIGITS)
        heads = np.tile(np.frombuffer(prefix.encode(), np.uint8), (len(spelt), 1))
        letters = np.hstack([heads, spelt])
        offsets = np.arange(len(letters) + 1, dtype=np.int32) * letters.shape[1]
        return pa.StringArray.from_buffers(
            len(letters), pa.py_buffer(offsets.tobytes()), pa.py_buffer(letters.tobytes())
        )

    def pseudonyms(self, kind: str, cells: pa.ChunkedArray | pa.Array) -> pa.Array:
        """Return the pseudonyms of identifiers as anybody writes them; null for null and for what is none."""
        return self.of_parsed(kind, parse(kind, cells).values)

    def of_parsed(self, kind: str, values: pa.Array) -> pa.Array:
        """Return the pseudonyms of identifiers already written the one way; each distinct one is hashed once."""
        encoded = values.dictionary_encode()
        made = self.digests(kind, encoded.dictionary, prefix=PREFIXES[kind])
        kept = pc.if_else(is_pseudonym(kind, encoded.dictionary), encoded.dictionary, made)
        return pc.take(kept, encoded.indices)


def load_keyring(path: Path) -> Keyring:
    """Return the keyring of a key file.

    Raises:
        KeyUnusable: no such file, others may read it, it is not a key file, or the key is a placeholder.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise KeyUnusable(f"no key file {path}: run `zhaoren keys new`") from None
    if mode & 0o077:
        raise KeyUnusable(
            f"others than its owner may read or write {path}: run `chmod 600 {path}`, and if anybody did,"
            " treat the key as lost"
        )
    try:
        told = json.loads(path.read_text(encoding="ascii"))
        master, city = bytes.fromhex(told["key"]), str(told["city"])
    except (ValueError, KeyError, TypeError):
        # The cause is left out on purpose: it could quote the key.
        raise KeyUnusable(f"{path} is not a key file; restore it from its backup") from None
    return Keyring(master, city)


def keyring_of(home: Path, key_file: Path | None = None) -> Keyring | None:
    """Return the keyring of a home, or None for a home without a key file.

    Raises:
        KeyUnusable: there is a key file that cannot be used, or ``key_file`` is named and missing.
    """
    path = home / KEY_FILE if key_file is None else key_file
    return None if key_file is None and not path.exists() else load_keyring(path)


def new_key(path: Path, *, city: str) -> Keyring:
    """Write a key file with a random key.

    Raises:
        KeyUnusable: the file exists already; without the old key no old pseudonym can be made again.
    """
    return _write_key(path, secrets.token_bytes(KEY_BYTES), city=city, simulated=False)


def simulated_key(path: Path, *, seed: int) -> Keyring:
    """Write the key of a simulated district: it follows from the seed, so it protects nobody."""
    master = hashlib.sha256(f"zhaoren simulated district {seed}".encode()).digest()
    return _write_key(path, master, city=f"simulated-{seed}", simulated=True)


def _write_key(path: Path, master: bytes, *, city: str, simulated: bool) -> Keyring:
    keyring = Keyring(master, city)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = json.dumps({"city": city, "key": master.hex(), "simulated": simulated}, indent=1)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyUnusable(
            f"{path} exists already and is not overwritten: without it no pseudonym of before can be made again"
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(told + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return keyring
