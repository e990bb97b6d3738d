"""What staff and the clock did, in a chain that shows every change made to it afterwards."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class AuditEntry(SQLModel, table=True):
    """One deed; append-only.  The key keeps two writers from forking an office's chain.

    actor     login of staff, "clock", "citizen", "console", or "telegram:…" of the staff chat
    action    its kind and itself: "ticket.take"
    subject   what it was done to: a ticket's number, a login, a file's id; never personal data
    detail    more about it as canonical JSON; never personal data
    previous  hash of the entry before; empty for the first
    hash      of this entry together with `previous`: see storage/audit.py
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("audit_actor", "office_id", "actor", "seq"),
        Index("audit_action", "office_id", "action", "seq"),
        Index("audit_subject", "office_id", "subject", "seq"),
    )
    office_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    actor: str
    action: str
    subject: str
    detail: str
    previous: str
    hash: str


AUDIT = SQLModel.metadata.tables["audit"]
