"""What is told to many: broadcasts, whom they go to, and who wants to be told things at all."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class Broadcast(SQLModel, table=True):
    """One message to many people.

    purpose    "news": only for those who agreed to be told things; "service": to people with a
               request that is not finished, about it
    buttons    up to three {label, service}: a tap begins that service
    segment    who is meant, as flows/segments.py reads it
    holdout    percent of them that are drawn to get nothing, so that the effect can be seen
    seed       what they are drawn with
    enclosure  the picture, PDF or video that goes with it (its id); empty without one
    every      "", "weekly" or "monthly": when it begins, the next one is planned
    state      draft; waiting for approval; planned; sending; paused; cancelled; done
    cursor     people up to this id have been looked at; `until` is the last one, 0 before
    size, held how many were found, and how many of them get nothing
    estimate   rupiah that it was expected to cost when it was planned; None: no price is set
    tried, lost, left  what the watch over failures and opt-outs saw when it last looked
    reason     why it was paused: "" by a person, "failures", "opt_outs"
    """

    __tablename__ = "broadcasts"
    __table_args__ = (
        Index("broadcasts_office", "office_id", "id"),
        Index("broadcasts_sending", "id", sqlite_where=text("state = 'sending'"),
              postgresql_where=text("state = 'sending'")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    title: str
    purpose: str = "news"
    body: str
    buttons: list[dict[str, str]] = Field(sa_type=JSON)
    segment: dict[str, Any] = Field(sa_type=JSON)
    holdout: int = 5
    seed: int
    every: str = ""
    state: str = "draft"
    author: str
    approver: str = ""
    planned_at: datetime | None = Field(default=None, sa_type=Utc)
    cursor: int = 0
    until: int = 0
    size: int = 0
    held: int = 0
    tried: int = 0
    lost: int = 0
    left: int = 0
    reason: str = ""
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)
    started_at: datetime | None = Field(default=None, sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)
    enclosure: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    estimate: int | None = Field(default=None)


class Enclosure(SQLModel, table=True):
    """A picture, PDF or video for broadcasts, for everybody to see; its bytes are in the vault.

    kind  photo, pdf, video
    name  what the file was called where it came from: only staff see that
    """

    __tablename__ = "enclosures"
    id: str = Field(primary_key=True)
    office_id: str
    kind: str
    media_type: str
    size: int
    name: str = ""
    made_by: str
    made_at: datetime = Field(sa_type=Utc)


class Recipient(SQLModel, table=True):
    """A person whom a broadcast is for, once each; the queue that feeds the outbox.

    held   drawn to get nothing: their turn comes all the same, and passes
    state  waiting; promised: a row of the outbox; held; dropped: `why`
    at     when their turn came: from there the days of the effect are counted
    """

    __tablename__ = "recipients"
    __table_args__ = (
        Index("recipients_waiting", "broadcast_id", "channel", "person_id",
              sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
        Index("recipients_told", "person_id", "at", sqlite_where=text("state = 'promised'"),
              postgresql_where=text("state = 'promised'")),
        {"sqlite_with_rowid": False},
    )  # fmt: skip
    broadcast_id: int = Field(primary_key=True, foreign_key="broadcasts.id")
    person_id: int = Field(primary_key=True, foreign_key="people.id")
    office_id: str
    conversation_id: int
    channel: str
    held: bool
    state: str = "waiting"
    why: str = ""
    at: datetime | None = Field(default=None, sa_type=Utc)


class OptIn(SQLModel, table=True):
    """Whether a person wants to be told things, as it stands now.

    state   in; out; no: asked, and they would rather not
    source  where they said so: "chat", "button", "counter" …
    """

    __tablename__ = "optins"
    __table_args__ = (
        Index("optins_left", "broadcast_id", sqlite_where=text("state = 'out'"),
              postgresql_where=text("state = 'out'")),
    )  # fmt: skip
    person_id: int = Field(primary_key=True, foreign_key="people.id")
    office_id: str
    state: str
    source: str
    at: datetime = Field(sa_type=Utc)
    broadcast_id: int | None = Field(default=None)


class OptInEvent(SQLModel, table=True):
    """Each yes and no to being told things, with source and time (UU 27/2022 ps 20-22, 24)."""

    __tablename__ = "optin_events"
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    person_id: int = Field(foreign_key="people.id", index=True)
    state: str
    source: str
    at: datetime = Field(sa_type=Utc)
    broadcast_id: int | None = Field(default=None)


class BroadcastTap(SQLModel, table=True):
    """A person tapped a button of a broadcast: once each button."""

    __tablename__ = "broadcast_taps"
    broadcast_id: int = Field(primary_key=True, foreign_key="broadcasts.id")
    person_id: int = Field(primary_key=True, foreign_key="people.id")
    button: int = Field(primary_key=True)
    office_id: str
    at: datetime = Field(sa_type=Utc)


class Begun(SQLModel, table=True):
    """A request was begun; its person may send it or not."""

    __tablename__ = "begun"
    __table_args__ = (Index("begun_person", "person_id", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    person_id: int = Field(foreign_key="people.id")
    service: str
    at: datetime = Field(sa_type=Utc)


BROADCASTS = SQLModel.metadata.tables["broadcasts"]
RECIPIENTS = SQLModel.metadata.tables["recipients"]
OPTINS = SQLModel.metadata.tables["optins"]
OPTIN_EVENTS = SQLModel.metadata.tables["optin_events"]
BROADCAST_TAPS = SQLModel.metadata.tables["broadcast_taps"]
ENCLOSURES = SQLModel.metadata.tables["enclosures"]
BEGUN = SQLModel.metadata.tables["begun"]
