"""Write down the next step of the tables: ``python -m serving.store.revise 0002 "what changes"``.

For developers, after a change in :mod:`serving.store.tables` or :mod:`serving.store.guards`. Compares the
tables with those the steps before it make, and writes the difference out as explicit operations, to be
read and corrected by hand. A step that was not released yet may be written anew under its number.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateTableOp, UpgradeOps
from sqlalchemy import CheckConstraint, MetaData, create_engine, text
from sqlalchemy.dialects import sqlite

from serving.store.guards import ADDED_ONLY, GUARDS, OF_ENGINE, OF_PLACE, Guard, conditions
from serving.store.migrating import upgrade
from serving.store.schema import METADATA
from serving.store.tables.base import UtcDateTime

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_NAMES = {OF_PLACE: "_OF_PLACE", OF_ENGINE: "_OF_ENGINE"}

_FRAME = '''"""{message}."""

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {before}
branch_labels = None
depends_on = None

_OF_PLACE = """{of_place}"""
_OF_ENGINE = """{of_engine}"""
_POLICIES = {policies}
"""Table, who sees its rows, who changes them."""

_ADDED_ONLY = {added_only}

_REFUSE = """CREATE OR REPLACE FUNCTION zhaoren_refuse() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || '': rows are only ever added''; END'"""


def upgrade() -> None:
    """Make the tables and what guards them."""
{up}
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """Undo it, with everything in the tables."""
    if op.get_bind().dialect.name == "postgresql":
        # A policy may lean on another table, which then could not be dropped.
        for table, _seen, _changed in _POLICIES:
            op.execute(f"DROP POLICY {{table}}_seen ON {{table}}")
            op.execute(f"DROP POLICY {{table}}_changed ON {{table}}")
{down}


def _guard_postgresql() -> None:
    op.execute(_REFUSE)
    for table in _ADDED_ONLY:
        for event in (
            f"{{table}}_refuses_change BEFORE UPDATE OR DELETE ON {{table}} FOR EACH ROW",
            f"{{table}}_refuses_truncate BEFORE TRUNCATE ON {{table}} FOR EACH STATEMENT",
        ):
            op.execute(f"CREATE TRIGGER {{event}} EXECUTE FUNCTION zhaoren_refuse()")
    for table, seen, changed in _POLICIES:
        op.execute(f"ALTER TABLE {{table}} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {{table}} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {{table}}_seen ON {{table}} FOR SELECT USING ({{seen}})")
        op.execute(
            f"CREATE POLICY {{table}}_changed ON {{table}} USING ({{changed}}) WITH CHECK ({{changed}})"
        )


def _guard_sqlite() -> None:
    for table in _ADDED_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {{table}}_refuses_{{verb.lower()}} BEFORE {{verb}} ON {{table}}"
                f" BEGIN SELECT RAISE(ABORT, '{{table}}: rows are only ever added'); END"
            )
'''


def draft(number: str, message: str) -> str:
    """Return the text of step ``number``: what is left to do after the steps before it."""
    before = f"{int(number) - 1:04}" if int(number) > 1 else None
    engine = create_engine("sqlite://")
    with engine.begin() as work:
        if before is not None:
            upgrade(work, to=before)
        context = MigrationContext.configure(work, opts={"compare_type": True})
        found = produce_migrations(context, _plain(METADATA))
    up, down = found.upgrade_ops, found.downgrade_ops
    if up is None or down is None or up.is_empty():
        raise SystemExit("the tables are as the steps make them: nothing to write down")
    made = _made_by(up)
    return _FRAME.format(
        message=message,
        number=number,
        before=f'"{before}"' if before else "None",
        of_place=OF_PLACE,
        of_engine=OF_ENGINE,
        policies=_policies(made),
        added_only=tuple(name for name in ADDED_ONLY if name in made),
        up=_indented(render_python_code(up, render_item=_without_our_types)),
        down=_indented(render_python_code(down, render_item=_without_our_types)),
    )


def main(argv: Sequence[str]) -> None:
    """Write the step's file and lay it out."""
    number, message = argv
    for old in _VERSIONS.glob(f"{number}_*.py"):
        old.unlink()
    name = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")
    file = _VERSIONS / f"{number}_{name}.py"
    file.write_text(draft(number, message), encoding="utf-8")
    for arguments in (["check", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, "-q", str(file)], check=True)
    sys.stdout.write(f"{file}: read it before you commit it\n")


def _plain(metadata: MetaData) -> MetaData:
    """Return a copy in which checks belong to tables and conditions of indexes are text.

    Alembic leaves out checks of columns, and writes conditions without their values.
    """
    copy = MetaData()
    for table in metadata.sorted_tables:
        made = table.to_metadata(copy)
        for column in made.columns:
            for check in [one for one in column.constraints if isinstance(one, CheckConstraint)]:
                made.append_constraint(CheckConstraint(str(check.sqltext), name=check.name))
        for index in made.indexes:
            for dialect in ("sqlite", "postgresql"):
                where = index.dialect_options[dialect]["where"]
                if where is not None:
                    written = where.compile(
                        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
                    )
                    index.dialect_options[dialect]["where"] = text(
                        str(written).replace(f"{table.name}.", "")
                    )
    return copy


def _made_by(operations: UpgradeOps) -> frozenset[str]:
    return frozenset(one.table_name for one in operations.ops if isinstance(one, CreateTableOp))


def _policies(tables: frozenset[str]) -> str:
    lines = []
    for table in sorted(tables):
        guard = GUARDS[table]
        if guard is not Guard.OPEN:
            seen, changed = (_NAMES.get(one, repr(one)) for one in conditions(table, guard))
            lines.append(f"({table!r}, {seen}, {changed}),")
    return "(" + "\n".join(lines) + ")"


def _without_our_types(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write our own type as what it is in the database: a step must not depend on later code."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


def _indented(code: str) -> str:
    lines = [line for line in code.splitlines() if not line.strip().startswith("#")]
    return "\n".join(f"    {line.strip()}" for line in lines)


if __name__ == "__main__":
    main(sys.argv[1:])
