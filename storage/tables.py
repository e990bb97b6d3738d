"""The tables, as SQLModel classes.

Every table carries `office_id`: a regency hosts all its offices in one
installation.  Datetimes are aware and stored in UTC.  UNIQUE constraints, not
checks in code, keep the promises named beside them.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Index, TypeDecorator, UniqueConstraint, text
from sqlmodel import Field, SQLModel


class Utc(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(NAIVE)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        """On SQLite straight to its text: a turn writes many times, and this is half the cost."""
        return _write if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """On SQLite straight from its text."""
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


NAIVE = "a naive datetime has no place in the database"
SHOWN = 26
"""Characters of "2026-11-23 01:00:00.000000"."""


def _write(value: datetime | None) -> str | None:
    """SQLite's text of an aware datetime, in UTC, as SQLAlchemy writes it."""
    if value is None:
        return None
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise ValueError(NAIVE)
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:SHOWN]


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


class Inbox(SQLModel, table=True):
    """Every update received, with its raw payload: once per channel and external id."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        Index("inbox_failed", "id", sqlite_where=text("state = 'failed'"),
              postgresql_where=text("state = 'failed'")),
        Index("inbox_web", "address", "id", sqlite_where=text("channel = 'web'"),
              postgresql_where=text("channel = 'web'")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    channel: str
    external_id: str
    address: str
    raw: str
    state: str = "done"
    error: str = ""
    received_at: datetime = Field(sa_type=Utc)


class Person(SQLModel, table=True):
    """A citizen as far as we know them, over all their chats.

    phone    verified by its platform, like "+628123456789"; one person a phone
    consent  the version of the text agreed to
    """

    __tablename__ = "people"
    __table_args__ = (
        Index("people_phone", "phone", unique=True, sqlite_where=text("phone <> ''"),
              postgresql_where=text("phone <> ''")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    name: str = ""
    phone: str = ""
    consent: str = ""
    created_at: datetime = Field(sa_type=Utc)


class Consent(SQLModel, table=True):
    """Each yes or no to a version of the consent text (UU 27/2022 ps 20-22); append-only."""

    __tablename__ = "consents"
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    person_id: int = Field(foreign_key="people.id", index=True)
    version: str
    given: bool
    at: datetime = Field(sa_type=Utc)


class Conversation(SQLModel, table=True):
    """One chat on one channel: one per address, with where it stands."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "address"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    channel: str
    address: str
    person_id: int = Field(foreign_key="people.id", index=True)
    session: str = ""
    seen_at: datetime = Field(sa_type=Utc)
    left_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)


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
    """

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("tickets_queue", "office_id", "status", "promise_at", "id"),
        Index("tickets_person", "person_id", "id"),
    )
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


class Attachment(SQLModel, table=True):
    """A received file: on its way, examined, or given up.  The bytes are in the vault."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("attachments_due", "due_at", sqlite_where=text("state = 'waiting'"),
              postgresql_where=text("state = 'waiting'")),
        Index("attachments_ticket", "ticket_id"),
    )  # fmt: skip
    id: str = Field(primary_key=True)
    office_id: str
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    ticket_id: int | None = Field(default=None, foreign_key="tickets.id")
    remote: dict[str, Any] = Field(sa_type=JSON)
    caption: str = ""
    message_id: str = ""
    state: str = "waiting"
    kind: str = ""
    media_type: str = ""
    verdict: str = ""
    sha256: str = ""
    size: int = 0
    attempts: int = 0
    error: str = ""
    due_at: datetime = Field(sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)


UNCONFIRMED = (
    "state = 'sent' AND receipt IN ('', 'queued', 'sent') AND asks < 3"
    " AND channel IN ('whatsapp', 'sms')"
)
"""Sent where the platform reports afterwards, and it has not said what came of it."""


class Outbox(SQLModel, table=True):
    """A promised message, in order per chat.

    state       pending, claimed, sent; failed: staff have to see to it; passed: promised anew by
                another way; dropped: pointless by now; handled: a member of staff saw to it
    receipt     what the platform reported afterwards: queued, sent, delivered, read, failed
    handled_by  who saw to it
    asks        how often we asked the platform, when it did not report
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_due", "channel", "priority", "id", sqlite_where=text("state = 'pending'"),
              postgresql_where=text("state = 'pending'")),
        Index("outbox_open", "channel", "address", "id",
              sqlite_where=text("state IN ('pending', 'claimed')"),
              postgresql_where=text("state IN ('pending', 'claimed')")),
        Index("outbox_chat", "channel", "address", "id"),
        Index("outbox_failed", "office_id", "id", sqlite_where=text("state = 'failed'"),
              postgresql_where=text("state = 'failed'")),
        Index("outbox_unconfirmed", "id", sqlite_where=text(UNCONFIRMED),
              postgresql_where=text(UNCONFIRMED)),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    channel: str
    address: str
    priority: int = 0
    payload: str
    state: str = "pending"
    attempts: int = 0
    error: str = ""
    external_id: str = ""
    due_at: datetime = Field(sa_type=Utc)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    settled_at: datetime | None = Field(default=None, sa_type=Utc)
    receipt: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    handled_by: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    asks: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class Question(SQLModel, table=True):
    """A citizen's message for a human, until an officer has answered it."""

    __tablename__ = "questions"
    __table_args__ = (Index("questions_open", "office_id", "answered_at", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    conversation_id: int = Field(foreign_key="conversations.id")
    text: str
    reply: str = ""
    answered_by: str = ""
    asked_at: datetime = Field(sa_type=Utc)
    answered_at: datetime | None = Field(default=None, sa_type=Utc)


class Staff(SQLModel, table=True):
    """Somebody who works at the desk.  Disabled staff are out at once."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("login"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    login: str
    name: str
    role: str
    password_hash: str
    disabled_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)


class StaffSession(SQLModel, table=True):
    """A browser at the desk; the id is the hash of its cookie.

    stage  "in": signed in; after the password is still missing: "code", the code of the second
           factor; "setup", the second factor itself
    agent  which browser it is, to be recognised by its owner
    """

    __tablename__ = "staff_sessions"
    id: str = Field(primary_key=True)
    office_id: str
    staff_id: int = Field(foreign_key="staff.id", index=True)
    csrf: str
    created_at: datetime = Field(sa_type=Utc)
    seen_at: datetime = Field(sa_type=Utc)
    stage: str = Field(default="in", sa_column_kwargs={"server_default": text("'in'")})
    agent: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class SecondFactor(SQLModel, table=True):
    """What besides the password lets somebody in; secrets are sealed by the vault.

    pending    a secret whose first code is awaited
    last_step  the last half minute whose code was used: none works twice
    """

    __tablename__ = "second_factors"
    staff_id: int = Field(primary_key=True, foreign_key="staff.id")
    office_id: str
    secret: str
    pending: str
    last_step: int


class RecoveryCode(SQLModel, table=True):
    """A code on paper for when the phone is gone; the id is its hash."""

    __tablename__ = "recovery_codes"
    id: str = Field(primary_key=True)
    office_id: str
    staff_id: int = Field(foreign_key="staff.id", index=True)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class Invite(SQLModel, table=True):
    """A one-time link with which somebody becomes staff; the id is the hash of its secret."""

    __tablename__ = "invites"
    id: str = Field(primary_key=True)
    office_id: str
    role: str
    expires_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class LinkCode(SQLModel, table=True):
    """A short code with which one person joins two chats; the id is its hash."""

    __tablename__ = "link_codes"
    id: str = Field(primary_key=True)
    office_id: str
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    expires_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class LinkTry(SQLModel, table=True):
    """A code that was not one: too many of them, and that chat has to wait."""

    __tablename__ = "link_tries"
    __table_args__ = (Index("link_tries_chat", "conversation_id", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    conversation_id: int = Field(foreign_key="conversations.id")
    at: datetime = Field(sa_type=Utc)


class Due(SQLModel, table=True):
    """Something to be done at a time, once: waiting, done, dropped (pointless by then), failed."""

    __tablename__ = "due"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("due_waiting", "due_at", "id", sqlite_where=text("state = 'waiting'"),
              postgresql_where=text("state = 'waiting'")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    kind: str
    subject: str
    due_at: datetime = Field(sa_type=Utc)
    state: str = "waiting"
    attempts: int = 0
    note: str = ""
    done_at: datetime | None = Field(default=None, sa_type=Utc)


class Appointment(SQLModel, table=True):
    """When somebody comes to collect a result: one seat of a start at which several can come.

    state  booked; moved to another start; cancelled; done: collected; missed: nobody came
    token  secret name of its calendar file
    """

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("appointments_seat", "office_id", "start_at", "seat", unique=True,
              sqlite_where=text("state = 'booked'"), postgresql_where=text("state = 'booked'")),
        Index("appointments_history", "ticket_id", "id"),
        Index("appointments_ticket", "ticket_id", unique=True,
              sqlite_where=text("state = 'booked'"), postgresql_where=text("state = 'booked'")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id")
    person_id: int = Field(foreign_key="people.id")
    start_at: datetime = Field(sa_type=Utc)
    seat: int
    state: str = "booked"
    token: str
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)


class Mute(SQLModel, table=True):
    """A kind of reminder that a person does not want."""

    __tablename__ = "mutes"
    __table_args__ = (UniqueConstraint("person_id", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    person_id: int = Field(foreign_key="people.id")
    kind: str
    at: datetime = Field(sa_type=Utc)


class Bookmark(SQLModel, table=True):
    """Up to when a channel's own list of messages was read, by channel."""

    __tablename__ = "bookmarks"
    name: str = Field(primary_key=True)
    office_id: str
    at: datetime = Field(sa_type=Utc)


METADATA = SQLModel.metadata
INBOX = METADATA.tables["inbox"]
PEOPLE = METADATA.tables["people"]
CONSENTS = METADATA.tables["consents"]
CONVERSATIONS = METADATA.tables["conversations"]
SEQUENCES = METADATA.tables["sequences"]
TICKETS = METADATA.tables["tickets"]
TICKET_EVENTS = METADATA.tables["ticket_events"]
TICKET_NOTES = METADATA.tables["ticket_notes"]
TICKET_KEYS = METADATA.tables["ticket_keys"]
ATTACHMENTS = METADATA.tables["attachments"]
OUTBOX = METADATA.tables["outbox"]
QUESTIONS = METADATA.tables["questions"]
STAFF = METADATA.tables["staff"]
STAFF_SESSIONS = METADATA.tables["staff_sessions"]
SECOND_FACTORS = METADATA.tables["second_factors"]
RECOVERY_CODES = METADATA.tables["recovery_codes"]
INVITES = METADATA.tables["invites"]
LINK_CODES = METADATA.tables["link_codes"]
LINK_TRIES = METADATA.tables["link_tries"]
DUE = METADATA.tables["due"]
MUTES = METADATA.tables["mutes"]
APPOINTMENTS = METADATA.tables["appointments"]
BOOKMARKS = METADATA.tables["bookmarks"]
