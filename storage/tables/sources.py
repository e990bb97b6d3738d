"""Where people heard of us: posters, cards, shared links; and who came by each."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class Source(SQLModel, table=True):
    """One thing that leads to a chat; made twice for the same place it stays one.

    code   short, carried by its links
    kind   "poster", "sheet", "card"; "page" and "share" for links that nobody prints
    place  where it hangs, in the office's words
    """

    __tablename__ = "sources"
    __table_args__ = (
        UniqueConstraint("office_id", "code"),
        UniqueConstraint("office_id", "kind", "service", "place"),
    )
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    code: str
    kind: str
    service: str
    place: str
    made_by: str
    made_at: datetime = Field(sa_type=Utc)


class Scan(SQLModel, table=True):
    """A chat that came by a source: each counts once, with what it led to."""

    __tablename__ = "scans"
    __table_args__ = (UniqueConstraint("source_id", "conversation_id"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    source_id: int = Field(foreign_key="sources.id")
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    at: datetime = Field(sa_type=Utc)
    started_at: datetime | None = Field(default=None, sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)


SOURCES = SQLModel.metadata.tables["sources"]
SCANS = SQLModel.metadata.tables["scans"]
