"""Who gets which messages: the targets of a deployment, from a file; settings and commands ask.

Deny by default: a target gets the kinds and places it lists and nothing else, and its host must be
listed beside the targets.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serving.delivery.allowed import Allowed
from serving.delivery.envelopes import Kind
from serving.delivery.poster import Attempt, Poster
from serving.delivery.signing import secret_bytes

EVERYWHERE = ("",)


class TargetsWrong(ValueError):
    """The file of targets cannot be used; the sentence names the entry, never a secret."""


class Posts(Protocol):
    """What the relay needs of a target's poster."""

    @property
    def url(self) -> str:
        """Where it posts to."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def post(self, *, message_id: str, body: bytes, now: datetime) -> Attempt:
        """Make one attempt."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One receiver. ``places`` are paths of the place tree; what lies in them is for it."""

    name: str
    poster: Posts
    kinds: frozenset[str] = frozenset(Kind)
    places: tuple[str, ...] = EVERYWHERE

    @property
    def url_sha256(self) -> str:
        """What tells this address from another without keeping it: it may hold a secret."""
        return sha256(self.poster.url.encode()).hexdigest()

    def wants(self, kind: str, place: str) -> bool:
        """Return whether a message of ``kind`` about ``place`` is for this target."""
        return kind in self.kinds and any(
            listed in ("", place) or place.startswith(f"{listed}/") for listed in self.places
        )


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Listed(_Part):
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    url: str
    kinds: tuple[Kind, ...] = Field(min_length=1)
    places: tuple[str, ...] = Field(min_length=1)
    secret_file: Path
    secret_before_file: Path | None = None


class _File(_Part):
    hosts: tuple[str, ...]
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    targets: tuple[_Listed, ...]


def read_targets(path: Path) -> tuple[Target, ...]:
    """Return the targets in the YAML file ``path``; files it names are looked for beside it.

    Raises:
        TargetsWrong: not the expected shape, a host that is not listed, a name used twice, or a secret
            that cannot be read or is too weak.
    """
    try:
        found = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TargetsWrong(f"{path}: cannot be read ({type(error).__name__})") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise TargetsWrong(f"{path}: {wrong}") from None
    names = [listed.name for listed in found.targets]
    for name in names:
        if names.count(name) > 1:
            raise TargetsWrong(f"{path}: two targets are called {name}")
    allowed = Allowed(hosts=frozenset(found.hosts), networks=found.networks)
    return tuple(_target(listed, allowed, path.parent) for listed in found.targets)


def default_target(poster: Poster) -> Target:
    """Return the target of the single-URL settings: everything goes to it."""
    return Target(name="default", poster=poster)


def poster_for(url: str, *, keys: Sequence[bytes], allowed: Allowed) -> Poster:
    """Return the poster for ``url`` after checking that it may be used.

    Raises:
        TargetNotAllowed: it may not.
    """
    allowed.check_url(url)
    return Poster(url=url, keys=keys, allowed=allowed)


def _target(listed: _Listed, allowed: Allowed, folder: Path) -> Target:
    files = [listed.secret_file, listed.secret_before_file]
    keys = [_key(folder / file, listed.name) for file in files if file is not None]
    try:
        poster = poster_for(listed.url, keys=keys, allowed=allowed)
    except ValueError as error:
        raise TargetsWrong(f"target {listed.name}: {error}") from None
    places = EVERYWHERE if "everywhere" in listed.places else listed.places
    for place in places:
        if place != place.strip("/") or (not place and places != EVERYWHERE):
            raise TargetsWrong(
                f"target {listed.name}: place {place!r}; write a path such as d/s1, or everywhere"
            )
    return Target(
        name=listed.name, poster=poster, kinds=frozenset(listed.kinds), places=tuple(places)
    )


def _key(file: Path, name: str) -> bytes:
    try:
        return secret_bytes(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        # The cause is left out on purpose: it could quote the secret.
        raise TargetsWrong(
            f"target {name}: {file.name} is not readable or not whsec_ followed by base64 of at least 24"
            " random bytes; make one with `zhaoren tokens webhook-secret`"
        ) from None
