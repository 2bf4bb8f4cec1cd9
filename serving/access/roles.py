"""The roles: what each may do and which classes of facts it is shown, as written in ``roles.yaml``.

Read by :mod:`serving.access.callers` (rights) and :mod:`serving.access.fields` (what is shown).
"""

from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).with_name("roles.yaml")


class Role(StrEnum):
    """As what somebody acts."""

    GRID_WORKER = "grid_worker"
    STREET_OFFICER = "street_officer"
    SOCIAL_WORKER = "social_worker"
    VOLUNTEER = "volunteer"
    SUPERVISOR = "supervisor"
    DISTRICT_ADMIN = "district_admin"
    AUDITOR = "auditor"
    DATA_SCIENTIST = "data_scientist"
    OPERATOR = "operator"


class Right(StrEnum):
    """What somebody may do, in the places they act in."""

    LISTS = "lists"
    HOUSEHOLD = "household"
    RECORD = "record"
    REASSIGN = "reassign"
    DECIDE = "decide"
    AGGREGATES = "aggregates"
    MODEL = "model"
    AUDIT = "audit"
    OPERATE = "operate"


class FieldClass(StrEnum):
    """How sensitive a fact about a household is; ``health`` is illness, care and disability."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    HEALTH = "health"


class RoleRule(BaseModel):
    """One role. ``every_role_of_the_place``: it reads lists made for others, too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    rights: frozenset[Right]
    every_role_of_the_place: bool
    shown: frozenset[FieldClass]
    with_child: frozenset[FieldClass]


class RoleTable(BaseModel):
    """The whole table. ``groups``: the class of the facts of each feature group."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: dict[Role, RoleRule]
    groups: dict[str, FieldClass]


@cache
def role_table() -> RoleTable:
    """Return the table that is shipped."""
    return RoleTable.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
