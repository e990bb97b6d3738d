"""What citizens may ask about their data (UU 27/2022): a copy, erasing, taking the consent back.

They prove who they are by the chat they write in, so all of it is about that chat alone: others
may share the phone.  Whoever decides has 3×24 hours (ps 32, 41, 43).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from flows.model import Answer, Session
from handlers import alerts, audit
from handlers.message import Button, Message
from handlers.offices import House
from handlers.reminders import Dropped, Later
from handlers.wording import Scene
from handlers.words import say_time
from storage import conversations, due, privacy
from storage.db import Tx

LIMIT = timedelta(hours=72)
"""By when the law wants it done."""
WARN = timedelta(hours=24)
"""So long before the limit staff are reminded."""
LINK_LIFE = timedelta(hours=24)
CITIZEN = "citizen"


def kept(token: str) -> str:
    """The form in which a link's token is kept."""
    return sha256(f"loket.data:{token}".encode()).hexdigest()


def act(
    tx: Tx, scene: Scene, chat: Any, office_id: str, answers: Mapping[str, Answer]
) -> tuple[Session, list[Message]]:
    """Do what was asked for and confirmed; the session as it is then, and what is said."""
    want = str(answers["want"])
    if answers.get(want) != "yes":
        return scene.session, [Message(scene.say("data_left"))]
    if want == "export" and scene.house.pages_url:
        return scene.session, [_link(tx, scene, chat, _office(scene.house, office_id))]
    session = scene.session
    if want == "withdraw":
        version = scene.house.consent
        conversations.consent(tx, office_id, chat.person_id, version, False, scene.now)
        states = {key: state for key, state in session.states.items() if state.ticket}
        session = Session(session.current if session.current in states else "", states)
    until = scene.now + LIMIT
    offices = {row.office_id for row in privacy.tickets(tx, chat.id)}
    for each in sorted(offices or {_office(scene.house, office_id)}):
        until = _ask(tx, scene, chat, each, want)
    zone = scene.office.calendar.zone
    return session, [Message(scene.say(f"data_{want}_asked", until=say_time(until, zone)))]


def _office(house: House, office_id: str) -> str:
    """Whoever has chosen no office yet is answered by the first."""
    return office_id if office_id in house.offices else next(iter(house.offices))


def _ask(tx: Tx, scene: Scene, chat: Any, office_id: str, want: str) -> datetime:
    """Put a wish on the desk of an office, once; returns by when it is decided."""
    there = privacy.open_of(tx, office_id, chat.id, want)
    row = there or privacy.ask(tx, office_id, chat.id, want, scene.now + LIMIT, scene.now)
    until: datetime = row.due_at
    if there is None:
        subject = str(row.id)
        due.arm(tx, office_id, "privacy.warn", subject, until - WARN)
        due.arm(tx, office_id, "privacy.late", subject, until)
        audit.record(
            tx, office_id, CITIZEN, "data.asked", f"request:{row.id}", scene.now, want=want
        )
        office = scene.house.office(office_id)
        alerts.privacy(tx, scene.house, office, want, "new", until, scene.now)
    return until


def _link(tx: Tx, scene: Scene, chat: Any, office_id: str) -> Message:
    """A link to a copy, good for one download within a day."""
    now, token = scene.now, scene.house.secret()
    row = privacy.ask(tx, office_id, chat.id, "export", now + LIMIT, now)
    privacy.settle(tx, row.id, "open", "done", CITIZEN, now)
    privacy.offer(tx, kept(token), office_id, chat.id, row.id, now + LINK_LIFE)
    until = say_time(now + LINK_LIFE, scene.office.calendar.zone)
    button = Button(scene.say("button_data"), url=f"{scene.house.pages_url}d/{token}")
    return Message(scene.say("data_link", until=until), (button,))


def deadline(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """The 3×24 hours are nearly over, or over, and nobody has decided."""
    request = privacy.find(tx, int(row.subject))
    if request is None or request.state != "open":
        return Dropped("decided")
    office = house.office(request.office_id)
    if (at := house.timing.awake(now, office.calendar.zone)) > now:
        return Later(at)
    stage = "late" if row.kind == "privacy.late" else "soon"
    alerts.privacy(tx, house, office, request.kind, stage, request.due_at, now)
    if stage == "late":
        return Later(now + timedelta(days=1))  # each morning until somebody has decided
    return None
