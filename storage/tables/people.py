"""Citizens, their chats, and what they agreed to or do not want."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class Person(SQLModel, table=True):
    """A citizen as far as we know them, over all their chats.

    phone    verified by its platform, like "+628123456789"; one person a phone
    consent  the version of the text last agreed to, and the office it was said to: "2026-11/pu"
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
    """One chat on one channel: one per address, with where it stands.

    talk_id    the talk in which an officer holds it, while one does
    staff_id   whose chat at the desk it is, if it is a member of staff's
    source_id  by what the person came last: see sources
    language   of their app, as Telegram tells it ("id", "jv", "en"); empty where nothing tells
    """

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
    talk_id: int | None = Field(default=None)
    staff_id: int | None = Field(default=None)
    source_id: int | None = Field(default=None)
    language: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


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


class Mute(SQLModel, table=True):
    """A kind of reminder that a person does not want."""

    __tablename__ = "mutes"
    __table_args__ = (UniqueConstraint("person_id", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    person_id: int = Field(foreign_key="people.id")
    kind: str
    at: datetime = Field(sa_type=Utc)


PEOPLE = SQLModel.metadata.tables["people"]
CONSENTS = SQLModel.metadata.tables["consents"]
CONVERSATIONS = SQLModel.metadata.tables["conversations"]
QUESTIONS = SQLModel.metadata.tables["questions"]
LINK_CODES = SQLModel.metadata.tables["link_codes"]
LINK_TRIES = SQLModel.metadata.tables["link_tries"]
MUTES = SQLModel.metadata.tables["mutes"]
