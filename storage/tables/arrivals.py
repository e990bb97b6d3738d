"""Who is at the office today, at which counter they are served, and the screen that says so."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc

OPEN = "state IN ('waiting', 'called', 'skipped')"


class Arrival(SQLModel, table=True):
    """Somebody who came to the office, with the number they are called by: "A-012".

    Why somebody may go first is not kept.

    day        the office's day; numbers begin anew each day in each series
    lane       where they wait: their series at first, another when staff let them go first
    draw       name of the form that drew it: sent twice it draws one number
    turn_at    from when they count
    state      waiting; called to a counter; skipped: did not come, can be called again;
               done; left: gave it up; closed: the office closed before their turn
    calls      how often they were called, for a screen to say each call once
    told       that their turn is near was said
    """

    __tablename__ = "arrivals"
    __table_args__ = (
        UniqueConstraint("office_id", "day", "series", "number"),
        Index("arrivals_draw", "draw", unique=True, sqlite_where=text("draw <> ''"),
              postgresql_where=text("draw <> ''")),
        Index("arrivals_person", "office_id", "person_id", "day", unique=True,
              sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("arrivals_ticket", "ticket_id", "day", unique=True,
              sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("arrivals_counter", "office_id", "day", "counter", unique=True,
              sqlite_where=text("state = 'called'"), postgresql_where=text("state = 'called'")),
        Index("arrivals_waiting", "office_id", "day", "lane", "turn_at", "id",
              sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
        Index("arrivals_calls", "office_id", "day", "called_at",
              sqlite_where=text("calls > 0"), postgresql_where=text("calls > 0")),
        Index("arrivals_done", "office_id", "done_at",
              sqlite_where=text("state = 'done'"), postgresql_where=text("state = 'done'")),
        Index("arrivals_history", "person_id", "id"),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    day: date
    series: str
    number: int
    lane: str
    draw: str = ""
    service: str = ""
    ticket_id: int | None = Field(default=None, foreign_key="tickets.id")
    person_id: int | None = Field(default=None, foreign_key="people.id")
    conversation_id: int | None = Field(default=None, foreign_key="conversations.id")
    turn_at: datetime = Field(sa_type=Utc)
    arrived_at: datetime = Field(sa_type=Utc)
    state: str = "waiting"
    counter: int = 0
    officer: str = ""
    calls: int = 0
    told: bool = False
    first_called_at: datetime | None = Field(default=None, sa_type=Utc)
    called_at: datetime | None = Field(default=None, sa_type=Utc)
    done_at: datetime | None = Field(default=None, sa_type=Utc)


class Counter(SQLModel, table=True):
    """An officer sits at a counter: one at each, each at one."""

    __tablename__ = "counters"
    __table_args__ = (UniqueConstraint("office_id", "officer"),)
    office_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    officer: str
    since: datetime = Field(sa_type=Utc)


class Display(SQLModel, table=True):
    """The screen in an office's waiting room, by the secret name of its address."""

    __tablename__ = "displays"
    __table_args__ = (UniqueConstraint("token"),)
    office_id: str = Field(primary_key=True)
    token: str
    made_at: datetime = Field(sa_type=Utc)


class Protocol(SQLModel, table=True):
    """A level of the health protocol for some days; of several for a day the newest counts."""

    __tablename__ = "protocols"
    __table_args__ = (Index("protocols_office", "office_id", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    level: str
    first_day: date
    last_day: date | None = None
    officer: str
    made_at: datetime = Field(sa_type=Utc)


ARRIVALS = SQLModel.metadata.tables["arrivals"]
COUNTERS = SQLModel.metadata.tables["counters"]
DISPLAYS = SQLModel.metadata.tables["displays"]
PROTOCOLS = SQLModel.metadata.tables["protocols"]
