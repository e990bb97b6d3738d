"""What belongs to the counter itself: passes, walk-ins, collections, letters and results."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class Pass(SQLModel, table=True):
    """A ticket's short secret name: printed as a QR code and scanned at the counter."""

    __tablename__ = "passes"
    __table_args__ = (UniqueConstraint("token"), UniqueConstraint("ticket_id"))
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id")
    token: str
    created_at: datetime = Field(sa_type=Utc)


class Walkin(SQLModel, table=True):
    """A person at the counter without a phone: an officer fills the checklist for them.

    officer    who began it, and alone may go on with it until it is sent
    helper     who speaks: "self", "family" or "officer"; with name, relation and mandate
    phone      where staff may call, as the person said it; not verified
    after      newest message to this chat before the last answer: what came later is shown
    ticket_id  what it became; empty while it is a draft
    upload     secret of the page on which a phone sends photos for this walk-in, until then
    """

    __tablename__ = "walkins"
    __table_args__ = (
        UniqueConstraint("conversation_id"),
        UniqueConstraint("ticket_id"),
        Index("walkins_officer", "office_id", "officer", "expires_at"),
        Index("walkins_upload", "upload", unique=True, sqlite_where=text("upload <> ''"),
              postgresql_where=text("upload <> ''")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    conversation_id: int = Field(foreign_key="conversations.id")
    officer: str
    service: str
    helper: str
    helper_name: str = ""
    relation: str = ""
    mandate: str = ""
    phone: str = ""
    after: int = 0
    ticket_id: int | None = Field(default=None, foreign_key="tickets.id")
    upload: str = ""
    upload_until: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)


class Collection(SQLModel, table=True):
    """Who took a result home: the applicant ("self"), or a proxy with name and relation."""

    __tablename__ = "collections"
    __table_args__ = (UniqueConstraint("ticket_id"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id")
    collector: str
    name: str = ""
    relation: str = ""
    officer: str
    at: datetime = Field(sa_type=Utc)


class Letter(SQLModel, table=True):
    """A letter that the office issued: one line of its register; numbers without gaps.

    sequence  of its series in its year; taken when the letter is issued
    token     secret name of the page that confirms it
    initials  all that the page tells of the person
    file      the printed letter in the vault; empty until it has been printed
    """

    __tablename__ = "letters"
    __table_args__ = (
        UniqueConstraint("office_id", "series", "year", "sequence"),
        UniqueConstraint("token"),
        Index("letters_ticket", "ticket_id", unique=True, sqlite_where=text("state = 'issued'"),
              postgresql_where=text("state = 'issued'")),
        Index("letters_history", "ticket_id", "id"),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id")
    kind: str
    series: str
    year: int
    sequence: int
    number: str
    token: str
    initials: str
    state: str = "issued"
    file: str = ""
    issued_at: datetime = Field(sa_type=Utc)
    issued_by: str
    valid_until: datetime | None = Field(default=None, sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)
    revoked_by: str = ""
    reason: str = ""


class Result(SQLModel, table=True):
    """A document handed over in chat by a link that ends; the id is the hash of its secret.

    It is a letter of the register as it was printed, or a result as it was signed.
    """

    __tablename__ = "results"
    __table_args__ = (Index("results_ticket", "ticket_id"),)
    id: str = Field(primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id")
    letter_id: int | None = Field(default=None, foreign_key="letters.id")
    created_at: datetime = Field(sa_type=Utc)
    expires_at: datetime = Field(sa_type=Utc)
    openings: int = 0
    opened_at: datetime | None = Field(default=None, sa_type=Utc)
    signed_id: int | None = Field(default=None, foreign_key="signed.id")


PASSES = SQLModel.metadata.tables["passes"]
WALKINS = SQLModel.metadata.tables["walkins"]
COLLECTIONS = SQLModel.metadata.tables["collections"]
LETTERS = SQLModel.metadata.tables["letters"]
RESULTS = SQLModel.metadata.tables["results"]
