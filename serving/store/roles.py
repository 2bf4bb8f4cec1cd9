"""As what we work in PostgreSQL: never as somebody whom its policies do not hold. Asked when it is opened."""

from sqlalchemy import Connection, text

from serving.refusals import ExitCode, Refusal


def has_role(read: Connection, name: str) -> bool:
    """Whether the database knows a role."""
    found = read.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name})
    return found is not None


def check_owner(read: Connection) -> None:
    """Make sure that we may make and change tables.

    Raises:
        Refusal: we may not.
    """
    if not read.scalar(text("SELECT has_schema_privilege(current_user, 'public', 'CREATE')")):
        raise Refusal(
            ExitCode.SETTINGS_WRONG,
            found="ZHAOREN_STORE_URL names a role that may not make tables.",
            to_do="For this command name the role that owns the database (see docs/store.md).",
        )


def check_role(read: Connection) -> None:
    """Make sure that row-level security holds for us.

    Raises:
        Refusal: we work as a superuser, or as one who may step over policies.
    """
    steps_over = read.scalar(
        text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    )
    if steps_over:
        raise Refusal(
            ExitCode.STORE_OTHER_VERSION,
            found="ZHAOREN_STORE_URL names a role that steps over PostgreSQL's row-level security.",
            to_do="Work as a role of its own that owns nothing (see docs/store.md).",
        )
