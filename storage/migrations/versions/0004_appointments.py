"""Appointments: no start is booked beyond its seats"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BOOKED = "state = 'booked'"


def upgrade() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("start_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("created_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("updated_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token"),
    )
    op.create_index(
        "appointments_seat", "appointments", ["office_id", "start_at", "seat"], unique=True,
        sqlite_where=sa.text(BOOKED), postgresql_where=sa.text(BOOKED),
    )  # fmt: skip
    op.create_index("appointments_history", "appointments", ["ticket_id", "id"])
    op.create_index(
        "appointments_ticket", "appointments", ["ticket_id"], unique=True,
        sqlite_where=sa.text(BOOKED), postgresql_where=sa.text(BOOKED),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("appointments")
