"""Who a ticket was handed to, notes among staff, what tickets are found by, second factors"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables
from storage import search

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BATCH = 1000


def upgrade() -> None:
    op.add_column(
        "ticket_events",
        sa.Column("officer", sa.String(), server_default=sa.text("''"), nullable=False),
    )
    op.create_table(
        "ticket_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ticket_notes_ticket", "ticket_notes", ["ticket_id", "id"])
    op.create_table(
        "ticket_keys",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("ticket_id", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ticket_keys_key", "ticket_keys", ["office_id", "key", "ticket_id"],
        postgresql_ops={"key": "text_pattern_ops"},
    )  # fmt: skip
    fill()
    op.add_column(
        "staff_sessions",
        sa.Column("stage", sa.String(), server_default=sa.text("'in'"), nullable=False),
    )
    op.add_column(
        "staff_sessions",
        sa.Column("agent", sa.String(), server_default=sa.text("''"), nullable=False),
    )
    op.create_table(
        "second_factors",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("pending", sa.String(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("used_at", storage.tables.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_recovery_codes_staff_id", "recovery_codes", ["staff_id"])


def fill() -> None:
    """Let the tickets of before be found; the services of that time named these answers so."""
    connection, after = op.get_bind(), 0
    tickets = sa.table(
        "tickets", sa.column("id"), sa.column("office_id"), sa.column("person_id"),
        sa.column("answers", sa.JSON()),
    )  # fmt: skip
    people = sa.table("people", sa.column("id"), sa.column("phone"))
    keys = sa.table("ticket_keys", sa.column("ticket_id"), sa.column("key"), sa.column("office_id"))
    wanted = sa.select(tickets, people.c.phone).join(people, people.c.id == tickets.c.person_id)
    while rows := connection.execute(
        wanted.where(tickets.c.id > after).order_by(tickets.c.id).limit(BATCH)
    ).all():
        found = [
            {"ticket_id": row.id, "key": key, "office_id": row.office_id}
            for row in rows
            for key in search.keys(
                given(row.answers, "name"), given(row.answers, "nik"),
                [*given(row.answers, "phone"), row.phone],
            )
        ]  # fmt: skip
        if found:
            connection.execute(sa.insert(keys), found)
        after = rows[-1].id


def given(answers: dict[str, object], what: str) -> list[str]:
    return [str(value) for step, value in answers.items() if step.endswith(what)]


def downgrade() -> None:
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    op.drop_column("staff_sessions", "agent")
    op.drop_column("staff_sessions", "stage")
    op.drop_table("ticket_keys")
    op.drop_table("ticket_notes")
    op.drop_column("ticket_events", "officer")
