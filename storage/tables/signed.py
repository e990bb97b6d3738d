"""Results as they were signed and stamped: what the citizen gets in chat."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class Signed(SQLModel, table=True):
    """A ticket's result with signature and stamp, as a PDF of the vault; one counts.

    letter_id  the letter of the register that it shows, if it is one
    number     what it is called: the letter's number, or the ticket's
    token      secret name of the page that confirms it
    initials   all that the page tells of the person
    file       id of its attachment
    sha256     of its bytes, in hex, against which the page holds a file; empty once erased
    state      current; replaced by another, or dropped: its bytes are deleted then; erased
    """

    __tablename__ = "signed"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("signed_current", "ticket_id", unique=True, sqlite_where=text("state = 'current'"),
              postgresql_where=text("state = 'current'")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id", index=True)
    letter_id: int | None = Field(default=None, foreign_key="letters.id")
    number: str
    token: str
    initials: str
    file: str = Field(foreign_key="attachments.id")
    sha256: str
    state: str = "current"
    at: datetime = Field(sa_type=Utc)
    by: str


SIGNED = SQLModel.metadata.tables["signed"]
