"""Whether a person wants to be told things: asked once, kept with its source, ended by a word.

What a person says to it counts at once: whatever was on its way to them is taken back.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flows.dialogue import ask
from flows.model import Answer, Ask, Session, State
from handlers.message import Message
from handlers.wording import Scene, speak
from storage import broadcasts, conversations, optins, recipients
from storage.db import Tx
from storage.segments import RINGS

TALK = "news"
BLAMED = timedelta(days=7)
"""Who leaves so soon after a broadcast leaves because of it."""


def invite(tx: Tx, scene: Scene, chat: Any, session: Session) -> tuple[Session, Sequence[Message]]:
    """After a request was sent: ask who was never asked, if they can be told things here."""
    if not scene.house.manners.per_month or chat.channel not in RINGS or session.current:
        return session, ()
    if optins.get(tx, chat.person_id) is not None:
        return session, ()
    asked = ask(scene.catalog, session.put(State(TALK)), scene.context)
    return asked.session, [speak(each, scene) for each in asked.effects if isinstance(each, Ask)]


def record(tx: Tx, scene: Scene, chat: Any, value: Answer) -> Sequence[Message]:
    """What a person said, and what they are told of it.

    value  "yes"; "rather_not"; "no"; "again": yes, if they had said no; "stop": no, if they
           were told anything or had agreed to it
    """
    before = optins.get(tx, chat.person_id)
    match value:
        case "yes":
            _keep(tx, scene, chat, "in")
            return [Message(scene.say("news_on", most=scene.house.manners.per_month))]
        case "rather_not":
            _keep(tx, scene, chat, "no")
            return [Message(scene.say("news_not"))]
        case "again" if before is not None and before.state == "out":
            _keep(tx, scene, chat, "in")
            return [Message(scene.say("news_on", most=scene.house.manners.per_month))]
        case "no":
            return [_leave(tx, scene, chat)]
        case "stop":
            told = recipients.last_told(tx, chat.person_id, scene.now - BLAMED) is not None
            if told or (before is not None and before.state == "in"):
                return [_leave(tx, scene, chat)]
    return ()


def _keep(tx: Tx, scene: Scene, chat: Any, state: str, broadcast_id: int | None = None) -> None:
    source = f"chat:{chat.channel}"
    optins.keep(tx, scene.office.id, chat.person_id, state, source, scene.now, broadcast_id)


def _leave(tx: Tx, scene: Scene, chat: Any) -> Message:
    last = recipients.last_told(tx, chat.person_id, scene.now - BLAMED)
    _keep(tx, scene, chat, "out", last)
    chats = [(each.channel, each.address) for each in conversations.of_person(tx, chat.person_id)]
    recipients.forget(tx, chat.person_id, chats, scene.now)
    return Message(scene.say("news_off"))


def followed(tx: Tx, chat: Any, broadcast_id: int, button: int, now: Any) -> tuple[str, str]:
    """Somebody tapped a button of a broadcast: its office, and the service that it begins.

    broadcast_id  0: the one that they were sent last
    """
    number = broadcast_id or recipients.last_told(tx, chat.person_id, now - BLAMED * 4) or 0
    row = broadcasts.get(tx, number) if number else None
    if row is None or not 0 <= button < len(row.buttons):
        return "", ""
    broadcasts.tap(tx, row.office_id, row.id, chat.person_id, button, now)
    return row.office_id, row.buttons[button]["service"]
