"""What room an office has from now on, at the office and where it serves elsewhere.

Put together from its calendar, its outings, closed hours and the seats that are taken.  Who
took them is not known here.  `Agenda.most` is the one place that says how many can come at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zlib import crc32

from flows import slots
from flows.outings import Outing, ahead
from handlers import protocol
from handlers.offices import Office
from storage import appointments, closures
from storage.db import Tx

HERE = ""
"""The place of an appointment at the office itself."""


def place_id(place: str) -> str:
    """A short name of a place, for buttons; "office" for the office itself."""
    return f"{crc32(place.encode()):08x}" if place else "office"


@dataclass(frozen=True, slots=True)
class Agenda:
    """The office's times as they are now.

    taken     the booked seats at each place and start
    closures  rows of hours in which nobody can come
    limits    counters in use on days on which they are fewer than the office has
    """

    office: Office
    now: datetime
    taken: Mapping[tuple[str, datetime], Collection[int]]
    closures: Sequence[Any] = ()
    limits: Mapping[date, int] = field(default_factory=dict)

    @classmethod
    def read(cls, tx: Tx, office: Office, now: datetime) -> "Agenda":
        """What there is from now on."""
        days = slots.horizon(office.calendar, office.booking, now)
        return cls(
            office,
            now,
            appointments.taken(tx, office.id, now),
            closures.ahead(tx, office.id, now),
            protocol.limits(tx, office, days),
        )

    def places(self, service: str) -> list[str]:
        """Where else that service is to be had and somebody can still come, soonest first."""
        names = dict.fromkeys(each.place for each in self._outings(service))
        return [name for name in names if self.room(name, service)]

    def room(self, place: str, service: str, first: bool = False) -> list[datetime]:
        """The starts with room for somebody, soonest first.

        first  for somebody who asked to be served first
        """
        office, shut = self.office, self.shut(place)
        taken = {start: seats for (where, start), seats in self.taken.items() if where == place}
        if place == HERE:
            return slots.free(
                office.calendar, office.booking, taken, self.now, first=first, shut=shut,
                limits=self.limits,
            )  # fmt: skip
        return [
            start
            for outing in self._outings(service, place)
            for start in self._cut(outing)
            if start >= self.now + office.booking.lead
            and not slots.is_shut(start, office.booking.minutes, shut)
            and len(taken.get(start, ())) < outing.counters
        ]

    def seats(self, place: str, start: datetime, service: str, first: bool = False) -> list[int]:
        """The seats that somebody may try at that start; none when it cannot be booked."""
        if start not in self.room(place, service, first):
            return []
        most = self.most(place, start)
        booking = self.office.booking if place == HERE else replace(self.office.booking, kept=0)
        return booking.seats(start, self.now, first, most)

    def most(self, place: str, start: datetime) -> int:
        """How many can come at that start when nobody has booked; 0 in closed hours."""
        office, day = self.office, self.office.today(start)
        if slots.is_shut(start, office.booking.minutes, self.shut(place)):
            return 0
        if place == HERE:
            return self.limits.get(day, office.booking.counters)
        held = (each for each in office.outings if each.place == place and each.day == day)
        return next((each.counters for each in held), 0)

    def shut(self, place: str) -> list[tuple[datetime, datetime]]:
        """The closed hours of that place."""
        return [(row.begins_at, row.ends_at) for row in self.closures if row.place == place]

    def _outings(self, service: str, place: str = "") -> list[Outing]:
        """Those of the days from which people choose."""
        office = self.office
        *_, last = slots.horizon(office.calendar, office.booking, self.now)
        return [
            each
            for each in ahead(office.outings, office.today(self.now))
            if each.day <= last and each.serves(service) and place in ("", each.place)
        ]

    def _cut(self, outing: Outing) -> list[datetime]:
        zone, minutes = self.office.calendar.zone, self.office.booking.minutes
        return list(slots.cut(zone, minutes, outing.day, outing.spans))


def outing_at(office: Office, place: str, start: datetime) -> Outing | None:
    """The outing that somebody comes to; None at the office, or when it is no longer planned."""
    day = office.today(start)
    return next((each for each in office.outings if (each.place, each.day) == (place, day)), None)
