"""How the desk shows people and times: as codes and parts, for templates/desk to put into words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.model import Flow
from handlers.offices import House, Office
from handlers.staff import Officer
from handlers.wording import applicant
from handlers.words import days_since, say_short_time, say_time
from storage import staff
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class When:
    """An instant as an officer reads it.

    day   "today", "tomorrow", "yesterday", or "" when `date` says it better
    ago   how long it is past, as (number, "minutes" | "hours" | "days"); None when it is not
    """

    day: str
    date: str
    clock: str
    full: str
    ago: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class Who:
    """Who did something.

    kind  "nobody", "citizen", "clock", "me", "staff" (with a name), or "chat": somebody in
          the office's staff chat, whom the desk does not know by name
    """

    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """Who looks, and when: what every page of the desk is made from."""

    house: House
    officer: Officer
    names: Mapping[str, str]
    now: datetime

    @classmethod
    def of(cls, tx: Tx, house: House, officer: Officer, now: datetime) -> "Sight":
        """The sight of one officer, with the names of all who work at that office."""
        names = {row.login: row.name for row in staff.everyone(tx, officer.office_id)}
        return cls(house, officer, names, now)

    @property
    def office(self) -> Office:
        return self.house.office(self.officer.office_id)

    def flow(self, service: str) -> Flow | None:
        """The service of a ticket; None when flows/ no longer has it."""
        return self.house.catalog(self.officer.office_id).services.get(service)

    def title(self, service: str) -> str:
        flow = self.flow(service)
        return flow.title if flow else service

    def when(self, instant: datetime) -> When:
        zone = self.office.calendar.zone
        date, _, clock = say_short_time(instant, zone).rpartition(" ")
        days = days_since(instant, self.now, zone)
        day = {0: "today", -1: "tomorrow", 1: "yesterday"}.get(days, "")
        return When(day, date, clock, say_time(instant, zone), _ago(self.now - instant, days))

    def who(self, actor: str) -> Who:
        """Who stands behind the actor of a history line, or the officer of a ticket."""
        if actor in ("citizen", "clock"):
            return Who(actor)
        if actor == self.officer.login:
            return Who("me", self.officer.name)
        if actor in self.names:
            return Who("staff", self.names[actor])
        if ":" in actor:
            return Who("chat", actor.partition(":")[0])
        return Who("staff", actor) if actor else Who("nobody")

    def mine_or_free(self, ticket: Any) -> bool:
        """Whether this officer may well work on it: nobody else has it."""
        return self.who(ticket.officer).kind in ("nobody", "me")

    def applicant(self, ticket: Any) -> str:
        """The first name among a ticket's answers."""
        return applicant(self.flow(ticket.service), ticket.answers)


def _ago(past: timedelta, days: int) -> tuple[int, str] | None:
    if past <= timedelta():
        return None
    if past < timedelta(hours=1):
        return max(1, past // timedelta(minutes=1)), "minutes"
    if past < timedelta(hours=24):
        return past // timedelta(hours=1), "hours"
    return days, "days"
