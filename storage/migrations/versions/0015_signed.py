"""Signed results and their links, the section of a member of staff, and what was forgotten"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "signed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("initials", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["file"], ["attachments.id"]),
        sa.ForeignKeyConstraint(["letter_id"], ["letters.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index("ix_signed_ticket_id", "signed", ["ticket_id"])
    op.create_index(
        "signed_current",
        "signed",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("state = 'current'"),
        postgresql_where=sa.text("state = 'current'"),
    )
    with op.batch_alter_table("results") as results:
        results.alter_column("letter_id", existing_type=sa.Integer(), nullable=True)
        results.add_column(sa.Column("signed_id", sa.Integer(), nullable=True))
        results.create_foreign_key("results_signed_id_fkey", "signed", ["signed_id"], ["id"])
    op.create_table(
        "forgotten",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("since", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("noted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "subject", "since", "at"),
    )
    fresh = sa.text("noted = false")
    op.create_index(
        "forgotten_fresh", "forgotten", ["id"], sqlite_where=fresh, postgresql_where=fresh
    )
    op.add_column("staff", sa.Column("section", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_table("forgotten")
    op.drop_column("staff", "section")
    op.execute("DELETE FROM results WHERE letter_id IS NULL")
    with op.batch_alter_table("results") as results:
        results.drop_column("signed_id")
        results.alter_column("letter_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("signed")
