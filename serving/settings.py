"""Deployment settings from the environment, checked once at an edge and handed on."""

import difflib
import ipaddress
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from features.engine_names import DUCKDB, check_engine
from serving.delivery.allowed import Allowed, TargetNotAllowed
from serving.delivery.signing import secret_bytes
from serving.delivery.targets import (
    Target,
    TargetsWrong,
    default_target,
    poster_for,
    read_targets,
)
from serving.policy_place import Place
from serving.refusals import ExitCode, Refusal

if TYPE_CHECKING:
    from serving.access.oidc import Provider

PREFIX = "ZHAOREN_"

ANSWERED_DAYS = 30
"""A phone keeps what it could not send for 72 hours, an integrator retries for days: a month outlasts both."""
NOTICES_DAYS = 190
"""Half a year and a week, for a person to have looked."""
LEAST_NOTICES_DAYS = 184
"""The longest six months there are: so long the Cybersecurity Law of 2016, art. 21 (3), has logs kept."""


class SettingsError(Refusal):
    """A setting is missing or unusable; the sentence names the variable, never a secret's value."""

    def __init__(self, found: str) -> None:
        super().__init__(
            ExitCode.SETTINGS_WRONG, found=found, to_do="Correct the environment and start again."
        )


class Settings(BaseSettings):
    """Settings of one deployment; variable names are these in capitals behind ``ZHAOREN_``."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    home: Path = Field(default=Path("var"), description="folder of all state")
    store_url: SecretStr | None = Field(
        default=None, description="PostgreSQL of the store, else SQLite in <home>/store.db"
    )
    key_file: Path | None = Field(
        default=None, description="key that makes pseudonyms, else <home>/keys/pseudonym.key"
    )
    timezone: str = Field(default="Asia/Shanghai", description="where midnight is")
    list_policy: Path | None = Field(default=None, description="list policy, else the one shipped")
    engine: str = Field(
        default=DUCKDB, description="duckdb, local[2] or spark://host:7077: what builds the matrix"
    )
    events: Path | None = Field(
        default=None, description="events of `zhaoren who-needs`, else those shipped"
    )
    region: str = Field(
        default="cn.default", description="whose policy figures rules are asked with"
    )
    regions: Path | None = Field(
        default=None, description="folder of own policy figures, over those shipped"
    )
    webhook_url: str | None = Field(default=None, description="where list messages go")
    webhook_secret: SecretStr | None = Field(default=None, description="whsec_<base64>, signs them")
    webhook_secret_before: SecretStr | None = Field(
        default=None, description="the secret being replaced: messages carry both signatures"
    )
    webhook_hosts: str = Field(default="", description="hosts messages may go to, with commas")
    webhook_networks: str = Field(
        default="", description="inner networks (CIDR) those names may resolve to, with commas"
    )
    targets: Path | None = Field(
        default=None, description="YAML of further targets, each with kinds, places and secret"
    )
    oidc_issuer: str | None = Field(
        default=None, description="single sign-on provider whose bearer tokens the API takes"
    )
    oidc_audience: str | None = Field(
        default=None, description="what its tokens must be made for, usually the client id"
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="of the pages as its client, where it gave them one"
    )
    oidc_worker_claim: str = Field(
        default="sub", description="claim that holds the worker's pseudonym"
    )
    gateways: Path | None = Field(
        default=None, description="YAML of gateways that reach visitors and operators"
    )
    page_ancestors: str = Field(
        default="", description="sites that may embed the pages, as https://host, with commas"
    )
    grid_geometry: Path | None = Field(
        default=None,
        description="GeoJSON of the grids, for the map; else <home>/grids.geojson, if it is there",
    )
    mlflow_url: str | None = Field(
        default=None, description="where operators find MLflow: a link on the page of health"
    )
    data_docs_url: str | None = Field(
        default=None, description="where operators find the data docs: a link on the page of health"
    )
    api_host: str = Field(default="127.0.0.1", description="address the API listens on")
    catalogue: Path | None = Field(
        default=None, description="help packages and organisations, else the demonstration shipped"
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="lets a scraper on another machine read /metrics"
    )
    api_port: int = Field(default=8700, ge=1, le=65535, description="port the API listens on")
    keep_answered_days: int = Field(
        default=ANSWERED_DAYS, ge=1, description="how long a resent request gets its first answer"
    )
    keep_notices_days: int = Field(
        default=NOTICES_DAYS,
        ge=LEAST_NOTICES_DAYS,
        description="how long notices about accounts and sent digests are kept",
    )
    serve_workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="processes that serve; what a person may ask is shared out",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing but what :func:`read_settings` hands over."""
        return (init_settings,)

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"no time zone {name!r}") from error
        return name

    @field_validator("engine")
    @classmethod
    def _is_an_engine(cls, name: str) -> str:
        return check_engine(name)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The bureau's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def store_address(self) -> str | None:
        """The address of the store's database; None for SQLite. It may hold a password."""
        return None if self.store_url is None else self.store_url.get_secret_value()

    @property
    def metrics_secret(self) -> str | None:
        """The token of a scraper on another machine; None where only this machine scrapes."""
        return None if self.metrics_token is None else self.metrics_token.get_secret_value()

    @property
    def oidc_secret(self) -> str | None:
        """The secret of the pages at the provider; None where they are registered without."""
        return (
            None if self.oidc_client_secret is None else self.oidc_client_secret.get_secret_value()
        )

    def provider(self) -> "Provider | None":
        """Return the single sign-on provider; None without one.

        Raises:
            SettingsError: it has no audience, or an address we must not ask.
        """
        from serving.access.fetching import check_address
        from serving.access.oidc import Provider

        if self.oidc_issuer is None:
            return None
        if self.oidc_audience is None:
            raise SettingsError(f"{PREFIX}OIDC_ISSUER is set but {PREFIX}OIDC_AUDIENCE is not.")
        try:
            check_address(self.oidc_issuer)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}OIDC_ISSUER: {error}.") from error
        return Provider(
            issuer=self.oidc_issuer,
            audience=self.oidc_audience,
            worker_claim=self.oidc_worker_claim,
        )

    @property
    def frame_ancestors(self) -> tuple[str, ...]:
        """The sites that may embed the pages.

        Raises:
            SettingsError: one is not https://host.
        """
        sites = tuple(_items(self.page_ancestors))
        for site in sites:
            if re.fullmatch(r"https://[A-Za-z0-9.-]+(:\d+)?", site) is None:
                raise SettingsError(
                    f"{PREFIX}PAGE_ANCESTORS: expected https://host, found {site!r}."
                )
        return sites

    @property
    def links(self) -> dict[str, str]:
        """Where operators read on, by name; nothing is asked of these addresses.

        Raises:
            SettingsError: one is no http or https address.
        """
        named = {"mlflow": self.mlflow_url, "data_docs": self.data_docs_url}
        found = {name: url for name, url in named.items() if url is not None}
        for name, url in found.items():
            # Shown as a link: javascript: and data: would run in the reader's browser.
            if re.fullmatch(r"https?://[^\s\"'<>]+", url) is None:
                raise SettingsError(
                    f"{PREFIX}{name.upper()}_URL: expected http(s)://host/..., found {url!r}."
                )
        return found

    @property
    def place(self) -> Place:
        """Where the rules are asked."""
        return Place(region=self.region, own=self.regions)

    def message_targets(self) -> tuple[Target, ...]:
        """Return who gets messages: the single webhook target, then those of the file of targets.

        Raises:
            SettingsError: a target without a usable secret, or one that is not allowed.
        """
        try:
            listed = () if self.targets is None else read_targets(self.targets)
        except TargetsWrong as error:
            raise SettingsError(f"{PREFIX}TARGETS: {error}.") from error
        single = self._single_target()
        if single is None:
            return listed
        if any(target.name == single.name for target in listed):
            raise SettingsError(
                f"{PREFIX}TARGETS: {single.name!r} is the name of {PREFIX}WEBHOOK_URL."
            )
        return (single, *listed)

    def _single_target(self) -> Target | None:
        if self.webhook_url is None:
            return None
        if self.webhook_secret is None:
            raise SettingsError(f"{PREFIX}WEBHOOK_URL is set but {PREFIX}WEBHOOK_SECRET is not.")
        keys = [_key("WEBHOOK_SECRET", self.webhook_secret)]
        if self.webhook_secret_before is not None:
            keys.append(_key("WEBHOOK_SECRET_BEFORE", self.webhook_secret_before))
        try:
            networks = tuple(map(ipaddress.ip_network, _items(self.webhook_networks)))
            allowed = Allowed(hosts=frozenset(_items(self.webhook_hosts)), networks=networks)
            return default_target(poster_for(self.webhook_url, keys=keys, allowed=allowed))
        except TargetNotAllowed as error:
            raise SettingsError(
                f"{PREFIX}WEBHOOK_URL: {error}; list it in {PREFIX}WEBHOOK_HOSTS."
            ) from error
        except ValueError as error:
            raise SettingsError(f"{PREFIX}WEBHOOK_NETWORKS: {error}.") from error


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings in ``environ``.

    Raises:
        SettingsError: a value cannot be used, or a variable looks like a misspelt setting.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and value != ""
    }
    for name in sorted(given.keys() - Settings.model_fields.keys()):
        close = difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=0.8)
        if close:
            raise SettingsError(
                f"there is no setting {PREFIX}{name.upper()}; did you mean"
                f" {PREFIX}{close[0].upper()}?"
            )
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            f"{PREFIX}{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"{wrong}.") from error


def _key(name: str, secret: SecretStr) -> bytes:
    try:
        return secret_bytes(secret.get_secret_value())
    except ValueError:
        # The cause is left out on purpose: it could quote the secret.
        raise SettingsError(
            f"{PREFIX}{name} is not whsec_ followed by base64 of at least 24 random bytes; make one with"
            " `zhaoren tokens webhook-secret`."
        ) from None


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]
