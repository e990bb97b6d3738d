"""All that is kept about a citizen from one chat, in plain values: for the copy they ask for.

It names the officers who looked only by their role: their names are theirs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers import audit
from handlers.copied import File, answers, shown_in
from handlers.copied_drafts import Unsent, unsent
from handlers.copied_visits import Visits, visits
from handlers.errors import Rejected
from handlers.media_types import ending
from handlers.offices import House
from handlers.privacy import CITIZEN, kept
from handlers.words import say_time
from storage import attachments, optins, privacy, questions, staff, tickets, views
from storage.db import Tx

SENT_WITH = "pertanyaan"
"""The folder of a question in the copy begins with it."""
SAID = "percakapan"
"""The folder of what was sent in talks with officers."""


@dataclass(frozen=True, slots=True)
class Requested:
    """One request; `moves` are (when, move, by whom: a role, "citizen" or "clock", note)."""

    number: str
    title: str
    office: str
    status: str
    created: str
    answers: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str]]
    moves: Sequence[tuple[str, str, str, str]]
    looks: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Portrait:
    """Everything, with times as people read them.

    consents   (when, yes or no, version of the text, to which office; "" before one was chosen)
    questions  (when, text, answer, names of the photos in the copy)
    talks      what was said with officers: (when, by whom: a role or "citizen", text, file's name)
    unsent     what was begun and not sent
    visits     when they were to come, and came
    """

    made: str
    name: str
    phone: str
    channel: str
    since: str
    language: str
    consents: Sequence[tuple[str, bool, str, str]]
    news: Sequence[tuple[str, bool]]
    requests: Sequence[Requested]
    questions: Sequence[tuple[str, str, str, Sequence[str]]]
    talks: Sequence[tuple[str, str, str, str]]
    unsent: Unsent
    visits: Visits
    files: Sequence[File]


def fetch(tx: Tx, house: House, token: str, now: datetime) -> Portrait:
    """The copy behind a link, whose only use this is.  Raises Rejected: link_gone."""
    link = privacy.use(tx, kept(token), now)
    if link is None:
        raise Rejected("link_gone")
    subject = f"request:{link.request_id}"
    audit.record(tx, link.office_id, CITIZEN, "data.exported", subject, now)
    return draw(tx, house, link.conversation_id, "", now)


def draw(tx: Tx, house: House, conversation_id: int, office_id: str, now: datetime) -> Portrait:
    """What is kept of that chat, at one office or at all."""
    chat = privacy.chat(tx, conversation_id)
    zone = house.office(chat.office_id).calendar.zone
    roles = {row.login: row.role for row in staff.everyone(tx)}
    files: list[File] = []
    requests = [
        _requested(tx, house, row, roles, files, now)
        for row in privacy.tickets(tx, conversation_id, office_id)
    ]
    begun, not_sent = unsent(tx, house, chat, office_id, now)
    files += not_sent

    def here(rows: Iterable[Any]) -> Iterator[Any]:
        return (row for row in rows if office_id in ("", row.office_id))

    return Portrait(
        made=say_time(now, zone), name=chat.name, phone=chat.phone, channel=chat.channel,
        since=say_time(chat.created_at, zone), language=chat.language,
        consents=[
            (say_time(row.at, zone), row.given, row.version, _name(house, row.office_id))
            for row in here(privacy.consents(tx, chat.person_id))
        ],
        news=[
            (say_time(row.at, zone), row.state == "in")
            for row in here(optins.history(tx, chat.person_id))
        ],
        requests=requests,
        questions=[
            (say_time(row.asked_at, zone), row.text, row.reply, _sent_with(tx, row, files))
            for row in here(privacy.questions(tx, conversation_id))
        ],
        talks=[
            (say_time(row.at, zone), _role(row.author, roles), row.text, _said(row, files))
            for row in privacy.words(tx, conversation_id, office_id)
        ],
        unsent=begun,
        visits=visits(tx, house, chat, office_id),
        files=files,
    )  # fmt: skip


def _name(house: House, office_id: str) -> str:
    """An office's name; none where none was chosen."""
    return house.office(office_id).name if office_id in house.offices else office_id


def _sent_with(tx: Tx, question: Any, files: list[File]) -> list[str]:
    """The photos of a question, by their names in the copy."""
    sent = questions.files(tx, [question]).get(question.id, ())
    stored = enumerate((each for each in sent if each.state == "stored"), 1)
    mine = [File.of(each, f"{SENT_WITH}-{question.id}", number) for number, each in stored]
    files += mine
    return [each.name for each in mine]


def _said(word: Any, files: list[File]) -> str:
    """The name in the copy of what was sent with a word; empty when nothing was, or is kept."""
    if word.state != "stored":
        return ""
    name = f"{SAID}/{word.id:04}.{ending(word.media_type)}"
    files.append(File(name, word.attachment_id, word.sealed_for))
    return name


def _requested(
    tx: Tx,
    house: House,
    row: Any,
    roles: Mapping[str, str],
    files: list[File],
    now: datetime,
) -> Requested:
    office = house.office(row.office_id)
    zone = office.calendar.zone
    flow = house.catalog(row.office_id).services.get(row.service)
    history = tickets.events(tx, row.id)
    labels = shown_in(flow, row.answers)
    stored = (each for each in attachments.of_ticket(tx, row.id) if each.state == "stored")
    here = [File.of(each, row.number, number) for number, each in enumerate(stored, 1)]
    files += here
    return Requested(
        number=row.number, title=flow.title if flow else row.service, office=office.name,
        status=row.status, created=say_time(row.created_at, zone),
        answers=answers(house, row.office_id, flow, row.answers, now),
        files=[(each.name, labels.get(each.id, "")) for each in here],
        moves=[
            (say_time(each.at, zone), each.move, _role(each.actor, roles), each.note)
            for each in history
        ],
        looks=[
            (say_time(each.at, zone), _role(each.login, roles))
            for each in views.of_ticket(tx, row.id)
        ],
    )  # fmt: skip


def _role(actor: str, roles: Mapping[str, str]) -> str:
    return actor if actor in (CITIZEN, "clock") else roles.get(actor, "officer")
