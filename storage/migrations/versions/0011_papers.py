"""Documents judged one by one, originals shown, every look at a file, the queue's indexes

Looks were lines of the history, at most one an hour; they move to a table of their own.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


BATCH = 1000
NARROWING = ("status", "service", "kelurahan", "officer", "channel")
INDEXES = (
    ("tickets_open", "promise_at", "'submitted', 'in_review', 'needs_correction', 'ready'"),
    ("tickets_closed", "updated_at", "'collected', 'rejected', 'withdrawn', 'expired'"),
)


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.ForeignKeyConstraint(["version"], ["attachments.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket_id", "document", "version"),
    )
    op.create_table(
        "views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachments.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("views_ticket", "views", ["ticket_id", "id"])
    op.create_index("views_staff", "views", ["staff_id", "id"])
    op.create_table(
        "originals",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"]),
        sa.PrimaryKeyConstraint("ticket_id", "document"),
    )
    move_looks()
    op.add_column(
        "tickets",
        sa.Column("kelurahan", sa.String(), server_default=sa.text("''"), nullable=False),
    )
    fill()
    op.drop_index("tickets_queue", "tickets")
    for name, time, states in INDEXES:
        where = sa.text(f"status IN ({states})")
        op.create_index(
            name, "tickets", ["office_id", time, "id", *NARROWING],
            sqlite_where=where, postgresql_where=where,
        )  # fmt: skip


def fill() -> None:
    """Where the applicants of before live: the services of that time named the answer so."""
    connection, after = op.get_bind(), 0
    tickets = sa.table(
        "tickets", sa.column("id"), sa.column("answers", sa.JSON()), sa.column("kelurahan")
    )
    wanted = sa.select(tickets.c.id, tickets.c.answers).order_by(tickets.c.id).limit(BATCH)
    change = sa.update(tickets).where(tickets.c.id == sa.bindparam("ticket"))
    while rows := connection.execute(wanted.where(tickets.c.id > after)).all():
        found = [
            {"ticket": row.id, "kelurahan": str(row.answers["kelurahan"])}
            for row in rows
            if row.answers.get("kelurahan")
        ]
        if found:
            connection.execute(change.values(kelurahan=sa.bindparam("kelurahan")), found)
        after = rows[-1].id


def move_looks() -> None:
    """The looks of before, each by an officer whose login still stands for somebody."""
    connection = op.get_bind()
    at = storage.tables.Utc(timezone=True)
    events = sa.table(
        "ticket_events", sa.column("id"), sa.column("office_id"), sa.column("ticket_id"),
        sa.column("at", at), sa.column("actor"), sa.column("move"),
        sa.column("documents", sa.JSON()),
    )  # fmt: skip
    staff = sa.table("staff", sa.column("id"), sa.column("login"))
    views = sa.table(
        "views", sa.column("office_id"), sa.column("staff_id"), sa.column("attachment_id"),
        sa.column("ticket_id"), sa.column("at", at),
    )  # fmt: skip
    looks = (
        sa.select(events, staff.c.id.label("staff_id"))
        .join(staff, staff.c.login == events.c.actor)
        .where(events.c.move == "viewed")
        .order_by(events.c.id)
    )
    found = [
        {"office_id": row.office_id, "staff_id": row.staff_id, "attachment_id": file,
         "ticket_id": row.ticket_id, "at": row.at}
        for row in connection.execute(looks)
        for file in row.documents
    ]  # fmt: skip
    if found:
        connection.execute(sa.insert(views), found)
    connection.execute(sa.delete(events).where(events.c.move == "viewed"))


def downgrade() -> None:
    op.drop_index("tickets_closed", "tickets")
    op.drop_index("tickets_open", "tickets")
    op.create_index("tickets_queue", "tickets", ["office_id", "status", "promise_at", "id"])
    op.drop_column("tickets", "kelurahan")
    op.drop_table("originals")
    op.drop_table("views")
    op.drop_table("decisions")
