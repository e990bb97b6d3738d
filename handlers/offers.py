"""Times offered in chat: what there is room for now, and what was offered last.

The conversation stays pure: it is told what was offered last, so that "2" means what the
person saw, and what is offered next comes from the database here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flows.catalog import Catalog
from flows.commands import APPOINTMENT
from flows.dialogue import ask
from flows.model import Answer, Answers, Ask, Choice, Context, Effect, Option, Say, Session, State
from flows.officer import heard_out
from flows.rules import ITEM
from flows.talk import Reply
from handlers.agenda import HERE, Agenda, place_id
from handlers.message import Message
from handlers.offices import House, Office
from handlers.purposes import purpose
from handlers.times import OFFERED_TIMES, OTHER, place_of, times
from handlers.wording import Scene, applicant, opening, speak
from handlers.words import say_time
from storage import appointments
from storage.db import Tx

OFFERED = {"ticket": "tickets", "place": "places", **OFFERED_TIMES}
"""Which offers each question of the talk shows."""
LISTENING = ("", "welcome", "suggest", APPOINTMENT)
"""Where a chat may stand for a number to be the answer to our news."""
UNSEEN = timedelta(hours=23)
"""After so long a silence WhatsApp shows a template, without our times below it."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who is asked, by whom, and when."""

    house: House
    catalog: Catalog
    person_id: int
    now: datetime


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
    asker = Asker(house, catalog, chat.person_id, now)
    anew, context = ask_for_time(tx, asker, reply.session, context)
    return anew.first(*said), context


def offer(tx: Tx, scene: Scene, chat: Any, number: str, news: Message) -> tuple[Message, Session]:
    """News about a ticket, with the next good times to come below it."""
    begun = Session().put(State(APPOINTMENT, {"ticket": number}))
    asker = Asker(scene.house, scene.catalog, chat.person_id, scene.now)
    reply, context = ask_for_time(tx, asker, begun, scene.context)
    asked = next((effect for effect in reply.effects if isinstance(effect, Ask)), None)
    if asked is None:
        return news, scene.session
    question = speak(asked, replace(scene, context=context, session=reply.session))
    text = f"{news.text}\n\n{question.text}\n{scene.say('appointment_later')}"
    news = replace(news, text=text, choices=question.choices)
    state = reply.session.state
    unseen = chat.channel == "whatsapp" and scene.now - chat.seen_at > UNSEEN
    session = heard_out(scene.session)
    if state is None or unseen or session.current not in LISTENING:
        return news, scene.session
    return news, session.put(state)


def ask_for_time(tx: Tx, asker: Asker, session: Session, context: Context) -> tuple[Reply, Context]:
    """Ask what is still open of an appointment, after filling in what goes without asking."""
    state = session.state
    assert state is not None
    house, catalog = asker.house, asker.catalog
    closed = session.drop(APPOINTMENT)
    waiting = who_waits(tx, house, asker.person_id)
    if not waiting:
        return Reply(closed, (say("appointment_nothing", catalog, "status", "menu"),)), context
    answers = _about_one(state.answers, waiting)
    offers = {**context.offers, "tickets": _tickets(house, waiting)}
    given: dict[str, Answer] = {**context.given}
    said: tuple[Effect, ...] = ()
    if row := waiting.get(str(answers.get("ticket", ""))):
        office = house.office(row.office_id)
        if answers.get("visit") == "cancel" and row.start_at is None:
            return Reply(closed, (say("appointment_not_made", catalog, APPOINTMENT),)), context
        answers = _visit(answers, booked=row.start_at is not None)
        given["come"] = house.words.say(f"come_{row.purpose}")
        if row.start_at is not None:
            given["stands"] = say_time(row.start_at, office.calendar.zone)
        if answers.get("visit") in ("new", "change"):
            agenda = Agenda.read(tx, office, asker.now)
            places = agenda.places(row.service)
            answers = _filled_in(office, answers, places, row)
            place = place_of(answers, places)
            first = answers.get("priority") != "no"  # not answered yet: what there may be
            room = agenda.room(place, row.service, first)
            if row.place == place:
                room = [start for start in room if start != row.start_at]
            if not room and not places:
                full = Say("appointment_full", {"hours": opening(house, office, asker.now)})
                return Reply(closed, (full,)), context
            offers["places"] = _places(house, places)
            offers |= times(house, office, room, answers, asker.now, place)
            if "day" in answers and not offers["times"]:
                del answers["day"]
                said = (Say("appointment_day_full"),)
    context = replace(context, offers=offers, given=given)
    state = replace(state, answers=answers, topic=())
    reply = ask(catalog, session.put(state), context).first(*said)
    return replace(reply, session=_remembering(reply.session, context)), context


def who_waits(tx: Tx, house: House, person_id: int) -> dict[str, Any]:
    """A person's tickets for which they have to come, by number, with what is booked for each."""
    found = {}
    for row in appointments.waiting(tx, person_id):
        flow = house.catalog(row.office_id).services.get(row.service)
        wanted = purpose(flow, row.status, row.came)
        if wanted is not None:
            found[row.number] = Waiting(
                row.office_id, row.number, row.service, row.answers, wanted, row.start_at,
                row.place, bool(row.priority),
            )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket whose citizen has to come; `start_at` and after: what is booked, if anything."""

    office_id: str
    number: str
    service: str
    answers: Answers
    purpose: str
    start_at: datetime | None
    place: str | None
    priority: bool


def say(name: str, catalog: Catalog, *commands: str) -> Say:
    """A message with these words below it as buttons."""
    return Say(name, choices=tuple(Choice(each, catalog.commands[each].label) for each in commands))


def _is_asked(effect: Effect) -> bool:
    return isinstance(effect, Ask) and effect.flow.id == APPOINTMENT


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


def _filled_in(
    office: Office, answers: Mapping[str, Answer], places: Sequence[str], row: Waiting
) -> dict[str, Answer]:
    """What goes without asking: the office where it is the only place, and what was said before.

    Who taps a time below old news is not asked about the rest any more.
    """
    slot = str(answers.get("slot", ""))
    known = {key: answers[key] for key in ("place", "priority") if key in answers}
    if not places:
        known["place"] = place_id(HERE)
    elif slot not in ("", OTHER):
        known.setdefault("place", slot.partition("-")[2] or place_id(HERE))
    if not office.booking.kept:
        known["priority"] = "no"
    elif row.start_at is not None:
        known["priority"] = "yes" if row.priority else "no"
    elif slot not in ("", OTHER):
        known.setdefault("priority", "no")
    before = {key: answers[key] for key in ("ticket", "visit")}
    after = {key: value for key, value in answers.items() if key not in (*before, *known)}
    return {**before, **known, **after}


def _places(house: House, places: Sequence[str]) -> tuple[Option, ...]:
    """The office first, then where else it serves."""
    here = Option(place_id(HERE), house.words.say("place_office"))
    return (here, *(Option(place_id(each), each[:ITEM].strip(), (each,)) for each in places))


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
