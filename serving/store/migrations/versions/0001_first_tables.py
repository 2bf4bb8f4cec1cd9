"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OF_PLACE = """('/' || area_path || '/') ^@ ANY ((SELECT string_to_array(NULLIF(current_setting('zhaoren.scope', true), ''), ','))::text[])"""
_OF_ENGINE = """COALESCE(current_setting('zhaoren.scope', true), '') = '/'"""
_POLICIES = (
    ("alerts", _OF_PLACE, _OF_ENGINE),
    ("answered_requests", _OF_ENGINE, _OF_ENGINE),
    (
        "attempts",
        "EXISTS (SELECT 1 FROM cases AS parent WHERE parent.case_id = attempts.case_id)",
        "EXISTS (SELECT 1 FROM cases AS parent WHERE parent.case_id = attempts.case_id)",
    ),
    ("audit_entries", _OF_ENGINE, _OF_ENGINE),
    (
        "case_events",
        "EXISTS (SELECT 1 FROM cases AS parent WHERE parent.case_id = case_events.case_id)",
        "EXISTS (SELECT 1 FROM cases AS parent WHERE parent.case_id = case_events.case_id)",
    ),
    (
        "case_notes",
        "EXISTS (SELECT 1 FROM cases AS parent WHERE parent.case_id = case_notes.case_id)",
        "EXISTS (SELECT 1 FROM cases AS parent WHERE parent.case_id = case_notes.case_id)",
    ),
    ("cases", _OF_PLACE, _OF_PLACE),
    ("decisions", _OF_PLACE, _OF_ENGINE),
    ("event_decisions", _OF_ENGINE, _OF_ENGINE),
    ("intake_findings", _OF_ENGINE, _OF_ENGINE),
    ("intakes", _OF_ENGINE, _OF_ENGINE),
    ("lists", _OF_PLACE, _OF_ENGINE),
    ("never_scored", _OF_PLACE, _OF_ENGINE),
    (
        "objection_withdrawals",
        "EXISTS (SELECT 1 FROM objections AS parent WHERE parent.objection_id = objection_withdrawals.objection_id)",
        "EXISTS (SELECT 1 FROM objections AS parent WHERE parent.objection_id = objection_withdrawals.objection_id)",
    ),
    (
        "objections",
        "EXISTS (SELECT 1 FROM alerts AS parent WHERE parent.household_id = objections.household_id)",
        "EXISTS (SELECT 1 FROM alerts AS parent WHERE parent.household_id = objections.household_id)",
    ),
    ("outcomes", _OF_ENGINE, _OF_ENGINE),
)
"""Table, who sees its rows, who changes them."""

_ADDED_ONLY = ("audit_entries", "case_events", "objection_withdrawals")

_REFUSE = """CREATE OR REPLACE FUNCTION zhaoren_refuse() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || '': rows are only ever added''; END'"""


def upgrade() -> None:
    """Make the tables and what guards them."""
    op.create_table(
        "answered_requests",
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", "idempotency_key"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("token_id", sa.String(length=16), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("is_session", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("token_id"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.create_table(
        "audit_entries",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("household_id", sa.String(length=64), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("audit_by_household", "audit_entries", ["household_id", "at"], unique=False)
    op.create_index("audit_by_time", "audit_entries", ["at"], unique=False)
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=64), nullable=False),
        sa.Column("grid_id", sa.String(length=64), nullable=False),
        sa.Column(
            "area_path",
            sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("assigned_to", sa.String(length=64), nullable=True),
        sa.Column("clock", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("due_from", sa.DateTime(), nullable=False),
        sa.Column("due_span", sa.String(length=64), nullable=False),
        sa.Column("due_is_provisional", sa.Boolean(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=True),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("band", sa.String(length=16), nullable=False),
        sa.Column("urgent_rules", sa.Text(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("first_contact_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_because", sa.String(length=32), nullable=True),
        sa.CheckConstraint("area_path <> ''", name="area_path_is_not_empty"),
        sa.CheckConstraint("clock IN ('urgent', 'red', 'normal')", name="clock_is_known"),
        sa.CheckConstraint("level IN ('grid', 'street', 'district')", name="level_is_known"),
        sa.CheckConstraint("state IN ('open', 'searching', 'closed')", name="state_is_known"),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("cases_by_due", "cases", ["state", "due_at"], unique=False)
    op.create_index("cases_by_household", "cases", ["household_id"], unique=False)
    op.create_index(op.f("ix_cases_area_path"), "cases", ["area_path"], unique=False)
    op.create_index(
        "one_open_case_per_household",
        "cases",
        ["household_id"],
        unique=True,
        sqlite_where=sa.text("state != 'closed'"),
        postgresql_where=sa.text("state != 'closed'"),
    )
    op.create_table(
        "digests",
        sa.Column("as_of_date", sa.Date(), nullable=False),
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(), nullable=False),
        sa.Column("last_result", sa.String(length=64), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'failed')", name="state_is_known"
        ),
        sa.PrimaryKeyConstraint("as_of_date", "worker_id"),
    )
    op.create_table(
        "disabled_targets",
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("url_sha256", sa.String(length=64), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("target"),
    )
    op.create_table(
        "intake_findings",
        sa.Column("intake_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=64), nullable=True),
        sa.Column("finding", sa.String(length=32), nullable=True),
        sa.Column("needs", sa.String(length=100), nullable=False),
        sa.Column("entered", sa.String(length=24), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "entered IN ('opened', 'joined', 'settled', 'household_unknown', 'place_unknown', 'not_in_policy')",
            name="entered_is_known",
        ),
        sa.PrimaryKeyConstraint("intake_id", "version"),
    )
    op.create_index(
        "intake_findings_by_household", "intake_findings", ["household_id"], unique=False
    )
    op.create_table(
        "intakes",
        sa.Column("intake_id", sa.String(length=36), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("came_on", sa.Date(), nullable=False),
        sa.Column("grid_id", sa.String(length=64), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("state IN ('accepted', 'conflicting')", name="state_is_known"),
        sa.PrimaryKeyConstraint("intake_id", "body_sha256"),
    )
    op.create_index("intakes_by_day", "intakes", ["came_on"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("as_of_date", sa.Date(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "members",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.DateTime(), nullable=False),
        sa.Column("valid_to", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("member_id"),
    )
    op.create_index("members_by_worker", "members", ["worker_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("notice_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('many_households')", name="kind_is_known"),
        sa.PrimaryKeyConstraint("notice_id"),
    )
    op.create_index("notices_by_worker", "notices", ["worker_id", "at"], unique=False)
    op.create_table(
        "objections",
        sa.Column("objection_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=64), nullable=False),
        sa.Column("ground", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("state IN ('recorded', 'upheld', 'refused')", name="state_is_known"),
        sa.PrimaryKeyConstraint("objection_id"),
    )
    op.create_index("objections_by_household", "objections", ["household_id"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("outcome_id", sa.String(length=36), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("finding", sa.String(length=32), nullable=False),
        sa.Column("needs", sa.String(length=100), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("worker_role", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("case_version", sa.Integer(), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("clash", sa.String(length=8), nullable=True),
        sa.Column("device_at", sa.DateTime(), nullable=True),
        sa.Column("helped_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("state IN ('accepted', 'conflicting', 'orphan')", name="state_is_known"),
        sa.PrimaryKeyConstraint("outcome_id", "body_sha256"),
    )
    op.create_index("outcomes_by_alert", "outcomes", ["alert_id"], unique=False)
    op.create_index("outcomes_by_day", "outcomes", ["recorded_on"], unique=False)
    op.create_index("outcomes_by_worker", "outcomes", ["worker_id"], unique=False)
    op.create_table(
        "places",
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.DateTime(), nullable=False),
        sa.Column("valid_to", sa.DateTime(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.String(length=64), nullable=True),
        sa.Column(
            "path",
            sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("level", "place_id", "valid_from"),
    )
    op.create_index(
        "one_place_at_a_time",
        "places",
        ["level", "place_id"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("as_of_date", sa.Date(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("inputs_sha256", sa.String(length=64), nullable=True),
        sa.Column("champion_sha256", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('running', 'finished', 'refused', 'failed', 'crashed')",
            name="state_is_known",
        ),
        sa.PrimaryKeyConstraint("run_id"),
        sa.UniqueConstraint("as_of_date", "attempt"),
    )
    op.create_table(
        "told",
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("about"),
    )
    op.create_table(
        "attempts",
        sa.Column("attempt_id", sa.String(length=36), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("evidence", sa.String(length=32), nullable=False),
        sa.Column("device_at", sa.DateTime(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("worker_role", sa.String(length=32), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('accepted', 'refused', 'conflicting', 'orphan')", name="state_is_known"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.case_id"],
        ),
        sa.PrimaryKeyConstraint("attempt_id", "body_sha256"),
    )
    op.create_index("attempts_by_case", "attempts", ["case_id"], unique=False)
    op.create_table(
        "case_events",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('opened', 'repeated', 'worsened', 'reported', 'attempted', 'outcome', 'reassigned', 'escalated', 'search_asked', 'search_decided', 'due_moved', 'closed', 'objected')",
            name="kind_is_known",
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.case_id"],
        ),
        sa.PrimaryKeyConstraint("case_id", "version"),
    )
    op.create_index("case_events_by_day", "case_events", ["day"], unique=False)
    op.create_table(
        "case_notes",
        sa.Column("note_id", sa.String(length=36), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("device_at", sa.DateTime(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("worker_role", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["cases.case_id"],
        ),
        sa.PrimaryKeyConstraint("note_id", "body_sha256"),
    )
    op.create_index("case_notes_by_case", "case_notes", ["case_id"], unique=False)
    op.create_table(
        "objection_withdrawals",
        sa.Column("objection_id", sa.String(length=36), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["objection_id"],
            ["objections.objection_id"],
        ),
        sa.PrimaryKeyConstraint("objection_id"),
    )
    op.create_table(
        "publications",
        sa.Column("as_of_date", sa.Date(), nullable=False),
        sa.Column("publish_seq", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("inputs_sha256", sa.String(length=64), nullable=False),
        sa.Column("champion_sha256", sa.String(length=64), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["runs.run_id"],
        ),
        sa.PrimaryKeyConstraint("as_of_date", "publish_seq"),
    )
    op.create_index(
        "one_current_publication_per_date",
        "publications",
        ["as_of_date"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "run_steps",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("output_sha256", sa.String(length=64), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('running', 'finished', 'refused', 'failed', 'crashed')",
            name="state_is_known",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["runs.run_id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "step"),
    )
    op.create_table(
        "decisions",
        sa.Column("as_of_date", sa.Date(), nullable=False),
        sa.Column("publish_seq", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=64), nullable=False),
        sa.Column("grid_id", sa.String(length=64), nullable=False),
        sa.Column(
            "area_path",
            sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("band", sa.String(length=16), nullable=False),
        sa.Column("urgent_rules", sa.Text(), nullable=False),
        sa.Column("propensity", sa.Float(), nullable=True),
        sa.CheckConstraint("area_path <> ''", name="area_path_is_not_empty"),
        sa.ForeignKeyConstraint(
            ["as_of_date", "publish_seq"],
            ["publications.as_of_date", "publications.publish_seq"],
        ),
        sa.PrimaryKeyConstraint("as_of_date", "publish_seq", "household_id"),
    )
    op.create_table(
        "event_lists",
        sa.Column("list_id", sa.String(length=36), nullable=False),
        sa.Column("as_of_date", sa.Date(), nullable=False),
        sa.Column("publish_seq", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("event_sha256", sa.String(length=64), nullable=False),
        sa.Column("matrix_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["as_of_date", "publish_seq"],
            ["publications.as_of_date", "publications.publish_seq"],
        ),
        sa.PrimaryKeyConstraint("list_id"),
    )
    op.create_table(
        "lists",
        sa.Column("as_of_date", sa.Date(), nullable=False),
        sa.Column("publish_seq", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("community_id", sa.String(length=64), nullable=False),
        sa.Column("street_id", sa.String(length=64), nullable=False),
        sa.Column("district_id", sa.String(length=64), nullable=False),
        sa.Column(
            "area_path",
            sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.CheckConstraint("area_path <> ''", name="area_path_is_not_empty"),
        sa.ForeignKeyConstraint(
            ["as_of_date", "publish_seq"],
            ["publications.as_of_date", "publications.publish_seq"],
        ),
        sa.PrimaryKeyConstraint("as_of_date", "publish_seq", "grid_id", "role", "worker_id"),
    )
    op.create_index(op.f("ix_lists_area_path"), "lists", ["area_path"], unique=False)
    op.create_table(
        "never_scored",
        sa.Column("as_of_date", sa.Date(), nullable=False),
        sa.Column("publish_seq", sa.Integer(), nullable=False),
        sa.Column("grid_id", sa.String(length=64), nullable=False),
        sa.Column(
            "area_path",
            sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.CheckConstraint("area_path <> ''", name="area_path_is_not_empty"),
        sa.ForeignKeyConstraint(
            ["as_of_date", "publish_seq"],
            ["publications.as_of_date", "publications.publish_seq"],
        ),
        sa.PrimaryKeyConstraint("as_of_date", "publish_seq", "grid_id", "why"),
    )
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("as_of_date", sa.Date(), nullable=True),
        sa.Column("publish_seq", sa.Integer(), nullable=True),
        sa.Column("grid_id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("routed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["as_of_date", "publish_seq"],
            ["publications.as_of_date", "publications.publish_seq"],
        ),
        sa.PrimaryKeyConstraint("message_id"),
        sa.UniqueConstraint("kind", "as_of_date", "publish_seq", "grid_id"),
    )
    op.create_index("outbox_by_routed", "outbox", ["routed_at"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("as_of_date", sa.Date(), nullable=False),
        sa.Column("publish_seq", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.String(length=64), nullable=False),
        sa.Column("grid_id", sa.String(length=64), nullable=False),
        sa.Column(
            "area_path",
            sa.String(length=300).with_variant(sa.String(length=300, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("worker_id", sa.String(length=64), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("task", sa.String(length=16), nullable=True),
        sa.Column("band", sa.String(length=16), nullable=False),
        sa.Column("urgent_rules", sa.Text(), nullable=False),
        sa.Column("propensity", sa.Float(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.CheckConstraint("area_path <> ''", name="area_path_is_not_empty"),
        sa.ForeignKeyConstraint(
            ["as_of_date", "publish_seq", "grid_id", "role", "worker_id"],
            [
                "lists.as_of_date",
                "lists.publish_seq",
                "lists.grid_id",
                "lists.role",
                "lists.worker_id",
            ],
        ),
        sa.PrimaryKeyConstraint("alert_id"),
        sa.UniqueConstraint(
            "as_of_date", "publish_seq", "grid_id", "role", "worker_id", "rank", name="one_per_rank"
        ),
        sa.UniqueConstraint(
            "as_of_date", "publish_seq", "household_id", name="one_alert_per_household"
        ),
    )
    op.create_index("alerts_by_household", "alerts", ["household_id"], unique=False)
    op.create_index(op.f("ix_alerts_area_path"), "alerts", ["area_path"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("grid_id", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(), nullable=False),
        sa.Column("last_result", sa.String(length=64), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="state_is_known"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["outbox.message_id"],
        ),
        sa.PrimaryKeyConstraint("message_id", "target"),
    )
    op.create_index(
        "deliveries_by_turn",
        "deliveries",
        ["target", "state", "turn", "created_at", "grid_id"],
        unique=False,
    )
    op.create_table(
        "event_decisions",
        sa.Column("list_id", sa.String(length=36), nullable=False),
        sa.Column("household_id", sa.String(length=64), nullable=False),
        sa.Column("grid_id", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["event_lists.list_id"],
        ),
        sa.PrimaryKeyConstraint("list_id", "household_id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """Undo it, with everything in the tables."""
    if op.get_bind().dialect.name == "postgresql":
        # A policy may lean on another table, which then could not be dropped.
        for table, _seen, _changed in _POLICIES:
            op.execute(f"DROP POLICY {table}_seen ON {table}")
            op.execute(f"DROP POLICY {table}_changed ON {table}")
    op.drop_table("event_decisions")
    op.drop_index("deliveries_by_turn", table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_alerts_area_path"), table_name="alerts")
    op.drop_index("alerts_by_household", table_name="alerts")
    op.drop_table("alerts")
    op.drop_index("outbox_by_routed", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("never_scored")
    op.drop_index(op.f("ix_lists_area_path"), table_name="lists")
    op.drop_table("lists")
    op.drop_table("event_lists")
    op.drop_table("decisions")
    op.drop_table("run_steps")
    op.drop_index(
        "one_current_publication_per_date",
        table_name="publications",
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.drop_table("publications")
    op.drop_table("objection_withdrawals")
    op.drop_index("case_notes_by_case", table_name="case_notes")
    op.drop_table("case_notes")
    op.drop_index("case_events_by_day", table_name="case_events")
    op.drop_table("case_events")
    op.drop_index("attempts_by_case", table_name="attempts")
    op.drop_table("attempts")
    op.drop_table("told")
    op.drop_table("runs")
    op.drop_index(
        "one_place_at_a_time",
        table_name="places",
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.drop_table("places")
    op.drop_index("outcomes_by_worker", table_name="outcomes")
    op.drop_index("outcomes_by_day", table_name="outcomes")
    op.drop_index("outcomes_by_alert", table_name="outcomes")
    op.drop_table("outcomes")
    op.drop_index("objections_by_household", table_name="objections")
    op.drop_table("objections")
    op.drop_index("notices_by_worker", table_name="notices")
    op.drop_table("notices")
    op.drop_index("members_by_worker", table_name="members")
    op.drop_table("members")
    op.drop_table("leases")
    op.drop_index("intakes_by_day", table_name="intakes")
    op.drop_table("intakes")
    op.drop_index("intake_findings_by_household", table_name="intake_findings")
    op.drop_table("intake_findings")
    op.drop_table("disabled_targets")
    op.drop_table("digests")
    op.drop_index(
        "one_open_case_per_household",
        table_name="cases",
        sqlite_where=sa.text("state != 'closed'"),
        postgresql_where=sa.text("state != 'closed'"),
    )
    op.drop_index(op.f("ix_cases_area_path"), table_name="cases")
    op.drop_index("cases_by_household", table_name="cases")
    op.drop_index("cases_by_due", table_name="cases")
    op.drop_table("cases")
    op.drop_index("audit_by_time", table_name="audit_entries")
    op.drop_index("audit_by_household", table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_table("api_tokens")
    op.drop_table("answered_requests")


def _guard_postgresql() -> None:
    op.execute(_REFUSE)
    for table in _ADDED_ONLY:
        for event in (
            f"{table}_refuses_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW",
            f"{table}_refuses_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
        ):
            op.execute(f"CREATE TRIGGER {event} EXECUTE FUNCTION zhaoren_refuse()")
    for table, seen, changed in _POLICIES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_seen ON {table} FOR SELECT USING ({seen})")
        op.execute(
            f"CREATE POLICY {table}_changed ON {table} USING ({changed}) WITH CHECK ({changed})"
        )


def _guard_sqlite() -> None:
    for table in _ADDED_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table}: rows are only ever added'); END"
            )
