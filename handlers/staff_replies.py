"""An officer answers a message of ours in the staff chat or in their own: the citizen gets it.

Only linked staff of the office, only what can still be answered; every no is said with its
reason, in the same chat.  Talk among colleagues about a request is not for the citizen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flows.model import Event, Said, Sent, Tapped, Unsupported
from handlers import posts, question_files, questions, talks, taps
from handlers.errors import Rejected
from handlers.message import Message
from handlers.offices import House, Office
from handlers.tickets import Actor
from storage import alerts, conversations, inbox, outbox, staff, staff_doors
from storage import questions as asked
from storage import talks as held
from storage.db import Tx

REFUSALS = {
    "answered": "reply_answered", "talk_over": "reply_talk_over", "talk_taken": "reply_talk_taken",
    "reply_empty": "reply_empty", "reply_long": "reply_long", "no_files": "reply_no_files",
}  # fmt: skip
"""The words for each reason why something cannot be handed on."""


@dataclass(frozen=True, slots=True)
class StaffReply:
    """An answer in a group to one of our messages.

    replied     the platform's id of our message
    message_id  and of theirs
    officer_id  the address of their own chat
    remote      how a file can be fetched
    """

    channel: str
    external_id: str
    address: str
    event: Event
    replied: str
    message_id: str
    officer_id: str
    remote: Mapping[str, Any] = field(default_factory=dict)
    raw: str = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an officer answered, and to which of our messages."""

    alert: Any
    login: str
    event: Event
    remote: Mapping[str, Any]


def from_group(tx: Tx, house: House, reply: StaffReply, now: datetime) -> bool:
    """Give an answer in a group its effect, once; False when it had it before."""
    alert = alerts.answered(tx, reply.channel, reply.address, reply.replied)
    taken = inbox.take(
        tx, now=now, office_id=alert.office_id if alert else "", channel=reply.channel,
        external_id=reply.external_id, address=reply.address, raw=reply.raw,
    )  # fmt: skip
    if taken:
        _process(tx, house, reply, alert, now)
    return taken


def process(tx: Tx, house: House, reply: StaffReply, now: datetime) -> None:
    """The effect of an answer in a group that is known to be new."""
    alert = alerts.answered(tx, reply.channel, reply.address, reply.replied)
    _process(tx, house, reply, alert, now)


def _process(tx: Tx, house: House, reply: StaffReply, alert: Any | None, now: datetime) -> None:
    if alert is None or alert.kind == "ticket":
        return
    door = staff_doors.at(tx, reply.channel, reply.officer_id)
    remote = {**reply.remote, "channel": reply.channel}
    told = _take(tx, house, alert, door, reply.event, remote, now)
    _tell(tx, alert.office_id, reply.channel, reply.address, reply.message_id, told, now)


def from_own_chat(tx: Tx, house: House, chat: Any, inbound: Any, now: datetime) -> bool:
    """The same in an officer's own chat; False when it answers what the bot asked them.

    What we do not know any more is refused: the bot would take it for a citizen's word.
    """
    if isinstance(inbound.event, Tapped) and inbound.event.token.startswith(posts.STAFF):
        return _tapped(tx, house, chat, inbound, now)
    if not inbound.reply_to:
        return False
    alert = alerts.answered(tx, chat.channel, chat.address, inbound.reply_to)
    if alert is None and outbox.knows(tx, chat.channel, chat.address, inbound.reply_to):
        return False  # it answers the bot: officers need papers too
    if alert is None:
        told, office_id = house.words.say("reply_gone"), chat.office_id
    else:
        door = staff_doors.at(tx, chat.channel, chat.address)
        remote = {**inbound.remote, "channel": inbound.channel}
        told, office_id = _take(tx, house, alert, door, inbound.event, remote, now), alert.office_id
    _tell(tx, office_id, chat.channel, chat.address, inbound.message_id, told, now)
    _seen(tx, chat, inbound, now)
    return True


def _tapped(tx: Tx, house: House, chat: Any, inbound: Any, now: datetime) -> bool:
    """A button where the platform knows no taps of their own kind: answered by a message."""
    found = taps.read(tx, inbound.event.token, chat.channel, chat.address)
    door = staff_doors.at(tx, chat.channel, chat.address)
    told = taps.answer(tx, house, found, door, now)
    _tell(tx, chat.office_id, chat.channel, chat.address, "", told, now)
    _seen(tx, chat, inbound, now)
    return True


def _seen(tx: Tx, chat: Any, inbound: Any, now: datetime) -> None:
    """They wrote here just now: the platform counts its day of free answers from there."""
    conversations.keep(
        tx, chat.id, office_id=chat.office_id, session=chat.session,
        now=min(inbound.written_at or now, now),
    )  # fmt: skip


def _take(
    tx: Tx,
    house: House,
    alert: Any,
    door: Any | None,
    event: Event,
    remote: Mapping[str, Any],
    now: datetime,
) -> str:
    """Do what was answered; returns what to say to the officer."""
    if door is None or door.office_id != alert.office_id:
        return house.words.say("reply_not_linked")
    answer = _Answer(alert, door.login, event, remote)
    office = house.office(alert.office_id)
    try:
        match alert.kind:
            case "question" | question_files.KIND:
                return _to_question(tx, house, office, answer, door, now)
            case "talk":
                return _to_talk(tx, house, office, answer, now)
    except Rejected as rejected:
        why = REFUSALS.get(rejected.code, "reply_gone")
        return house.words.say(why, officer=_who(tx, alert))
    return house.words.say("reply_ticket")


def _to_question(
    tx: Tx, house: House, office: Office, answer: _Answer, door: Any, now: datetime
) -> str:
    if not isinstance(answer.event, Said):
        return house.words.say("reply_text_only")
    actor = Actor("staff", door.login, door.name)
    number = int(answer.alert.subject)
    questions.reply(tx, house, office.id, number, answer.event.text, actor, now)
    return house.words.say("reply_sent")


def _to_talk(tx: Tx, house: House, office: Office, answer: _Answer, now: datetime) -> str:
    talk_id = int(answer.alert.subject)
    match answer.event:
        case Said(text=text):
            talks.say(tx, house, office, talk_id, answer.login, text, now)
        case Sent(attachment=file, caption=caption):
            talks.enclose(
                tx, office, talk_id, answer.login, file, "photo", caption, answer.remote, now
            )
        case Unsupported(kind="voice") if "file_id" in answer.remote or "url" in answer.remote:
            talks.enclose(
                tx, office, talk_id, answer.login, house.secret(), "voice", "", answer.remote, now
            )
        case _:
            return house.words.say("reply_text_only")
    return house.words.say("reply_sent")


def _who(tx: Tx, alert: Any) -> str:
    """The colleague because of whom it is too late."""
    if alert.kind in ("question", question_files.KIND):
        row = asked.get(tx, int(alert.subject))
        login = row.answered_by if row is not None else ""
    else:
        row = held.look(tx, int(alert.subject))
        login = row.officer if row is not None else ""
    member = staff.by_login(tx, login) if login else None
    return member.name if member is not None else ""


def _tell(
    tx: Tx, office_id: str, channel: str, address: str, message_id: str, text: str, now: datetime
) -> None:
    message = Message(text, quote=message_id, kind=posts.ALERT)
    outbox.put(
        tx, office_id=office_id, channel=channel, address=address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip
