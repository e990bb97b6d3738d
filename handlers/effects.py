"""What a turn wished for, done: records, tickets, questions; the rest becomes messages."""

from dataclasses import dataclass, replace
from typing import Any

from flows.dialogue import ticket_in
from flows.model import Answer, Ask, Effect, Finish, Record, Report, Say, Session
from flows.officer import listening
from handlers import (
    appointments,
    doors,
    privacy,
    questions,
    reminders,
    staff_doors,
    subscriptions,
    tickets,
    waiting,
)
from handlers.errors import Rejected
from handlers.message import Message
from handlers.wording import Scene, speak
from storage import attachments, conversations, erasure, outbox, search
from storage.db import Tx
from storage.tickets import look as find_ticket


@dataclass(frozen=True, slots=True)
class Applied:
    """What is left to keep: the chat's office and session, and the messages to promise."""

    office_id: str
    session: Session
    messages: list[Message]


def apply(tx: Tx, scene: Scene, chat: Any, office_id: str, wishes: tuple[Effect, ...]) -> Applied:
    """Do everything that one turn wished for, in its order."""
    messages: list[Message] = []
    session = scene.session
    for wish in wishes:
        match wish:
            case Say() | Ask():
                messages.append(_quoting(tx, wish, speak(wish, scene)))
            case Record(step="office", value=value) if value in scene.house.offices:
                office_id = str(value)
            case Record(step="consent", value=value):
                _consent(tx, scene, chat, office_id, value)
            case Record(step="phone", value=value):
                person = conversations.verify(tx, chat.person_id, str(value))
                search.add_phone(tx, person, str(value))
            case Record(step="mute", value="no"):
                reminders.unmute(tx, chat)
                messages.append(Message(scene.say("reminders_unmuted")))
            case Record(step="mute"):
                reminders.mute(tx, chat, scene.now)
                messages.append(Message(scene.say("reminders_muted")))
            case Record(step="news", value=value):
                messages += subscriptions.record(tx, scene, chat, value)
            case Record():
                raise ValueError(f"nobody records {wish.step!r}")
            case Finish(flow="officer", answers=answers):
                text, files = str(answers["message"]), tuple(answers.get("files", ()))
                there = scene.at(_asked_about(tx, scene, chat, text))
                office = office_id if there is scene else there.office.id
                messages += questions.take(tx, there, chat, office, text, files)
                session = listening(session)
            case Finish(flow="cancel"):
                messages.append(tickets.cancel(tx, scene, chat))
            case Finish(flow="link", answers=answers):
                messages += _link(tx, scene, chat, str(answers.get("code", "")))
            case Finish(flow="appointment"):
                session, told = appointments.act(tx, scene, chat, wish)
                messages += told
            case Finish(flow="data", answers=answers):
                session, told = privacy.act(tx, scene, chat, office_id, answers)
                messages += told
            case Finish(flow="checkin"):
                messages.append(waiting.check_in(tx, scene, chat, office_id))
            case Finish(flow="queue"):
                messages.append(waiting.ask(tx, scene, chat))
            case Finish(flow="unqueue"):
                messages.append(waiting.give_up(tx, scene, chat))
            case Finish():
                news, session = tickets.submit(tx, scene, chat, office_id, wish)
                session, asked = subscriptions.invite(tx, scene, chat, session)
                messages += [news, *asked]
            case Report(number=number):
                messages.append(tickets.report(tx, scene, chat, number))
    return Applied(office_id, session, messages)


def _quoting(tx: Tx, wish: Say | Ask, message: Message) -> Message:
    """A message about one photo answers the message in which the photo came."""
    if not isinstance(wish, Say) or not wish.about:
        return message
    file = attachments.get(tx, wish.about)
    return replace(message, quote=file.message_id) if file else message


def _asked_about(tx: Tx, scene: Scene, chat: Any, text: str) -> str:
    """The person's own ticket that a message to officers names: its office is to read it."""
    number = ticket_in(text, scene.context.codes)
    row = find_ticket(tx, number) if number else None
    return number if row is not None and row.person_id == chat.person_id else ""


def _consent(tx: Tx, scene: Scene, chat: Any, office_id: str, value: Answer) -> None:
    version = scene.house.consent
    conversations.consent(tx, office_id, chat.person_id, version, value == "yes", scene.now)
    if value != "yes":
        erasure.unsent_files(tx, chat.id, scene.session.files)


def _link(tx: Tx, scene: Scene, chat: Any, code: str) -> list[Message]:
    """Give a code, or join this chat with the one that the code was given to."""
    if not code:
        code = scene.house.draw()
        doors.offer_code(tx, chat, code, scene.now)
        shown = f"{code[:4]} {code[4:]}"
        share = scene.say("button_share_phone")
        return [Message(scene.say("link_code", code=shown), share_phone=share)]
    try:
        member = staff_doors.use_code(tx, chat, code, scene.now)
        if member is not None:
            return [Message(scene.say("staff_linked", name=member.name))]
        given = doors.use_code(tx, chat, code, scene.now)
    except Rejected as rejected:
        return [Message(scene.say(rejected.code))]
    outbox.put(
        tx, office_id=given.office_id, channel=given.channel, address=given.address,
        payloads=[Message(scene.say("link_told"), kind="follow_up").payload()], now=scene.now,
    )  # fmt: skip
    joined = conversations.get(tx, chat.id)
    return [Message(scene.say("link_done")), tickets.report(tx, scene, joined, "")]
