"""Where and why people come, closed hours, and an index for due work that is over"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BOOKED = sa.text("state = 'booked'")
BY_CLOSURE = sa.text("closure_id > 0")
OVER = sa.text("state IN ('done', 'dropped')")


def upgrade() -> None:
    for name, kind, default in (
        ("place", sa.String(), "''"),
        ("purpose", sa.String(), "'pickup'"),
        ("priority", sa.Boolean(), "false"),
        ("reason", sa.String(), "''"),
        ("closure_id", sa.Integer(), "0"),
    ):
        column = sa.Column(name, kind, server_default=sa.text(default), nullable=False)
        op.add_column("appointments", column)
    op.drop_index("appointments_seat", "appointments")
    op.create_index(
        "appointments_seat", "appointments", ["office_id", "start_at", "place", "seat"],
        unique=True, sqlite_where=BOOKED, postgresql_where=BOOKED,
    )  # fmt: skip
    op.create_index("appointments_day", "appointments", ["office_id", "start_at"])
    op.create_index(
        "appointments_closure", "appointments", ["closure_id"],
        sqlite_where=BY_CLOSURE, postgresql_where=BY_CLOSURE,
    )  # fmt: skip
    op.create_table(
        "closures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("begins_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("ends_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("lifted_at", storage.tables.Utc(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("closures_ahead", "closures", ["office_id", "ends_at"])
    op.create_index("due_finished", "due", ["done_at"], sqlite_where=OVER, postgresql_where=OVER)


def downgrade() -> None:
    op.drop_index("due_finished", "due")
    op.drop_table("closures")
    op.drop_index("appointments_closure", "appointments")
    op.drop_index("appointments_day", "appointments")
    op.drop_index("appointments_seat", "appointments")
    op.create_index(
        "appointments_seat", "appointments", ["office_id", "start_at", "seat"], unique=True,
        sqlite_where=BOOKED, postgresql_where=BOOKED,
    )  # fmt: skip
    for name in ("closure_id", "reason", "priority", "purpose", "place"):
        op.drop_column("appointments", name)
