"""The counter: arrivals with their numbers, seats, the screen, the health protocol"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OPEN = "state IN ('waiting', 'called', 'skipped')"


def index(name: str, columns: list[str], where: str, unique: bool = False) -> None:
    op.create_index(
        name, "arrivals", columns, unique=unique, sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("draw", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("conversation_id", sa.Integer(), nullable=True),
        sa.Column("turn_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("arrived_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("first_called_at", storage.tables.Utc(timezone=True), nullable=True),
        sa.Column("called_at", storage.tables.Utc(timezone=True), nullable=True),
        sa.Column("done_at", storage.tables.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("office_id", "day", "series", "number"),
    )
    index("arrivals_draw", ["draw"], "draw <> ''", unique=True)
    index("arrivals_person", ["office_id", "person_id", "day"], OPEN, unique=True)
    index("arrivals_ticket", ["ticket_id", "day"], OPEN, unique=True)
    index("arrivals_counter", ["office_id", "day", "counter"], "state = 'called'", unique=True)
    index("arrivals_waiting", ["office_id", "day", "lane", "turn_at", "id"], "state = 'waiting'")
    index("arrivals_calls", ["office_id", "day", "called_at"], "calls > 0")
    index("arrivals_done", ["office_id", "done_at"], "state = 'done'")
    op.create_index("arrivals_history", "arrivals", ["person_id", "id"])
    op.create_table(
        "counters",
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("since", storage.tables.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("office_id", "number"),
        sa.UniqueConstraint("office_id", "officer"),
    )
    op.create_table(
        "displays",
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("made_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("office_id"),
        sa.UniqueConstraint("token"),
    )
    op.create_table(
        "protocols",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("made_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("protocols_office", "protocols", ["office_id", "id"])


def downgrade() -> None:
    for table in ("protocols", "displays", "counters", "arrivals"):
        op.drop_table(table)
