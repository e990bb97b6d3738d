"""Receipts, verified phones, codes that join two chats, bookmarks"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

UNCONFIRMED = (
    "state = 'sent' AND receipt IN ('', 'queued', 'sent') AND asks < 3"
    " AND channel IN ('whatsapp', 'sms')"
)
PENDING = "state = 'pending'"
VERIFIED = "phone <> ''"


def upgrade() -> None:
    op.add_column(
        "outbox", sa.Column("receipt", sa.String(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "outbox", sa.Column("handled_by", sa.String(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "outbox", sa.Column("asks", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.drop_index("outbox_due", "outbox")
    op.create_index(
        "outbox_due", "outbox", ["channel", "priority", "id"],
        sqlite_where=sa.text(PENDING), postgresql_where=sa.text(PENDING),
    )  # fmt: skip
    op.create_index(
        "outbox_unconfirmed", "outbox", ["id"],
        sqlite_where=sa.text(UNCONFIRMED), postgresql_where=sa.text(UNCONFIRMED),
    )  # fmt: skip
    op.create_index(
        "people_phone", "people", ["phone"], unique=True,
        sqlite_where=sa.text(VERIFIED), postgresql_where=sa.text(VERIFIED),
    )  # fmt: skip
    op.create_table(
        "bookmarks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "link_codes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("used_at", storage.tables.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_link_codes_conversation_id", "link_codes", ["conversation_id"])
    op.create_table(
        "link_tries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("link_tries_chat", "link_tries", ["conversation_id", "at"])


def downgrade() -> None:
    op.drop_table("link_tries")
    op.drop_table("link_codes")
    op.drop_table("bookmarks")
    op.drop_index("people_phone", "people")
    op.drop_index("outbox_unconfirmed", "outbox")
    op.drop_index("outbox_due", "outbox")
    op.create_index(
        "outbox_due", "outbox", ["priority", "id"],
        sqlite_where=sa.text(PENDING), postgresql_where=sa.text(PENDING),
    )  # fmt: skip
    op.drop_column("outbox", "asks")
    op.drop_column("outbox", "handled_by")
    op.drop_column("outbox", "receipt")
