"""What citizens ask about their data: wishes, links to a copy, files that are to go."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class DataRequest(SQLModel, table=True):
    """A citizen's wish about what one office has of one chat (UU 27/2022 ps 32, 43): one at a time.

    kind      "export", "erase", or "withdraw": the consent
    state     open; erased: what remains is the address, for the last word; done
    due_at    3×24 hours after it was asked
    """

    __tablename__ = "data_requests"
    __table_args__ = (
        Index("data_requests_one", "conversation_id", "office_id", "kind", unique=True,
              sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        Index("data_requests_open", "office_id", "state", "due_at"),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    conversation_id: int = Field(foreign_key="conversations.id")
    kind: str
    state: str = "open"
    asked_at: datetime = Field(sa_type=Utc)
    due_at: datetime = Field(sa_type=Utc)
    decided_at: datetime | None = Field(default=None, sa_type=Utc)
    decided_by: str = ""


class DataLink(SQLModel, table=True):
    """A link to a copy of one chat's data, good for one download; the id is its token's hash."""

    __tablename__ = "data_links"
    id: str = Field(primary_key=True)
    office_id: str
    conversation_id: int = Field(foreign_key="conversations.id", index=True)
    request_id: int = Field(foreign_key="data_requests.id")
    expires_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class DoomedFile(SQLModel, table=True):
    """A file of the vault whose row is erased and whose bytes are still to be deleted."""

    __tablename__ = "doomed_files"
    id: str = Field(primary_key=True)
    office_id: str


class Forgotten(SQLModel, table=True):
    """An erasure that has to outlive this database: a backup of before would bring the data back.

    kind     "ticket", "talk" (what was said in a chat), or "chat" (its address)
    subject  the id of its row, and `since` when that was made: put back an older database, and
             the same ids are given to others
    noted    it stands in the list outside of the database
    """

    __tablename__ = "forgotten"
    __table_args__ = (
        UniqueConstraint("kind", "subject", "since", "at"),
        Index("forgotten_fresh", "id", sqlite_where=text("noted = false"),
              postgresql_where=text("noted = false")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    kind: str
    subject: int
    since: datetime = Field(sa_type=Utc)
    at: datetime = Field(sa_type=Utc)
    noted: bool


DATA_REQUESTS = SQLModel.metadata.tables["data_requests"]
DOOMED_FILES = SQLModel.metadata.tables["doomed_files"]
DATA_LINKS = SQLModel.metadata.tables["data_links"]
FORGOTTEN = SQLModel.metadata.tables["forgotten"]
