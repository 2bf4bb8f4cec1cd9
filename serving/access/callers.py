"""Who is asking and how far they reach: worked out anew for every request from what stands in the store.

A token or a provider's word says who somebody is; memberships say where and as what they act. The API
asks :func:`caller_of` and passes the caller on to whatever reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, false, or_, select

from serving.access.members import memberships_of
from serving.access.places import Level
from serving.access.roles import Right, Role, role_table
from serving.access.tokens import PREFIX, memberships_by
from serving.store.schema import MEMBERS, PLACES
from serving.store.scopes import Scope, within

WorkerOf = Callable[[str, datetime], str | None]
"""Returns whom a bearer token of a single sign-on provider was made for; None if it is not valid now."""

_SENIORITY = (
    Role.DISTRICT_ADMIN,
    Role.SUPERVISOR,
    Role.STREET_OFFICER,
    Role.SOCIAL_WORKER,
    Role.GRID_WORKER,
    Role.VOLUNTEER,
    Role.AUDITOR,
    Role.DATA_SCIENTIST,
    Role.OPERATOR,
)


@dataclass(frozen=True, kw_only=True)
class Membership:
    """One place somebody acts in, and as what. ``path`` is None while the tree has no such place."""

    role: Role
    level: Level
    place_id: str
    path: str | None


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who is asking."""

    worker_id: str
    memberships: tuple[Membership, ...]

    @property
    def roles(self) -> frozenset[Role]:
        """Every role the caller has anywhere."""
        return frozenset(member.role for member in self.memberships)

    @property
    def role(self) -> Role:
        """The most senior role of the caller, for records that name one."""
        return next(role for role in _SENIORITY if role in self.roles)

    @property
    def paths(self) -> Scope:
        """The places whose households the caller may see: the scope of the request's transaction."""
        return self.paths_with(Right.HOUSEHOLD)

    def paths_with(self, right: Right) -> Scope:
        """Return the places in which the caller has ``right``."""
        found = {
            member.path
            for member in self.memberships
            if member.path is not None and right in role_table().roles[member.role].rights
        }
        return tuple(sorted(found))

    def roles_at(self, area_path: str) -> frozenset[Role]:
        """Return as what the caller acts in a place; empty outside of their reach."""
        return frozenset(
            member.role
            for member in self.memberships
            if member.path is not None and f"{area_path}/".startswith(f"{member.path}/")
        )

    def may(self, right: Right, *, area_path: str | None = None) -> bool:
        """Whether the caller has ``right`` in a place; anywhere, if none is named."""
        roles = self.roles if area_path is None else self.roles_at(area_path)
        return any(right in role_table().roles[role].rights for role in roles)

    def reaches(self, table: Table) -> ColumnElement[bool]:
        """Return the condition on ``table`` that keeps what this caller may see.

        ``table`` has ``area_path``. Where it has ``role``, too, most people see only what was made for
        their own role.
        """
        parts = [self._part(table, member) for member in self.memberships]
        return or_(false(), *parts)

    def _part(self, table: Table, member: Membership) -> ColumnElement[bool]:
        rule = role_table().roles[member.role]
        if member.path is None or Right.HOUSEHOLD not in rule.rights:
            return false()
        inside = within(table.c.area_path, (member.path,))
        if "role" not in table.c or rule.every_role_of_the_place:
            return inside
        return and_(inside, table.c.role == member.role.value)


def caller_of(
    read: Connection, *, bearer: str, now: datetime, worker_of: WorkerOf | None = None
) -> Caller | None:
    """Return who sent ``bearer``; None if it proves nothing, or its holder is (no longer) a member of anything."""
    if bearer.startswith(f"{PREFIX}_"):
        rows = memberships_by(read, secret=bearer, now=now)
    else:
        worker_id = None if worker_of is None else worker_of(bearer, now)
        rows = [] if worker_id is None else memberships_of(read, worker_id=worker_id, now=now)
    memberships = tuple(
        Membership(
            role=Role(row.role), level=Level(row.level), place_id=row.place_id, path=row.path
        )
        for row in rows
    )
    return Caller(worker_id=rows[0].worker_id, memberships=memberships) if memberships else None


def workers_under(read: Connection, *, caller: Caller) -> list[str]:
    """Return everybody who is or was a member of a place the caller supervises."""
    scope = caller.paths_with(Right.REASSIGN)
    return list(
        read.scalars(
            select(MEMBERS.c.worker_id)
            .distinct()
            .join(
                PLACES,
                (PLACES.c.level == MEMBERS.c.level)
                & (PLACES.c.place_id == MEMBERS.c.place_id)
                & PLACES.c.valid_to.is_(None),
            )
            .where(within(PLACES.c.path, scope))
            .order_by(MEMBERS.c.worker_id)
        )
    )
