"""What a citizen hears when their ticket moves, and where their chats stand afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flows import answering, asking, checklist
from flows.lifecycle import Move
from flows.model import Ask, Flow, State, Step
from handlers import doors, offers, tokens
from handlers.message import Message
from handlers.offices import House, Office
from handlers.sessions import answers as read_answers
from handlers.sessions import decode, encode
from handlers.wording import Scene, opening, speak
from storage import conversations
from storage.db import Tx


@dataclass(frozen=True, slots=True)
class Moving:
    """A move that may be made: what moves, where it is told, and what goes with it.

    back     the documents to be asked for again
    reasons  why, by document, in words for the citizen
    """

    scene: Scene
    chat: Any
    row: Any
    flow: Flow
    wanted: Move
    note: str
    back: tuple[Step, ...]
    reasons: Mapping[str, str]

    @property
    def asked(self) -> list[str]:
        """The documents to send again, each with the reason if there is one."""
        whys = [self.reasons.get(step.id, "").rstrip(" .") for step in self.back]
        return [
            f"{step.name}: {why}" if why else step.name
            for step, why in zip(self.back, whys, strict=True)
        ]


def tell(tx: Tx, moving: Moving) -> list[Message]:
    """What the citizen is told, and asked; their chats know where they stand afterwards."""
    scene, chat, row, wanted = moving.scene, moving.chat, moving.row, moving.wanted
    messages = [_tell(moving, _pass(tx, moving))] if wanted.tells else []
    if wanted.name == "finish" and chat.channel != doors.DESK:
        messages[0], session = offers.offer(tx, scene, chat, row.number, messages[0])
        keep_session(tx, chat, encode(session))
    if wanted.name == "send_back":
        messages += _ask_again(tx, moving)
    elif row.status == "needs_correction":
        _forget(tx, row)
    return messages


def _pass(tx: Tx, moving: Moving) -> str:
    """The address of the page with which a result is collected, if there is one."""
    house, row = moving.scene.house, moving.row
    if moving.wanted.name != "finish" or not house.pages_url:
        return ""
    return f"{house.pages_url}p/{tokens.of_ticket(tx, house, row, moving.scene.now)}"


def _tell(moving: Moving, link: str) -> Message:
    scene, row, flow, note = moving.scene, moving.row, moving.flow, moving.note
    state = State(flow.id, read_answers(row.answers))
    bring = [s.name for s in checklist.requirements(flow, state, scene.context) if s.original]
    hours = opening(scene.house, scene.office, scene.now)
    text = scene.say(
        moving.wanted.tells, number=row.number, title=flow.title, note=note, bring=bring,
        documents=moving.asked, hours=hours, link=link,
    )  # fmt: skip
    values = {
        "number": row.number, "title": flow.title, "note": note, "hours": hours,
        "bring": ", ".join(bring), "documents": "; ".join(moving.asked),
    }  # fmt: skip
    return Message(text, kind="news", template=moving.wanted.tells, values=values)


def _ask_again(tx: Tx, moving: Moving) -> list[Message]:
    """The same engine asks for just these documents: their answers are deleted."""
    scene, row, flow = moving.scene, moving.row, moving.flow
    kept = State(flow.id, read_answers(row.answers), ticket=row.number)
    wanted = answering.without(flow, kept, tuple(step.id for step in moving.back), scene.context)
    asked = asking.ask(flow, wanted, scene.context)
    assert asked.state is not None
    session = scene.session.put(asked.state)
    keep_session(tx, moving.chat, encode(session))
    about = replace(scene, session=session)
    asks = (speak(effect, about) for effect in asked.effects if isinstance(effect, Ask))
    return [replace(message, kind="follow_up") for message in asks]


def _forget(tx: Tx, row: Any) -> None:
    """The chats that asked for documents of this ticket again no longer do."""
    for chat in conversations.of_person(tx, row.person_id):
        session = decode(chat.session)
        if row.number in session.states:
            keep_session(tx, chat, encode(session.drop(row.number)))


def keep_session(tx: Tx, chat: Any, session: str) -> None:
    """Where that chat stands now, though nobody wrote in it."""
    conversations.keep(
        tx, chat.id, office_id=chat.office_id, session=session, now=chat.seen_at,
        left_at=chat.left_at,
    )  # fmt: skip


def chat_scene(house: House, chat: Any, now: datetime) -> Scene:
    """Where a chat goes on: at its own office, by what its person agreed to there."""
    consented = conversations.agreed(chat, house.consent, chat.office_id)
    context = house.context(chat.office_id, consented=consented, quiet=False, now=now)
    office, catalog = house.office(chat.office_id), house.catalog(chat.office_id)
    return Scene(house, office, catalog, context, decode(chat.session), chat.seen_at, now)


def scene_of(house: House, office: Office, chat: Any, now: datetime) -> Scene:
    """Where something is said to a chat by an office, of its own accord."""
    context = house.context(office.id, consented=True, quiet=False, now=now)
    session = decode(chat.session)
    return Scene(house, office, house.catalog(office.id), context, session, chat.seen_at, now)
