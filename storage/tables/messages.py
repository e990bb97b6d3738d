"""What comes in and what goes out: updates, files, promised messages."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


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


class Attachment(SQLModel, table=True):
    """A received file: on its way, examined, or given up.  The bytes are in the vault.

    state  waiting, stored, refused; erased
    """

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
    broadcast_id  the broadcast that it belongs to, if any
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
        Index("outbox_broadcast", "broadcast_id", "state", "receipt",
              sqlite_where=text("broadcast_id IS NOT NULL"),
              postgresql_where=text("broadcast_id IS NOT NULL")),
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
    broadcast_id: int | None = Field(default=None)


class Bookmark(SQLModel, table=True):
    """Up to when a channel's own list of messages was read, by channel."""

    __tablename__ = "bookmarks"
    name: str = Field(primary_key=True)
    office_id: str
    at: datetime = Field(sa_type=Utc)


INBOX = SQLModel.metadata.tables["inbox"]
ATTACHMENTS = SQLModel.metadata.tables["attachments"]
OUTBOX = SQLModel.metadata.tables["outbox"]
BOOKMARKS = SQLModel.metadata.tables["bookmarks"]
