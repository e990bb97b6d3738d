"""What staff are told.  In a group never with personal data: a group chat has many readers.

A message about a request shows how it stands now: its text and buttons change with it, in
every chat that has it (`handlers/posts.py`).  What its buttons do is in `handlers/taps.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from handlers import posts
from handlers.message import Button, Message
from handlers.offices import House, Office
from handlers.posts import Chat, Make
from handlers.words import say_short_time
from storage import alerts as rows
from storage import outbox, staff, tickets
from storage.db import Tx

FIRST = 5
"""Most numbers in one officer's morning."""

# --- about a request ----------------------------------------------------------------------


def ticket(tx: Tx, house: House, office: Office, row: Any, now: datetime) -> None:
    """A request came in."""
    if chats := posts.group(office):
        make = about(tx, house, office, row)
        posts.post(tx, house, office, chats, "ticket", row.number, make, now)


def resubmitted(tx: Tx, house: House, office: Office, row: Any, title: str, now: datetime) -> None:
    """What was asked for again has come: its officer hears it as well."""
    text = house.words.say("alert_resubmitted", number=row.number, service=title)
    chats = [*posts.group(office), *posts.own(tx, office, [row.officer])]
    for chat in chats:
        posts.post(
            tx, house, office, [chat], "ticket", row.number,
            lambda prefix: Message(text, buttons(house, row, prefix)), now,
        )  # fmt: skip


def handed(
    tx: Tx,
    house: House,
    office: Office,
    number: str,
    to: str,
    before: str,
    by: str,
    now: datetime,
) -> None:
    """A request changed hands, from `before` to the officer `to`; `by` names a third."""
    row = tickets.by_number(tx, number)
    text = house.words.say(
        "alert_handed", number=number, officer=name(tx, to), before=before, by=by
    )
    chats = [*posts.group(office), *posts.own(tx, office, [to])]
    posts.post(
        tx, house, office, chats, "ticket", number,
        lambda prefix: Message(text, buttons(house, row, prefix)), now,
    )  # fmt: skip


def refresh(tx: Tx, house: House, number: str, now: datetime) -> None:
    """A request moved: every message about it says how it stands now."""
    row = tickets.by_number(tx, number)
    if row is not None:
        office = house.office(row.office_id)
        posts.edit(tx, office, "ticket", number, about(tx, house, office, row), now)


def about(tx: Tx, house: House, office: Office, row: Any) -> Make:
    """The message about a request as it stands."""
    zone = office.calendar.zone
    flow = house.catalog(office.id).services.get(row.service)
    files = {each for value in row.answers.values() if isinstance(value, list) for each in value}
    text = house.words.say(
        "alert_ticket", number=row.number, service=flow.title if flow else row.service,
        submitted=say_short_time(row.created_at, zone),
        promise=say_short_time(row.promise_at, zone),
        doubtful=len(tickets.doubtful(tx, [row.id]) & files) if files else 0,
        status=row.status, officer=name(tx, row.officer),
    )  # fmt: skip
    return lambda prefix: Message(text, buttons(house, row, prefix))


def buttons(house: House, row: Any, prefix: str) -> tuple[Button, ...]:
    """What may be done with a request now, and its page."""
    wanted = {"submitted": ("take",), "in_review": ("ask", "ready", "talk")}.get(row.status, ())
    taps = [Button(house.words.say(f"button_{each}"), f"{prefix}{each}") for each in wanted]
    return (*taps, *opening(house, row.number))


def opening(house: House, number: str) -> tuple[Button, ...]:
    """The page of a request, where it can be reached."""
    if not house.desk_url:
        return ()
    return (Button(house.words.say("button_open"), url=f"{house.desk_url}{number}"),)


def name(tx: Tx, login: str) -> str:
    """A member of staff by name; empty for nobody, and for taps of old without an account."""
    member = staff.by_login(tx, login) if login else None
    return str(member.name) if member is not None else ""


# --- about a question ---------------------------------------------------------------------


def question(
    tx: Tx, house: House, office: Office, number: int, chat_id: int, text: str, now: datetime
) -> None:
    """Somebody waits for a human; who has their request reads the words as well."""

    def make(prefix: str) -> Message:
        read = Button(house.words.say("button_read"), f"{prefix}read")
        return Message(house.words.say("alert_question", office=office.name), (read, *_desk(house)))

    posts.post(tx, house, office, posts.group(office), "question", str(number), make, now)
    ticket_row = tickets.newest_of_chats(tx, office.id, [chat_id]).get(chat_id)
    if ticket_row is not None and ticket_row.officer:
        read_out(tx, house, office, number, text, [ticket_row.officer], now)


def question_grew(
    tx: Tx, house: House, office: Office, number: int, text: str, now: datetime
) -> None:
    """More was written to a question: who reads its words in their own chat reads all of them.

    The message changes; on a channel where none can, they come once more.
    """
    told = Message(house.words.say("question_read", text=text), _desk(house))
    own = {(row.channel, row.address): row for row in rows.about(tx, "question", str(number))}
    for chat, row in own.items():
        if chat in posts.group(office):
            continue
        if row.channel == posts.GROUPS:
            posts.change(tx, office, row, lambda _: told, now)
        else:
            posts.post(
                tx, house, office, [chat], "question", str(number), lambda _: told, now,
                priority=outbox.REPLY,
            )  # fmt: skip


def read_out(
    tx: Tx,
    house: House,
    office: Office,
    number: int,
    text: str,
    logins: Sequence[str],
    now: datetime,
) -> bool:
    """The words of a question, in officers' own chats; False when they have none."""
    chats = posts.own(tx, office, logins)
    told = Message(house.words.say("question_read", text=text), _desk(house))
    posts.post(
        tx, house, office, chats, "question", str(number), lambda _: told, now,
        priority=outbox.REPLY,
    )  # fmt: skip
    return bool(chats)


def answered(
    tx: Tx, house: House, office: Office, questions: Sequence[int], officer: str, now: datetime
) -> None:
    """Questions were answered: nobody else need."""
    told = Message(house.words.say("question_answered", officer=officer))
    for number in questions:
        posts.edit(tx, office, "question", str(number), lambda _: told, now)


# --- about nothing that can be tapped -----------------------------------------------------


def privacy(
    tx: Tx, house: House, office: Office, kind: str, stage: str, due: datetime, now: datetime
) -> None:
    """Somebody wants their data or wants it erased; `stage` is "new", "soon" or "late"."""
    text = house.words.say(
        "alert_privacy", kind=kind, stage=stage, due=say_short_time(due, office.calendar.zone)
    )
    posts.tell(tx, house, office, posts.group(office), Message(text, _desk(house)), now)


def failed(tx: Tx, house: House, office: Office, now: datetime) -> None:
    """A message could not be processed and was set aside."""
    posts.tell(
        tx, house, office, posts.group(office), Message(house.words.say("alert_failed")), now
    )


def undelivered(tx: Tx, house: House, office: Office, number: str, now: datetime) -> None:
    """A message to a citizen could not be delivered.  number: of the ticket it was about."""
    told = Message(house.words.say("alert_undelivered", number=number))
    posts.tell(tx, house, office, posts.group(office), told, now)


def broadcast_paused(
    tx: Tx, house: House, office: Office, row: Any, reason: str, now: datetime
) -> None:
    """A broadcast was stopped: too many messages were lost, or too many people left.

    Whoever wrote it and whoever approved it hear it in their own chats as well.
    """
    text = house.words.say("alert_broadcast_paused", title=row.title, reason=reason)
    owners = posts.own(tx, office, [row.author, row.approver])
    chats = [*posts.group(office), *owners]
    posts.tell(tx, house, office, chats, Message(text, _desk(house)), now)


def missed(tx: Tx, house: House, office: Office, number: str, now: datetime) -> None:
    """Somebody did not come to any time that was offered: a call may help."""
    text = house.words.say("alert_missed", number=number)
    told = Message(text, opening(house, number))
    posts.tell(tx, house, office, posts.group(office), told, now)


def promises(
    tx: Tx,
    house: House,
    office: Office,
    chats: Sequence[Chat],
    soon: Sequence[str],
    late: Sequence[str],
    long_late: Sequence[str],
    count: int,
    now: datetime,
) -> None:
    """Promised times that are nearly over, over, and over since yesterday: some of `count`."""
    text = house.words.say(
        "alert_promises", soon=soon, late=late, long_late=long_late,
        more=count - len(soon) - len(late) - len(long_late),
    )  # fmt: skip
    posts.tell(tx, house, office, chats, Message(text, _desk(house)), now)


def digest(
    tx: Tx,
    house: House,
    office: Office,
    waiting: int,
    late: int,
    ready: int,
    correcting: int,
    now: datetime,
) -> None:
    """The morning's overview."""
    text = house.words.say(
        "alert_digest", office=office.name, waiting=waiting, overdue=late, ready=ready,
        correcting=correcting,
    )  # fmt: skip
    posts.tell(tx, house, office, posts.group(office), Message(text, _desk(house)), now)


def own_digest(
    tx: Tx,
    house: House,
    office: Office,
    chat: Chat,
    name: str,
    mine: Sequence[Any],
    now: datetime,
) -> None:
    """One officer's morning: their own requests, the earliest promise first."""
    working = [row for row in mine if row.status == "in_review"]
    text = house.words.say(
        "alert_own_digest", name=name, waiting=len(working),
        overdue=sum(row.promise_at < now for row in working),
        correcting=sum(row.status == "needs_correction" for row in mine),
        ready=sum(row.status == "ready" for row in mine),
        first=[row.number for row in working[:FIRST]],
    )  # fmt: skip
    posts.tell(tx, house, office, [chat], Message(text, _desk(house)), now)


def _desk(house: House) -> tuple[Button, ...]:
    if not house.desk_url:
        return ()
    return (Button(house.words.say("button_desk"), url=house.desk_url.removesuffix("/tickets/")),)
