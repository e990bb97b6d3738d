"""Chats of staff, talks between officers and citizens, alerts with buttons, canned replies"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

HELD = sa.text("ended_at IS NULL")


def utc(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, storage.tables.Utc(timezone=True), nullable=nullable)


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def upgrade() -> None:
    op.add_column("conversations", sa.Column("talk_id", sa.Integer(), nullable=True))
    op.add_column("conversations", sa.Column("staff_id", sa.Integer(), nullable=True))
    op.create_table(
        "staff_doors",
        sa.Column("id", sa.Integer(), nullable=False),
        text("office_id"),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        text("channel"),
        text("address"),
        utc("linked_at"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "address"),
        sa.UniqueConstraint("staff_id", "channel"),
    )
    op.create_table(
        "door_codes",
        text("id"),
        text("office_id"),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        utc("expires_at"),
        utc("used_at", nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_door_codes_staff_id", "door_codes", ["staff_id"])
    op.create_table(
        "talks",
        sa.Column("id", sa.Integer(), nullable=False),
        text("office_id"),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        text("officer"),
        text("waits_for"),
        utc("waits_since"),
        utc("opened_at"),
        utc("ended_at", nullable=True),
        text("ended_by"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "talks_held", "talks", ["conversation_id"], unique=True,
        sqlite_where=HELD, postgresql_where=HELD,
    )  # fmt: skip
    op.create_index(
        "talks_office", "talks", ["office_id", "id"], sqlite_where=HELD, postgresql_where=HELD
    )
    op.create_table(
        "talk_words",
        sa.Column("id", sa.Integer(), nullable=False),
        text("office_id"),
        sa.Column("talk_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        utc("at"),
        text("author"),
        text("kind"),
        text("text"),
        text("attachment_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("talk_words_chat", "talk_words", ["conversation_id", "id"])
    op.create_index("talk_words_file", "talk_words", ["attachment_id"])
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        text("office_id"),
        text("kind"),
        text("subject"),
        text("channel"),
        text("address"),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        utc("at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("alerts_subject", "alerts", ["kind", "subject"])
    op.create_index("alerts_chat", "alerts", ["channel", "address", "id"])
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        text("office_id"),
        text("title"),
        text("text"),
        text("written_by"),
        utc("written_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("office_id", "title"),
    )


def downgrade() -> None:
    for table in ("canned_replies", "alerts", "talk_words", "talks", "door_codes", "staff_doors"):
        op.drop_table(table)
    op.drop_column("conversations", "staff_id")
    op.drop_column("conversations", "talk_id")
