"""The audit log, when staff came last, what citizens ask about their data"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("office_id", "seq"),
    )
    op.add_column(
        "staff", sa.Column("signed_in_at", storage.tables.Utc(timezone=True), nullable=True)
    )
    op.create_table(
        "data_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("due_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("decided_at", storage.tables.Utc(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "data_requests_one", "data_requests", ["conversation_id", "office_id", "kind"],
        unique=True, sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )  # fmt: skip
    op.create_index("data_requests_open", "data_requests", ["office_id", "state", "due_at"])
    op.create_table(
        "data_links",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("used_at", storage.tables.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["data_requests.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_data_links_conversation_id", "data_links", ["conversation_id"])
    op.create_table(
        "doomed_files",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_actor", "audit", ["office_id", "actor", "seq"])
    op.create_index("audit_action", "audit", ["office_id", "action", "seq"])
    op.create_index("audit_subject", "audit", ["office_id", "subject", "seq"])


def downgrade() -> None:
    op.drop_table("doomed_files")
    op.drop_table("data_links")
    op.drop_table("data_requests")
    op.drop_column("staff", "signed_in_at")
    op.drop_table("audit")
