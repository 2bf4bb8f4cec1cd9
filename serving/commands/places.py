"""How commands read a place and a role as somebody writes them."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from serving.access.places import Level
    from serving.access.roles import Role

PLACE_HELP = "<grid|community|street|district>:<id>"


def place_from(text: str, *, hint: str) -> "tuple[Level, str]":
    """Return level and id of ``street:S01``.

    Raises:
        BadParameter: it is not written so.
    """
    from serving.access.places import Level

    level, colon, place_id = text.partition(":")
    if not colon or not place_id or level not in list(Level):
        raise typer.BadParameter(f"{text!r}: write for example street:S01", param_hint=hint)
    return Level(level), place_id


def role_from(text: str) -> "Role":
    """Return the role named.

    Raises:
        BadParameter: there is no such role.
    """
    from serving.access.roles import Role

    if text not in list(Role):
        raise typer.BadParameter(f"{text!r}: one of {', '.join(Role)}", param_hint="--role")
    return Role(text)
