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
        Index("due_finished", "done_at", sqlite_where=text("state IN ('done', 'dropped')"),
              postgresql_where=text("state IN ('done', 'dropped')")),
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
    """When somebody comes: one seat of a start at which several can come.

    place      where, when not at the office
    purpose    "pickup" of a result, or "before": the service cannot go on without it
    priority   asked to be served first; why is nobody's business and not kept
    state      booked; moved to another start; cancelled; done: came; missed: nobody came;
               displaced: we could not keep it, for `reason`, as people are told
    closure_id by which closure it was displaced; 0 by none
    token      secret name of its calendar file
    """

    __tablename__ = "appointments"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("appointments_seat", "office_id", "start_at", "place", "seat", unique=True,
              sqlite_where=text("state = 'booked'"), postgresql_where=text("state = 'booked'")),
        Index("appointments_day", "office_id", "start_at"),
        Index("appointments_history", "ticket_id", "id"),
        Index("appointments_ticket", "ticket_id", unique=True,
              sqlite_where=text("state = 'booked'"), postgresql_where=text("state = 'booked'")),
        Index("appointments_closure", "closure_id", sqlite_where=text("closure_id > 0"),
              postgresql_where=text("closure_id > 0")),
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
    place: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    purpose: str = Field(default="pickup", sa_column_kwargs={"server_default": text("'pickup'")})
    priority: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    reason: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    closure_id: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class Closure(SQLModel, table=True):
    """Some hours in which nobody can come to a place of an office, from `begins_at` to `ends_at`.

    place      "" for the office itself
    reason     in the words that people are told
    by         login of whoever closed it
    lifted_at  when it was undone; None while it holds
    """

    __tablename__ = "closures"
    __table_args__ = (Index("closures_ahead", "office_id", "ends_at"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    place: str
    begins_at: datetime = Field(sa_type=Utc)
    ends_at: datetime = Field(sa_type=Utc)
    reason: str
    by: str
    created_at: datetime = Field(sa_type=Utc)
    lifted_at: datetime | None = Field(default=None, sa_type=Utc)


DUE = SQLModel.metadata.tables["due"]
APPOINTMENTS = SQLModel.metadata.tables["appointments"]
CLOSURES = SQLModel.metadata.tables["closures"]
