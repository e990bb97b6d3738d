"""One appointment in words: when, where, for what, and what to bring."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows import checklist
from flows.model import Flow, State
from handlers.agenda import outing_at
from handlers.message import Button, Message
from handlers.offices import House, Office
from handlers.sessions import answers as read_answers
from handlers.wording import Scene
from handlers.words import say_time

MAP = "https://www.google.com/maps/search/?api=1&query="
"""Opens the map that most phones here have (Google Maps URLs, "Search")."""


@dataclass(frozen=True, slots=True)
class Visit:
    """As it is told to the person.

    errand    what they come for: "ambil hasil Ganti KTP"
    location  latitude and longitude in degrees, if we know
    """

    title: str
    number: str
    time: str
    office: str
    address: str
    bring: tuple[str, ...]
    errand: str
    purpose: str
    location: tuple[float, float] | None

    @classmethod
    def of(cls, house: House, ticket: Any, appointment: Any, now: datetime) -> "Visit":
        """What is known of it today."""
        office, catalog = house.office(ticket.office_id), house.catalog(ticket.office_id)
        flow = catalog.services.get(ticket.service)
        bring: tuple[str, ...] = ()
        if flow is not None:
            context = house.context(office.id, consented=True, quiet=False, now=now)
            state = State(flow.id, read_answers(ticket.answers))
            needed = checklist.requirements(flow, state, context)
            bring = tuple(step.name for step in needed if step.original)
        title = flow.title if flow else str(ticket.service)
        place, location = where(office, appointment)
        return cls(
            title=title,
            number=ticket.number,
            time=say_time(appointment.start_at, office.calendar.zone),
            office=office.name,
            address=place,
            bring=bring,
            errand=errand(house, flow, appointment.purpose, title),
            purpose=appointment.purpose,
            location=location,
        )

    def values(self) -> dict[str, str]:
        """For a message, and for the template that says the same."""
        return {
            "title": self.title, "number": self.number, "time": self.time, "errand": self.errand,
            "office": self.office, "address": self.address, "bring": ", ".join(self.bring),
            "purpose": self.purpose,
        }  # fmt: skip

    @property
    def map(self) -> str:
        """Where it is on a map; empty when we do not know."""
        return f"{MAP}{self.location[0]},{self.location[1]}" if self.location else ""


def where(office: Office, appointment: Any) -> tuple[str, tuple[float, float] | None]:
    """The place of an appointment, and where that is."""
    if not appointment.place:
        return office.address or office.name, office.location
    outing = outing_at(office, appointment.place, appointment.start_at)
    return appointment.place, outing.location if outing else None


def errand(house: House, flow: Flow | None, purpose: str, title: str) -> str:
    """What somebody comes for, in words that follow "waktunya"."""
    return house.words.say(f"errand_{purpose}", title=title)


SHOWING_PLACES = ("telegram", "whatsapp")
"""Channels that show a place on a map; elsewhere a link leads there."""


def confirmed(
    scene: Scene, channel: str, ticket: Any, appointment: Any, name: str, protocol: str = ""
) -> list[Message]:
    """What was agreed, with all that people need to find us and to change their mind.

    protocol  what they are asked to do for health; empty when nothing special
    """
    visit = Visit.of(scene.house, ticket, appointment, scene.now)
    text = scene.say(name, **{**visit.values(), "bring": visit.bring, "protocol": protocol})
    commands = scene.catalog.commands
    words = ("reschedule", "unbook", *(("before_visit",) if protocol else ()))
    buttons = [Button(commands[each].label, each) for each in words]
    if scene.house.visits_url:
        url = f"{scene.house.visits_url}{appointment.token}.ics"
        buttons.append(Button(scene.say("button_calendar"), url=url))
    if visit.location is None:
        return [Message(text, tuple(buttons))]
    if channel not in SHOWING_PLACES:
        buttons.append(Button(scene.say("button_map"), url=visit.map))
        return [Message(text, tuple(buttons))]
    latitude, longitude = visit.location
    place = Message(visit.address, kind="follow_up", location=f"{latitude},{longitude}")
    return [place, Message(text, tuple(buttons))]
