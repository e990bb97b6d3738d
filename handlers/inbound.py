"""One update, one transaction: take it in once, let the conversation answer, promise the reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flows.checks import clean
from flows.commands import SCREENING
from flows.dialogue import ask, converse, moved, practising
from flows.model import Ask, Context, Event, Judged, Left, Opened, Record, Say, Sent, Tapped
from flows.officer import heard_out
from flows.talk import Reply
from handlers import (
    alerts,
    arming,
    doors,
    effects,
    offers,
    relay,
    sources,
    staff_replies,
    subscriptions,
    tickets,
)
from handlers.arming import drafts
from handlers.broadcasts import TAP
from handlers.message import Message
from handlers.offices import House
from handlers.questions import PAUSE
from handlers.sessions import decode, encode
from handlers.wording import Scene
from storage import attachments, broadcasts, conversations, inbox, outbox
from storage.db import Tx

TRY = Record("try", "yes")
"""The words of a broadcast's button were written, or tapped below an approved template."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a channel read from one raw update.

    external_id  the channel's own id of the update: it is taken in once
    address      the chat, as the channel knows it
    name         what the person calls themselves there, if anything
    remote       for Sent: how the channel can fetch the file
    album        several files were sent at once: wait for the others before judging
    message_id   the channel's id of the person's message, to quote it
    tap          the channel's id of a tap that wants to be acknowledged
    phone        the number of this chat, if the platform vouches for it: "+62812…"
    written_at   when it was written, if that was long before it came to us
    reply_to     the channel's id of the message of ours that the person answered, if they said so
    language     of the person's app, if the platform tells it: "id", "jv"
    """

    channel: str
    external_id: str
    address: str
    event: Event
    raw: str = ""
    name: str = ""
    remote: Mapping[str, Any] = field(default_factory=dict)
    album: bool = False
    message_id: str = ""
    tap: str = ""
    phone: str = ""
    written_at: datetime | None = None
    reply_to: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A raw update that could not even be read."""

    channel: str
    external_id: str
    raw: str


def receive(tx: Tx, house: House, inbound: Inbound, now: datetime) -> bool:
    """Give an update its effect; False when it had it before."""
    taken = inbox.take(
        tx, now=now, office_id="", channel=inbound.channel, external_id=inbound.external_id,
        address=inbound.address, raw=inbound.raw,
    )  # fmt: skip
    if taken:
        process(tx, house, inbound, now)
    return taken


def process(tx: Tx, house: House, inbound: Inbound, now: datetime) -> None:
    """The effect of an update that is known to be new."""
    chat = conversations.find(tx, inbound.channel, inbound.address)
    if chat is None:
        office = house.settle("")
        name = clean(inbound.name)
        chat = conversations.create(
            tx, office, inbound.channel, inbound.address, name, inbound.phone, now,
            inbound.language,
        )  # fmt: skip
    elif inbound.language and inbound.language != chat.language:
        conversations.speak(tx, chat.id, inbound.language)
    if chat.staff_id is not None and staff_replies.from_own_chat(tx, house, chat, inbound, now):
        return
    private = _is_private(chat)
    if private:
        inbox.forget(tx, inbound.channel, inbound.external_id)
    event, office, source = _linked(house, inbound.event, chat.office_id)
    if source and office:
        chat = sources.arrived(tx, office, chat, source, now)
    if chat.talk_id is not None:
        if relay.hear(tx, house, chat, inbound, event, now):
            return
        chat = conversations.get(tx, chat.id)
    if isinstance(event, Tapped) and event.token.startswith(TAP):
        event, office = _followed(tx, chat, event, office, now)
    if isinstance(event, Sent) and not practising(house.catalog(office), decode(chat.session)):
        attachments.create(
            tx, event.attachment, office_id=office, conversation_id=chat.id,
            remote={**inbound.remote, "channel": inbound.channel},
            caption="" if private else clean(event.caption), message_id=inbound.message_id,
            due_at=now + house.album_wait if inbound.album else now, now=now,
        )  # fmt: skip
    turn(
        tx, house, chat, event, now, office_id=office, tap=inbound.tap,
        written_at=inbound.written_at,
    )  # fmt: skip


def turn(
    tx: Tx,
    house: House,
    chat: Any,
    event: Event,
    now: datetime,
    *,
    office_id: str | None = None,
    tap: str = "",
    written_at: datetime | None = None,
) -> None:
    """One event's effects on one chat: its state, tickets, and messages in the outbox.

    written_at  when the person did it, if that was before now: the platform counts from there
    """
    office_id = house.settle(chat.office_id if office_id is None else office_id)
    passive = isinstance(event, Judged | Left)
    context = house.context(
        office_id,
        consented=conversations.agreed(chat, house.consent, office_id),
        quiet=not passive and now - chat.seen_at > house.quiet,
        now=now,
    )
    catalog = house.catalog(office_id)
    before = decode(chat.session)
    if office_id != chat.office_id and chat.office_id:
        before = moved(catalog, before, context)
    if now - chat.seen_at > PAUSE:
        before = heard_out(before)
    if chat.channel == doors.DESK:
        context = _at_the_counter(context)
    context = offers.recall(before, context)
    reply = converse(catalog, before, event, context, house.abroad(before, office_id, now))
    if TRY in reply.effects:
        event, office_id = _followed(tx, chat, Tapped(f"{TAP}0:0"), office_id, now)
        return turn(
            tx, house, chat, event, now, office_id=office_id, tap=tap, written_at=written_at
        )
    if chosen := _chosen(house, reply):
        consented = conversations.agreed(chat, house.consent, chosen)
        context = house.context(chosen, consented, quiet=False, now=now)
        catalog = house.catalog(chosen)
        moves = office_id not in ("", chosen)
        reply = _at(house, chosen, context, reply, moves, now)
        if moves and (stays := tickets.elsewhere(tx, house, chat, chosen)):
            reply = reply.first(stays)
        office_id = chosen
    if chat.talk_id is not None:  # an officer holds the chat: the bot keeps its own words back
        spoken = tuple(each for each in reply.effects if not isinstance(each, Say | Ask))
        reply = replace(reply, effects=spoken)
    reply, context = offers.furnish(tx, house, chat, catalog, reply, context, now)
    scene = Scene(
        house, house.office(office_id), catalog, context, reply.session, chat.seen_at, now
    )
    done = effects.apply(tx, scene, chat, office_id, reply.effects)
    conversations.keep(
        tx, chat.id, office_id=done.office_id, session=encode(done.session),
        now=chat.seen_at if passive else min(written_at or now, now),
        left_at=now if isinstance(event, Left) else chat.left_at if passive else None,
    )  # fmt: skip
    if begun := drafts(catalog, done.session).keys() - drafts(catalog, before).keys():
        _begun(tx, house, chat, done.office_id, next(iter(begun)), now)
    acknowledged = [Message(acknowledge=tap)] if tap else []
    outbox.put(
        tx, office_id=done.office_id, channel=chat.channel, address=chat.address,
        payloads=[message.payload() for message in (*acknowledged, *done.messages)], now=now,
    )  # fmt: skip


def _begun(tx: Tx, house: House, chat: Any, office_id: str, service: str, now: datetime) -> None:
    """A request was begun: it is remembered, and counted for what brought the person."""
    arming.draft(tx, house, office_id, chat.id, now)
    sources.started(tx, chat, now)
    broadcasts.begun(tx, office_id, chat.person_id, service, now)


def _chosen(house: House, reply: Reply) -> str:
    """The office that was just chosen: from now on its own questions and rules hold."""
    recorded = (e for e in reply.effects if isinstance(e, Record) and e.step == "office")
    return next((str(e.value) for e in recorded if e.value in house.offices), "")


def _at(
    house: House, chosen: str, context: Context, reply: Reply, moves: bool, now: datetime
) -> Reply:
    """What was asked, as the office just chosen asks it; `moves`: there was another one before."""
    office, catalog = house.office(chosen), house.catalog(chosen)
    session = moved(catalog, reply.session, context) if moves else reply.session
    if session.state is None:
        return replace(reply, session=session)
    asked = ask(catalog, session, context, house.abroad(session, chosen, now))
    if moves and session.current != "welcome":  # whose first words name the office
        asked = asked.first(Say("office_changed", {"office": office.name}))
    return asked.first(Record("office", office.id))


def _at_the_counter(context: Context) -> Context:
    """Who stands at a counter is served at its office: no other is offered."""
    others = {name: given for name, given in context.offers.items() if name != "offices"}
    return replace(context, offers=others)


def set_aside(tx: Tx, house: House, inbound: Inbound, error: str, now: datetime) -> bool:
    """After a bug: keep the raw update for replay, apologise once, alert staff."""
    chat = conversations.peek(tx, inbound.channel, inbound.address)
    raw = "" if chat is not None and _is_private(chat) else inbound.raw
    taken = inbox.take(
        tx, now=now, office_id="", channel=inbound.channel, external_id=inbound.external_id,
        address=inbound.address, raw=raw, state="failed", error=error[:2000],
    )  # fmt: skip
    if not taken:
        return False
    office_id = chat.office_id if chat else house.settle("")
    apology = Message(house.words.say("apology"))
    outbox.put(
        tx, office_id=office_id, channel=inbound.channel, address=inbound.address,
        payloads=[apology.payload()], now=now,
    )  # fmt: skip
    alerts.failed(tx, house, house.office(office_id), now)
    return True


def _is_private(chat: Any) -> bool:
    """Whether what is written now may be about health: it takes effect and is not kept."""
    return SCREENING in chat.session and decode(chat.session).current == SCREENING


def keep_unread(tx: Tx, unread: Unread, error: str, now: datetime) -> bool:
    """Keep what could not be read, for replay; False when it is kept already."""
    return inbox.take(
        tx, now=now, office_id="", channel=unread.channel, external_id=unread.external_id,
        address="", raw=unread.raw, state="failed", error=error[:2000],
    )  # fmt: skip


def _followed(tx: Tx, chat: Any, event: Tapped, office_id: str, now: datetime) -> tuple[Event, str]:
    """A button of a broadcast begins a service, at the office that sent it."""
    number, _, button = event.token.removeprefix(TAP).partition(":")
    if not (number.isdecimal() and button.isdecimal() and len(number + button) < 12):
        return Opened(), office_id
    office, service = subscriptions.followed(tx, chat, int(number), int(button), now)
    return Opened(service), office or office_id


def _linked(house: House, event: Event, office_id: str) -> tuple[Event, str, str]:
    """A deep link picks an office, what to begin there, and tells by what the person came.

    Each part may be missing: "pu", "pu-ktp_ganti", "ktp_ganti", "pu-ktp_ganti-k7", "pu-k7".
    """
    if not isinstance(event, Opened) or not event.link:
        return event, house.settle(office_id), ""
    first, _, rest = event.link.partition("-")
    office, rest = (
        (first, rest) if first in house.offices else (house.settle(office_id), event.link)
    )
    name, _, source = rest.partition("-")
    if house.catalog(office).opens(name):
        return Opened(name), office, source
    return Opened(), office, rest
