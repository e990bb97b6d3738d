"""What has to be done later, and when somebody comes."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class Due(SQLModel, table=True):
    """Something to be done at a time, once: waiting, done, dropped (pointless by then), failed."""

    __tablename__ = "due"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        Index("due_waiting", "due_at", "id", sqlite_where=text("state = 'waiting'"),
              postgresql_where=text("state = 'waiting'")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    kind: str
    subject: str
    due_at: datetime = Field(sa_type=Utc)
    state: str = "waiting"
    attempts: int = 0
    note: str = ""
    done_at: datetime | None = Field(default=None, sa_type=Utc)


class Appointment(SQLModel, table=True):
    """When somebody comes to collect a result: one seat of a start at which several can come.

    state  booked; moved to another start; cancelled; done: collected; missed: nobody came
    token  secret name of its calendar file
    """

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("appointments_seat", "office_id", "start_at", "seat", unique=True,
              sqlite_where=text("state = 'booked'"), postgresql_where=text("state = 'booked'")),
        Index("appointments_history", "ticket_id", "id"),
        Index("appointments_ticket", "ticket_id", unique=True,
              sqlite_where=text("state = 'booked'"), postgresql_where=text("state = 'booked'")),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    ticket_id: int = Field(foreign_key="tickets.id")
    person_id: int = Field(foreign_key="people.id")
    start_at: datetime = Field(sa_type=Utc)
    seat: int
    state: str = "booked"
    token: str
    created_at: datetime = Field(sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc)


DUE = SQLModel.metadata.tables["due"]
APPOINTMENTS = SQLModel.metadata.tables["appointments"]
