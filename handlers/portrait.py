"""All that is kept about a citizen from one chat, in plain values: for the copy they ask for.

It names the officers who looked only by their role: their names are theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.model import Flow, Session
from handlers import audit
from handlers.errors import Rejected
from handlers.offices import House
from handlers.privacy import CITIZEN, kept
from handlers.sessions import answers as read_answers
from handlers.wording import Scene, show
from handlers.words import say_time
from storage import attachments, optins, privacy, questions, staff, tickets, views
from storage.db import Tx

SENT_WITH = "pertanyaan"
"""The folder of a question in the copy begins with it."""
SAID = "percakapan"
"""The folder of what was sent in talks with officers."""


@dataclass(frozen=True, slots=True)
class File:
    """A photo or PDF: its name in the copy, and where the vault has it."""

    name: str
    id: str
    office_id: str


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

    consents   (when, yes or no, version of the text, to which office)
    questions  (when, text, answer, names of the photos in the copy)
    talks      what was said with officers: (when, by whom: a role or "citizen", text, file's name)
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
    asked = privacy.questions(tx, conversation_id)
    return Portrait(
        made=say_time(now, zone), name=chat.name, phone=chat.phone, channel=chat.channel,
        since=say_time(chat.created_at, zone), language=chat.language,
        consents=[
            (say_time(row.at, zone), row.given, row.version, house.office(row.office_id).name)
            for row in privacy.consents(tx, chat.person_id)
        ],
        news=[
            (say_time(row.at, zone), row.state == "in")
            for row in optins.history(tx, chat.person_id)
        ],
        requests=requests,
        questions=[
            (say_time(row.asked_at, zone), row.text, row.reply, _sent_with(tx, row, files))
            for row in asked
            if office_id in ("", row.office_id)
        ],
        talks=[
            (say_time(row.at, zone), _role(row.author, roles), row.text, _said(row, files))
            for row in privacy.words(tx, conversation_id, office_id)
        ],
        files=files,
    )  # fmt: skip


def _sent_with(tx: Tx, question: Any, files: list[File]) -> list[str]:
    """The photos of a question, by their names in the copy."""
    names: list[str] = []
    for each in questions.files(tx, [question]).get(question.id, ()):
        if each.state == "stored":
            name = f"{SENT_WITH}-{question.id}/{len(names) + 1:02}.{_ending(each)}"
            names.append(name)
            files.append(File(name, each.id, each.office_id))
    return names


def _said(word: Any, files: list[File]) -> str:
    """The name in the copy of what was sent with a word; empty when nothing was, or is kept."""
    if word.state != "stored":
        return ""
    name = f"{SAID}/{word.id:04}.{_ending(word)}"
    files.append(File(name, word.attachment_id, word.office_id))
    return name


def _ending(file: Any) -> str:
    return "pdf" if file.media_type == "application/pdf" else "jpg"


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
    names = {step.id: step.name for step in flow.steps} if flow else {}
    here: list[tuple[str, str]] = []
    of_file = {f: step for step, value in read_answers(row.answers).items()
               if not isinstance(value, str) for f in value}  # fmt: skip
    for each in attachments.of_ticket(tx, row.id):
        if each.state == "stored":
            name = f"{row.number}/{len(here) + 1:02}.{_ending(each)}"
            here.append((name, names.get(of_file.get(each.id, ""), "")))
            files.append(File(name, each.id, each.office_id))
    return Requested(
        number=row.number, title=flow.title if flow else row.service, office=office.name,
        status=row.status, created=say_time(row.created_at, zone),
        answers=_answers(house, row, flow, now), files=here,
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


def _answers(house: House, row: Any, flow: Flow | None, now: datetime) -> list[tuple[str, str]]:
    if flow is None:
        return [(key, str(value)) for key, value in row.answers.items()]
    context = house.context(row.office_id, consented=True, quiet=False, now=now)
    office, catalog = house.office(row.office_id), house.catalog(row.office_id)
    scene = Scene(house, office, catalog, context, Session(), now, now)
    given = read_answers(row.answers)
    steps = (step for step in flow.steps if step.id in given and step.label)
    plain = ((s, given[s.id]) for s in steps if s.kind not in ("document", "review"))
    return [(step.label, show(step, value, scene)) for step, value in plain]
