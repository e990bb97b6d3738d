"""What officers found of a ticket's documents: judged, looked at, the originals seen."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class Decision(SQLModel, table=True):
    """What an officer decided of one document as it came: once per version.

    version   id of the document's last file: a new photo is a new version, and unjudged
    decision  "accepted" or "refused"
    reason    code of why it was refused, or "" when only `note` says it
    """

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("ticket_id", "document", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id")
    document: str
    version: str = Field(foreign_key="attachments.id")
    decision: str
    reason: str
    note: str
    officer: str
    at: datetime = Field(sa_type=Utc)


class View(SQLModel, table=True):
    """Somebody looked at a citizen's file; append-only."""

    __tablename__ = "views"
    __table_args__ = (
        Index("views_ticket", "ticket_id", "id"),
        Index("views_staff", "staff_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    staff_id: int = Field(foreign_key="staff.id")
    attachment_id: str = Field(foreign_key="attachments.id")
    ticket_id: int = Field(foreign_key="tickets.id")
    at: datetime = Field(sa_type=Utc)


class Original(SQLModel, table=True):
    """The original of a document was shown at the desk, once per document."""

    __tablename__ = "originals"
    ticket_id: int = Field(primary_key=True, foreign_key="tickets.id")
    document: str = Field(primary_key=True)
    office_id: str
    officer: str
    at: datetime = Field(sa_type=Utc)


DECISIONS = SQLModel.metadata.tables["decisions"]
VIEWS = SQLModel.metadata.tables["views"]
ORIGINALS = SQLModel.metadata.tables["originals"]
