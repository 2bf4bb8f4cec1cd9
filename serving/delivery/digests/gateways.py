"""Which gateways there are and who is reached through which: two files; settings and commands ask.

Addresses of gateways hold tokens and contacts hold telephone numbers: both stay in their files and in
memory, and neither is ever printed.
"""

import csv
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serving.delivery.allowed import Allowed
from serving.delivery.digests.apprise_desk import ADDRESS, Said, hand_over

_COLUMNS = ("worker_id", "gateway", "address")


class GatewaysWrong(ValueError):
    """The file of gateways or contacts cannot be used; the sentence names the entry, never an address."""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How one person is reached."""

    gateway: str
    address: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Gateways:
    """All gateways. ``operators`` is the one that hears what a night's watch finds."""

    urls: Mapping[str, str] = field(repr=False)
    per_minute: Mapping[str, int]
    """How many texts a gateway takes a minute, where it says so."""
    allowed: Allowed
    contacts: Mapping[str, Contact]
    operators: str | None
    link: str

    def people_of(self, gateway: str) -> set[str]:
        """Return who is reached through ``gateway``."""
        return {worker for worker, contact in self.contacts.items() if contact.gateway == gateway}

    def tell(self, worker_id: str, *, title: str, body: str) -> Said:
        """Send a text to one person."""
        contact = self.contacts[worker_id]
        return hand_over(
            self.urls[contact.gateway],
            address=contact.address,
            title=title,
            body=body,
            allowed=self.allowed,
        )

    def tell_operators(self, *, title: str, body: str) -> Said | None:
        """Send a text to the operators' gateway; None where none is named."""
        if self.operators is None:
            return None
        return hand_over(
            self.urls[self.operators], address="", title=title, body=body, allowed=self.allowed
        )


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Gateway(_Part):
    url_file: Path
    per_minute: int | None = Field(default=None, gt=0)


class _File(_Part):
    hosts: tuple[str, ...]
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    gateways: dict[str, _Gateway] = Field(min_length=1)
    operators: str | None = None
    contacts: Path | None = None
    link: str = Field(pattern=r"^https?://\S+$")


def read_gateways(path: Path) -> Gateways:
    """Return the gateways in the YAML file ``path``; files it names are looked for beside it.

    Raises:
        GatewaysWrong: not the expected shape, a file that cannot be read, or a contact through a
            gateway that does not exist.
    """
    try:
        found = _File.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise GatewaysWrong(f"{path}: cannot be read ({type(error).__name__})") from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise GatewaysWrong(f"{path}: {wrong}") from None
    if found.operators is not None and found.operators not in found.gateways:
        raise GatewaysWrong(f"{path}: operators: there is no gateway {found.operators}")
    urls = {
        name: _url(path.parent / gateway.url_file, name) for name, gateway in found.gateways.items()
    }
    if found.operators is not None and ADDRESS in urls[found.operators]:
        raise GatewaysWrong(f"{path}: operators: {found.operators} needs an address per person")
    return Gateways(
        urls=urls,
        per_minute={
            name: gateway.per_minute
            for name, gateway in found.gateways.items()
            if gateway.per_minute is not None
        },
        allowed=Allowed(hosts=frozenset(found.hosts), networks=found.networks),
        contacts={} if found.contacts is None else _contacts(path.parent / found.contacts, urls),
        operators=found.operators,
        link=found.link,
    )


def _url(file: Path, name: str) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        told = type(error).__name__
        raise GatewaysWrong(f"gateway {name}: {file.name} cannot be read ({told})") from None


def _contacts(file: Path, urls: Mapping[str, str]) -> dict[str, Contact]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GatewaysWrong(f"{file.name}: cannot be read ({type(error).__name__})") from None
    contacts: dict[str, Contact] = {}
    for number, row in enumerate(rows, start=2):
        if set(row) != set(_COLUMNS) or not row["worker_id"]:
            raise GatewaysWrong(f"{file.name}, line {number}: expected {','.join(_COLUMNS)}")
        if row["gateway"] not in urls:
            raise GatewaysWrong(f"{file.name}, line {number}: there is no such gateway")
        if row["worker_id"] in contacts:
            raise GatewaysWrong(f"{file.name}, line {number}: the worker has a line already")
        contacts[row["worker_id"]] = Contact(gateway=row["gateway"], address=row["address"] or "")
    return contacts
