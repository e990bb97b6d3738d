"""Talk between officers and citizens, and the chats in which officers work."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class StaffDoor(SQLModel, table=True):
    """A chat of somebody on the staff: one of each channel, and nobody else's."""

    __tablename__ = "staff_doors"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        UniqueConstraint("staff_id", "channel"),
    )
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    staff_id: int = Field(foreign_key="staff.id")
    channel: str
    address: str
    linked_at: datetime = Field(sa_type=Utc)


class DoorCode(SQLModel, table=True):
    """A code with which a member of staff links a chat, once; the id is its hash."""

    __tablename__ = "door_codes"
    id: str = Field(primary_key=True)
    office_id: str
    staff_id: int = Field(foreign_key="staff.id", index=True)
    expires_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class Talk(SQLModel, table=True):
    """An officer holds a citizen's chat, alone, until it ends; the bot keeps quiet there.

    waits_for    "citizen" or "officer": whose word comes next, and since when
    ended_by     login of an officer, "citizen", or "clock" after a silence
    """

    __tablename__ = "talks"
    __table_args__ = (
        Index("talks_held", "conversation_id", unique=True,
              sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
        Index("talks_office", "office_id", "id", sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    conversation_id: int = Field(foreign_key="conversations.id")
    ticket_id: int | None = Field(default=None, foreign_key="tickets.id")
    officer: str
    waits_for: str = "citizen"
    waits_since: datetime = Field(sa_type=Utc)
    opened_at: datetime = Field(sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)
    ended_by: str = ""


class TalkWord(SQLModel, table=True):
    """What was said while an officer held a chat; append-only.

    author         login of an officer, or "citizen"
    kind           "text", "photo", "pdf", "voice", or what came that we cannot keep: "sticker" …
    attachment_id  its file, when it has one
    """

    __tablename__ = "talk_words"
    __table_args__ = (
        Index("talk_words_chat", "conversation_id", "id"),
        Index("talk_words_file", "attachment_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    talk_id: int = Field(foreign_key="talks.id")
    conversation_id: int = Field(foreign_key="conversations.id")
    at: datetime = Field(sa_type=Utc)
    author: str
    kind: str
    text: str = ""
    attachment_id: str = ""


class Alert(SQLModel, table=True):
    """One message to staff, in one chat: what it is about, for its buttons and for replies to it.

    kind       "ticket", "question", "question_file" (a photo of one) or "talk"
    subject    the number of the ticket, the id of the question or of the talk
    outbox_id  the promised message, which knows the platform's id once it was sent
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("alerts_subject", "kind", "subject"),
        Index("alerts_chat", "channel", "address", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    kind: str
    subject: str
    channel: str
    address: str
    outbox_id: int | None = Field(default=None)
    at: datetime = Field(sa_type=Utc)


class CannedReply(SQLModel, table=True):
    """A sentence that an office says often, with its variables."""

    __tablename__ = "canned_replies"
    __table_args__ = (UniqueConstraint("office_id", "title"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    title: str
    text: str
    written_by: str
    written_at: datetime = Field(sa_type=Utc)


STAFF_DOORS = SQLModel.metadata.tables["staff_doors"]
DOOR_CODES = SQLModel.metadata.tables["door_codes"]
TALKS = SQLModel.metadata.tables["talks"]
TALK_WORDS = SQLModel.metadata.tables["talk_words"]
ALERTS = SQLModel.metadata.tables["alerts"]
CANNED_REPLIES = SQLModel.metadata.tables["canned_replies"]
