"""Submitted requests, and all that is kept of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc

OPEN = "status IN ('submitted', 'in_review', 'needs_correction', 'ready')"
CLOSED = "status IN ('collected', 'rejected', 'withdrawn', 'expired')"
"""What the indexes of the queue hold; a test holds them against the lifecycle."""
NARROWING = ("status", "service", "kelurahan", "officer", "channel")
"""What the queue is narrowed by, in its indexes, so that counting reads no ticket."""


class Sequence(SQLModel, table=True):
    """The last number given in a series; taken in the transaction that uses it: no gaps."""

    __tablename__ = "sequences"
    office_id: str = Field(primary_key=True)
    series: str = Field(primary_key=True)
    last: int


class Ticket(SQLModel, table=True):
    """A submitted request.  Numbers are unique for ever.

    promise_at       by when the citizen was to hear; `next_promise_at` what they were told when
                     that was missed
    kelurahan        where the applicant lives, as answered; "" when the service does not ask
    """

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("tickets_open", "office_id", "promise_at", "id", *NARROWING,
              sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("tickets_closed", "office_id", "updated_at", "id", *NARROWING,
              sqlite_where=text(CLOSED), postgresql_where=text(CLOSED)),
        Index("tickets_person", "person_id", "id"),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    number: str
    service: str
    status: str
    person_id: int = Field(foreign_key="people.id")
    conversation_id: int = Field(foreign_key="conversations.id")
    channel: str
    answers: dict[str, Any] = Field(sa_type=JSON)
    warnings: list[str] = Field(sa_type=JSON)
    officer: str = ""
    promise_at: datetime = Field(sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)
    next_promise_at: datetime | None = Field(default=None, sa_type=Utc)
    kelurahan: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class TicketEvent(SQLModel, table=True):
    """What happened to a ticket, who did it and when; append-only.

    officer  who has the ticket from then on, where it changed hands
    """

    __tablename__ = "ticket_events"
    __table_args__ = (Index("ticket_events_ticket", "ticket_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id")
    at: datetime = Field(sa_type=Utc)
    actor: str
    move: str
    before: str
    after: str
    note: str = ""
    documents: list[str] = Field(sa_type=JSON)
    officer: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class TicketNote(SQLModel, table=True):
    """What officers write about a ticket for each other; citizens never read it."""

    __tablename__ = "ticket_notes"
    __table_args__ = (Index("ticket_notes_ticket", "ticket_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id")
    at: datetime = Field(sa_type=Utc)
    author: str
    text: str


class TicketKey(SQLModel, table=True):
    """By what a ticket is found: a word of a name, or the end of a NIK or phone."""

    __tablename__ = "ticket_keys"
    __table_args__ = (
        Index("ticket_keys_key", "office_id", "key", "ticket_id",
              postgresql_ops={"key": "text_pattern_ops"}),
        {"sqlite_with_rowid": False},
    )  # fmt: skip
    ticket_id: int = Field(primary_key=True, foreign_key="tickets.id")
    key: str = Field(primary_key=True)
    office_id: str


SEQUENCES = SQLModel.metadata.tables["sequences"]
TICKETS = SQLModel.metadata.tables["tickets"]
TICKET_EVENTS = SQLModel.metadata.tables["ticket_events"]
TICKET_NOTES = SQLModel.metadata.tables["ticket_notes"]
TICKET_KEYS = SQLModel.metadata.tables["ticket_keys"]
