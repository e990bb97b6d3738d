"""The citizen's side of a talk: what they say goes to the officer, and the bot stays silent.

Files pass through both ways: fetched and examined like any other, then handed on.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flows.checks import clean
from flows.model import Event, Judged, Left, Opened, Said, Sent, Shared, Tapped, Unsupported
from handlers import posts, talks
from handlers.message import Button, Message
from handlers.offices import House, Office
from storage import attachments, conversations, outbox
from storage import talks as rows
from storage.db import Tx

LONGEST = 4000
"""Characters kept of one word."""


def hear(tx: Tx, house: House, chat: Any, inbound: Any, event: Event, now: datetime) -> bool:
    """Give the officer what was said in a held chat; False when the bot is meant after all.

    inbound  the update as the channel read it
    """
    talk = rows.look(tx, chat.talk_id)
    if talk is None or talk.ended_at is not None or isinstance(event, Judged):
        return False
    office = house.office(talk.office_id)
    catalog = house.catalog(talk.office_id)
    match event:
        case Said(text=text) if catalog.keywords.find(text) == "menu":
            return _leave(tx, house, office, chat, talk, now)
        case Opened() | Tapped(token="menu"):
            return _leave(tx, house, office, chat, talk, now)
        case Left():
            rows.end(tx, talk, "citizen", now)
            _tell_left(tx, house, office, talk, now)
            return False
        case Tapped():
            told = Message(house.words.say("talk_goes_on"))
            _promise(tx, office, chat, told, now)
        case Sent(attachment=file, caption=caption):
            _receive(tx, house, chat, talk, inbound, file, "photo", caption, now)
        case Unsupported(kind="voice") if inbound.remote:
            file = house.secret()
            _receive(tx, house, chat, talk, inbound, file, "voice", "", now)
        case Said(text=text):
            _hand_on(tx, house, office, talk, "text", clean(text)[:LONGEST], now)
        case Shared(phone=phone):
            conversations.verify(tx, chat.person_id, phone)
            _hand_on(tx, house, office, talk, "contact", phone, now)
        case Unsupported(kind=kind):
            _hand_on(tx, house, office, talk, kind, "", now)
    if inbound.tap:
        _promise(tx, office, chat, Message(acknowledge=inbound.tap), now)
    conversations.keep(
        tx, chat.id, office_id=chat.office_id, session=chat.session,
        now=min(inbound.written_at or now, now),
    )  # fmt: skip
    return True


def judged(tx: Tx, house: House, file: Any, kind: str, stored: bool, now: datetime) -> None:
    """A file of a talk was fetched and examined: hand it on, or say that it cannot be opened."""
    talk = rows.look(tx, int(file.remote["talk"]))
    assert talk is not None
    office = house.office(talk.office_id)
    chat = conversations.get(tx, talk.conversation_id)
    by = file.remote.get("by", "")
    if by and stored:
        talks.tell(tx, house, office, chat, by, file.caption, now, file=file.id)
    elif by:
        refused = Message(house.words.say("talk_file_refused_officer"))
        _to_officer(tx, house, office, talk, refused, now)
    elif stored:
        _to_officer(tx, house, office, talk, _word(house, talk, kind, file.caption, file.id), now)
    else:
        _promise(tx, office, chat, Message(house.words.say("talk_file_refused")), now)


def _leave(tx: Tx, house: House, office: Office, chat: Any, talk: Any, now: datetime) -> bool:
    """The citizen wants the bot: it takes over, and answers what they just wrote."""
    talks.close(tx, house, office, chat, talk, "citizen", now, going_on=False)
    _tell_left(tx, house, office, talk, now)
    return False


def _tell_left(tx: Tx, house: House, office: Office, talk: Any, now: datetime) -> None:
    told = Message(house.words.say("talk_left", number=talk.number or ""))
    _to_officer(tx, house, office, talk, told, now, over=True)


def _receive(
    tx: Tx,
    house: House,
    chat: Any,
    talk: Any,
    inbound: Any,
    file: str,
    kind: str,
    caption: str,
    now: datetime,
) -> None:
    """A file is on its way: the desk shows that, the officer's chat gets it when it is there."""
    remote = {**inbound.remote, "channel": inbound.channel, "talk": talk.id}
    attachments.create(
        tx, file, office_id=talk.office_id, conversation_id=chat.id, remote=remote,
        caption=clean(caption)[: talks.CAPTION], message_id=inbound.message_id, due_at=now,
        now=now,
    )  # fmt: skip
    rows.say(tx, talk, "citizen", kind, clean(caption)[: talks.CAPTION], now, file)
    _call(tx, house, house.office(talk.office_id), talk, now)


def _hand_on(
    tx: Tx, house: House, office: Office, talk: Any, kind: str, text: str, now: datetime
) -> None:
    rows.say(tx, talk, "citizen", kind, text, now)
    _call(tx, house, office, talk, now)
    _to_officer(tx, house, office, talk, _word(house, talk, kind, text), now)


def _word(house: House, talk: Any, kind: str, text: str, file: str = "") -> Message:
    said = house.words.say("relay_word", number=talk.number or "", kind=kind, text=text)
    return Message(said, file=file)


def _to_officer(
    tx: Tx,
    house: House,
    office: Office,
    talk: Any,
    message: Message,
    now: datetime,
    *,
    over: bool = False,
) -> None:
    """To the officer's linked chats, where it can be answered unless the talk is over."""

    def make(prefix: str) -> Message:
        ends = Button(house.words.say("button_end_talk"), f"{prefix}end")
        return message if over else replace(message, choices=(ends,))

    own = posts.own(tx, office, [talk.officer])
    posts.post(tx, house, office, own, "talk", str(talk.id), make, now, priority=outbox.REPLY)


def _call(tx: Tx, house: House, office: Office, talk: Any, now: datetime) -> None:
    """The staff chat hears that somebody waits, if the officer has no chat of their own.

    talk  as it was before this word: once is enough until the officer has answered
    """
    if talk.waits_for == "officer" or posts.own(tx, office, [talk.officer]):
        return
    waits = Message(house.words.say("alert_talk", number=talk.number or ""))
    posts.post(tx, house, office, posts.group(office), "talk", str(talk.id), lambda _: waits, now)


def _promise(tx: Tx, office: Office, chat: Any, message: Message, now: datetime) -> None:
    outbox.put(
        tx, office_id=office.id, channel=chat.channel, address=chat.address,
        payloads=[message.payload()], now=now,
    )  # fmt: skip
