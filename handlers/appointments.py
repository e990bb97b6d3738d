"""Appointments to collect a result: times offered in chat, booked, moved, given up.

The conversation stays pure: it is told what was offered last, so that "2" means what the
person saw, and what is offered next comes from the database here.  A time that somebody else
took meanwhile is noticed when it is booked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flows import engine, slots
from flows.catalog import Catalog
from flows.dialogue import APPOINTMENT, Reply, ask
from flows.load import ITEM
from flows.model import (
    Answer,
    Answers,
    Ask,
    Choice,
    Context,
    Effect,
    Finish,
    Option,
    Say,
    Session,
    State,
)
from handlers import arming
from handlers.message import Button, Message
from handlers.offices import House, Office
from handlers.sessions import answers as read_answers
from handlers.wording import Scene, applicant, opening, speak
from handlers.words import say_clock, say_day, say_short_time, say_time, say_weekday
from storage import appointments, tickets
from storage.db import Tx

OFFERED = {"ticket": "tickets", "slot": "slots", "day": "days", "time": "times"}
"""Which offers each question of the talk shows."""
SLOT, DAY = "%Y%m%d%H%M", "%Y%m%d"
"""How an option names a start or a day: in the office's time."""
OTHER = "other"
LISTENING = ("", "welcome", "suggest", APPOINTMENT)
"""Where a chat may stand for a number to be the answer to our news."""
UNSEEN = timedelta(hours=23)
"""After so long a silence WhatsApp shows a template, without our times below it."""


# --- what is offered ----------------------------------------------------------------------


def recall(session: Session, context: Context) -> Context:
    """What was offered last counts for the answer, whatever was taken since."""
    state = session.states.get(APPOINTMENT)
    if state is None or not state.topic or state.asked not in OFFERED:
        return context
    options = tuple(_option(kept) for kept in state.topic)
    return replace(context, offers={**context.offers, OFFERED[state.asked]: options})


def furnish(
    tx: Tx, house: House, chat: Any, catalog: Catalog, reply: Reply, context: Context, now: datetime
) -> tuple[Reply, Context]:
    """A reply that asks for an appointment, with the times that there are now."""
    if not any(map(_is_asked, reply.effects)):
        return reply, context
    said = tuple(effect for effect in reply.effects if not _is_asked(effect))
    anew, context = _ask(tx, house, catalog, chat.person_id, reply.session, context, now)
    return anew.first(*said), context


def offer(tx: Tx, scene: Scene, chat: Any, number: str, news: Message) -> tuple[Message, Session]:
    """News that a result is ready, with the next good times below it."""
    begun = Session().put(State(APPOINTMENT, {"ticket": number}))
    reply, context = _ask(
        tx, scene.house, scene.catalog, chat.person_id, begun, scene.context, scene.now
    )
    asked = next((effect for effect in reply.effects if isinstance(effect, Ask)), None)
    if asked is None:
        return news, scene.session
    question = speak(asked, replace(scene, context=context, session=reply.session))
    text = f"{news.text}\n\n{question.text}\n{scene.say('appointment_later')}"
    news = replace(news, text=text, choices=question.choices)
    state = reply.session.state
    unseen = chat.channel == "whatsapp" and scene.now - chat.seen_at > UNSEEN
    if state is None or unseen or scene.session.current not in LISTENING:
        return news, scene.session
    return news, scene.session.put(state)


def _is_asked(effect: Effect) -> bool:
    return isinstance(effect, Ask) and effect.flow.id == APPOINTMENT


def _ask(
    tx: Tx,
    house: House,
    catalog: Catalog,
    person_id: int,
    session: Session,
    context: Context,
    now: datetime,
) -> tuple[Reply, Context]:
    """Ask what is still open of an appointment, after filling in what goes without asking."""
    state = session.state
    assert state is not None
    closed = session.drop(APPOINTMENT)
    waiting = {row.number: row for row in appointments.waiting(tx, person_id)}
    if not waiting:
        return Reply(closed, (_say(catalog, "appointment_nothing", "status", "menu"),)), context
    answers = _about_one(state.answers, waiting)
    offers = {**context.offers, "tickets": _tickets(house, waiting)}
    given: dict[str, Answer] = {**context.given}
    said: tuple[Effect, ...] = ()
    if row := waiting.get(str(answers.get("ticket", ""))):
        office = house.office(row.office_id)
        if answers.get("visit") == "cancel" and row.start_at is None:
            return Reply(closed, (_say(catalog, "appointment_not_made", APPOINTMENT),)), context
        answers = _visit(answers, booked=row.start_at is not None)
        if row.start_at is not None:
            given["stands"] = say_time(row.start_at, office.calendar.zone)
        if answers.get("visit") in ("new", "change"):
            room = [start for start in _room(tx, office, now) if start != row.start_at]
            if not room:
                full = Say("appointment_full", {"hours": opening(house, office, now)})
                return Reply(closed, (full,)), context
            offers |= _times(house, office, room, answers, now)
            if "day" in answers and not offers["times"]:
                del answers["day"]
                said = (Say("appointment_day_full"),)
    context = replace(context, offers=offers, given=given)
    state = replace(state, answers=answers, topic=())
    reply = ask(catalog, session.put(state), context).first(*said)
    return replace(reply, session=_remembering(reply.session, context)), context


def _about_one(answers: Answers, waiting: Mapping[str, Any]) -> dict[str, Answer]:
    """The ticket is known when there is but one."""
    kept = dict(answers)
    if kept.get("ticket") in waiting:
        return kept
    kept.pop("ticket", None)
    return {"ticket": next(iter(waiting)), **kept} if len(waiting) == 1 else kept


def _visit(answers: dict[str, Answer], booked: bool) -> dict[str, Answer]:
    """Whether it is a first appointment or a change goes without asking when a time is named."""
    visit = answers.get("visit", "")
    if not booked:
        visit = "new"
    elif visit in ("", "new"):
        visit = "change" if "slot" in answers else ""
    later = {key: value for key, value in answers.items() if key not in ("ticket", "visit")}
    known: dict[str, Answer] = {"ticket": answers["ticket"]}
    return {**known, "visit": visit, **later} if visit else {**known, **later}


def _room(tx: Tx, office: Office, now: datetime) -> list[datetime]:
    taken = appointments.taken(tx, office.id, now)
    return slots.free(office.calendar, office.booking, taken, now)


def _tickets(house: House, waiting: Mapping[str, Any]) -> tuple[Option, ...]:
    """By their titles; when two have the same by whom they are for, else by their numbers."""
    for label in (_title, _applicant):
        labels = {number: label(house, row) for number, row in waiting.items()}
        if all(labels.values()) and len(set(labels.values())) == len(labels):
            return tuple(Option(number, each[:ITEM]) for number, each in labels.items())
    return tuple(Option(number, number) for number in waiting)


def _applicant(house: House, row: Any) -> str:
    return applicant(house.catalog(row.office_id).services.get(row.service), row.answers)


def _title(house: House, row: Any) -> str:
    flow = house.catalog(row.office_id).services.get(row.service)
    return flow.title if flow else str(row.service)


def _times(
    house: House, office: Office, room: list[datetime], answers: Answers, now: datetime
) -> dict[str, tuple[Option, ...]]:
    """The options of each question: a few good times, the days, the hours of a chosen day."""
    calendar, zone = office.calendar, office.calendar.zone
    hour = [(start, start.astimezone(zone)) for start in room]
    local = dict(hour)
    chosen = str(answers.get("day", ""))
    days = slots.days(calendar, room)
    day = next((each for each in days if each.strftime(DAY) == chosen), None)
    hours = slots.hours(calendar, room, day) if day is not None else []
    return {
        "slots": tuple(
            Option(local[start].strftime(SLOT), say_short_time(start, zone))
            for start in slots.good(calendar, room)
        ),
        "days": tuple(
            Option(each.strftime(DAY), say_day(each), words)
            for each, words in _named(house, days, office.today(now))
        ),
        "times": tuple(
            Option(local[start].strftime(SLOT), say_clock(start, zone), _hours(house, local[start]))
            for start in hours
        ),
    }


def _named(house: House, days: list[date], today: date) -> Iterable[tuple[date, tuple[str, ...]]]:
    """Each day with more words for it: its name belongs to the next day of that name."""
    seen: set[str] = set()
    for day in days:
        name = say_weekday(day)
        words = () if name in seen else (name,)
        if day == today + timedelta(days=1):
            words = (*words, house.words.say("said_tomorrow"))
        seen.add(name)
        yield day, words


def _hours(house: House, local: datetime) -> tuple[str, ...]:
    if local.minute:
        return ()
    return tuple(house.words.say("said_hour", hour=local.hour).splitlines())


# --- what was offered ---------------------------------------------------------------------


def _remembering(session: Session, context: Context) -> Session:
    """The session that keeps what is offered now, in its order."""
    state = session.states.get(APPOINTMENT)
    if state is None:
        return session
    options = context.offers.get(OFFERED.get(state.asked, ""), ())
    kept = tuple("|".join((each.id, each.label, *each.words)) for each in options)
    return session.put(replace(state, topic=kept))


def _option(kept: str) -> Option:
    name, label, *words = kept.split("|")
    return Option(name, label, tuple(words))


# --- what was chosen ----------------------------------------------------------------------


def act(tx: Tx, scene: Scene, chat: Any, finish: Finish) -> tuple[Session, list[Message]]:
    """Book, move, cancel or keep, as the talk was answered; returns the chat as it stands then."""
    answers = finish.answers
    ticket = tickets.by_number(tx, str(answers.get("ticket", "")))
    if ticket is None or ticket.person_id != chat.person_id or ticket.status != "ready":
        return _again(tx, scene, chat, {}, None)
    office = scene.house.office(ticket.office_id)
    current = appointments.of_ticket(tx, ticket.id)
    match answers.get("visit"):
        case "cancel" if current is not None:
            appointments.settle(tx, current.id, "cancelled", scene.now)
            _record(tx, ticket, "unbook", scene.now)
            return scene.session, [_spoken(scene, "appointment_cancelled", APPOINTMENT)]
        case "keep" if current is not None:
            return scene.session, [_confirmed(scene, office, ticket, current, "appointment_kept")]
        case "cancel" | "keep":
            return _again(tx, scene, chat, {"ticket": ticket.number}, None)
    kept = {"ticket": ticket.number, "visit": str(answers["visit"])}
    if answers.get("time") == OTHER:
        return _again(tx, scene, chat, {**kept, "slot": OTHER}, None)
    start = _start(answers, office)
    if current is not None and current.start_at == start:
        return scene.session, [_confirmed(scene, office, ticket, current, "appointment_booked")]
    booked = _book(tx, scene, chat, office, ticket, current, start) if start else None
    if booked is None:
        return _again(tx, scene, chat, kept, Say("appointment_taken"))
    _record(tx, ticket, "rebook" if current is not None else "book", scene.now)
    return scene.session, [_confirmed(scene, office, ticket, booked, "appointment_booked")]


def _book(
    tx: Tx, scene: Scene, chat: Any, office: Office, ticket: Any, current: Any, start: datetime
) -> Any | None:
    """The new appointment; None, with the old one as it was, when there is no room any more."""
    if not slots.is_bookable(office.calendar, office.booking, start, scene.now):
        return None
    if current is not None:
        appointments.settle(tx, current.id, "moved", scene.now)
    row_id = appointments.book(
        tx, office_id=office.id, ticket_id=ticket.id, person_id=chat.person_id, start_at=start,
        seats=office.booking.counters, token=scene.house.secret(), now=scene.now,
    )  # fmt: skip
    if row_id is None:
        if current is not None:
            appointments.settle(tx, current.id, "booked", scene.now, was="moved")
        return None
    arming.visit(tx, scene.house, office, row_id, start, scene.now)
    return appointments.get(tx, row_id)


def _start(answers: Answers, office: Office) -> datetime | None:
    """The start that was chosen; None for the button of something else."""
    chosen = answers.get("time") or answers.get("slot")
    try:
        local = datetime.strptime(str(chosen), SLOT)
    except ValueError:
        return None
    return local.replace(tzinfo=office.calendar.zone).astimezone(UTC)


def _again(
    tx: Tx, scene: Scene, chat: Any, answers: Mapping[str, str], first: Say | None
) -> tuple[Session, list[Message]]:
    """Ask anew what the answer could not settle."""
    begun = scene.session.put(State(APPOINTMENT, answers))
    reply, context = _ask(
        tx, scene.house, scene.catalog, chat.person_id, begun, scene.context, scene.now
    )
    about = replace(scene, context=context, session=reply.session)
    effects = (first, *reply.effects)
    messages = [speak(effect, about) for effect in effects if isinstance(effect, Say | Ask)]
    if first is not None and len(messages) == 2:
        regret, question = messages
        messages = [replace(question, text=f"{regret.text}\n{question.text}")]
    return reply.session, messages


def _record(tx: Tx, ticket: Any, move: str, now: datetime) -> None:
    tickets.record(
        tx, ticket, actor="citizen", move=move, before=ticket.status, after=ticket.status, now=now
    )


# --- what is said -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment in words: when, where, for what, and what to bring."""

    title: str
    number: str
    time: str
    office: str
    address: str
    bring: tuple[str, ...]

    @classmethod
    def of(cls, house: House, ticket: Any, appointment: Any, now: datetime) -> "Visit":
        """As it is told to the person."""
        office, catalog = house.office(ticket.office_id), house.catalog(ticket.office_id)
        flow = catalog.services.get(ticket.service)
        bring: tuple[str, ...] = ()
        if flow is not None:
            context = house.context(office.id, consented=True, quiet=False, now=now)
            state = State(flow.id, read_answers(ticket.answers))
            needed = engine.requirements(flow, state, context)
            bring = tuple(step.name for step in needed if step.original)
        time = say_time(appointment.start_at, office.calendar.zone)
        title = _title(house, ticket)
        return cls(title, ticket.number, time, office.name, office.address, bring)

    def values(self) -> dict[str, str]:
        """For a message, and for the template that says the same."""
        return {
            "title": self.title, "number": self.number, "time": self.time,
            "office": self.office, "address": self.address, "bring": ", ".join(self.bring),
        }  # fmt: skip


def _confirmed(scene: Scene, office: Office, ticket: Any, appointment: Any, name: str) -> Message:
    visit = Visit.of(scene.house, ticket, appointment, scene.now)
    text = scene.say(name, **{**visit.values(), "bring": visit.bring})
    commands = scene.catalog.commands
    buttons = [Button(commands[each].label, each) for each in ("reschedule", "unbook")]
    if scene.house.visits_url:
        url = f"{scene.house.visits_url}{appointment.token}.ics"
        buttons.append(Button(scene.say("button_calendar"), url=url))
    return Message(text, tuple(buttons))


def _spoken(scene: Scene, name: str, *commands: str) -> Message:
    return speak(_say(scene.catalog, name, *commands), scene)


def _say(catalog: Catalog, name: str, *commands: str) -> Say:
    choices = tuple(Choice(each, catalog.commands[each].label) for each in commands)
    return Say(name, choices=choices)


# --- what becomes of it -------------------------------------------------------------------


def close(tx: Tx, ticket_id: int, state: str, now: datetime) -> None:
    """The ticket is no longer to be collected: its appointment, if any, ends so."""
    current = appointments.of_ticket(tx, ticket_id)
    if current is not None:
        appointments.settle(tx, current.id, state, now)


def told(tx: Tx, house: House, ticket: Any) -> str:
    """When a ticket is to be collected, in words; empty without an appointment."""
    current = appointments.of_ticket(tx, ticket.id) if ticket.status == "ready" else None
    if current is None:
        return ""
    return say_time(current.start_at, house.office(ticket.office_id).calendar.zone)
