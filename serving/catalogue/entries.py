"""The catalogue as a bureau writes it: YAML, every entry with its dates and its source."""

from datetime import date
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from serving.lists.policy_parts import Need
from serving.refusals import ExitCode, Refusal

EVERYWHERE = ""
"""The place of what is offered in every place of the deployment."""


class CatalogueError(Refusal):
    """The catalogue cannot be used; the sentence says where and why."""

    def __init__(self, found: str) -> None:
        super().__init__(
            ExitCode.POLICY_WRONG, found=found, to_do="Correct the catalogue and start again."
        )


class _Entry(BaseModel):
    """What packages and organisations share. ``place`` is a path of the place tree (``d/s1/c1``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    needs: tuple[Need, ...] = Field(min_length=1)
    place: str = EVERYWHERE
    valid_from: date
    valid_to: date | None = Field(default=None, description="the day after the last")
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError(f"{self.id}: valid_to is not after valid_from")
        if self.place != self.place.strip("/"):
            raise ValueError(f"{self.id}: a place is a path like d/s1/c1, without outer slashes")
        return self

    def is_in_force(self, *, as_of_date: date) -> bool:
        """Whether it is offered on a day."""
        return self.valid_from <= as_of_date and (
            self.valid_to is None or as_of_date < self.valid_to
        )

    def serves(self, place: str) -> bool:
        """Whether a place lies where it is offered."""
        return self.place in (EVERYWHERE, place) or place.startswith(f"{self.place}/")


class Package(_Entry):
    """A bundle of help: ``universal`` for everybody with the need, ``tailored`` for some (普惠 / 个性化)."""

    kind: Literal["universal", "tailored"]
    contents: tuple[str, ...] = Field(min_length=1)
    ask_at: str = Field(min_length=1, description="which office takes it on")


class Organisation(_Entry):
    """A local organisation that helps. ``contact`` is the office's public line, never a person's."""

    kind: Literal["public", "charity", "social_work", "volunteer", "enterprise"]
    contact: str = ""


class Catalogue(BaseModel):
    """Everything that can be suggested."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    packages: tuple[Package, ...] = ()
    organisations: tuple[Organisation, ...] = ()

    @cached_property
    def entries(self) -> tuple[Package | Organisation, ...]:
        """Packages first, then organisations."""
        return (*self.packages, *self.organisations)

    @model_validator(mode="after")
    def _versions_do_not_overlap(self) -> Self:
        spells: dict[str, list[tuple[date, date]]] = {}
        for entry in (*self.packages, *self.organisations):
            spells.setdefault(entry.id, []).append((entry.valid_from, entry.valid_to or date.max))
        for name, found in spells.items():
            found.sort()
            for (_, ends), (begins, _) in pairwise(found):
                if begins < ends:
                    raise ValueError(f"{name}: two versions are in force on {begins}")
        return self


def load_catalogue(path: Path | None) -> Catalogue:
    """Read a catalogue; None means the demonstration shipped with us.

    Raises:
        CatalogueError: the file is missing or not as declared.
    """
    source = path or Path(str(files("serving") / "catalogue" / "demo.yaml"))
    try:
        return Catalogue.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except OSError as error:
        raise CatalogueError(f"catalogue {source}: {error.strerror}.") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise CatalogueError(f"catalogue {source}: {error}") from error
