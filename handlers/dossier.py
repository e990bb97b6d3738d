"""One ticket with all that belongs to it, as an officer needs it to decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows import checklist
from flows.lifecycle import Move, possible
from flows.model import Answers, Context, Flow, Session, State, Step
from handlers import colleagues, judging, papers, queue, twins
from handlers.desk import Sight, When, Who
from handlers.errors import Rejected
from handlers.help import Help, of_service
from handlers.papers import Papers
from handlers.sessions import answers as read_answers
from handlers.tickets import WORKING
from handlers.twins import Twin
from handlers.wording import Scene
from handlers.wording import show as show_answer
from storage import appointments, tickets, views
from storage.db import Tx

MAIN = {"submitted": "take", "in_review": "finish", "ready": "hand_over", "rejected": "reopen",
        "expired": "reopen"}  # fmt: skip
"""The move that usually comes next."""
ANSWERED = ("choice", "choices", "text", "date")
"""Kinds of step whose answer is a line of data."""
NOTE = "note"
"""The move of a history line that is a note among officers."""


@dataclass(frozen=True, slots=True)
class Given:
    """One answer; `digits` are groups of four of a long number, `doubts` codes of warnings."""

    label: str
    value: str
    digits: Sequence[str] = ()
    doubts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history.

    move  of the lifecycle, "take_over", "hand_to", or NOTE: what only colleagues read
    whom  to whom it was handed
    """

    at: When
    who: Who
    move: str
    note: str
    documents: Sequence[str]
    whom: Who


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at a file of this document; empty when a newer file replaced it."""

    at: When
    who: Who
    document: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """One ticket with everything.

    held_by  login of who has it, for a form that hands it on
    others   (login, name) of the colleagues to whom it may be handed now
    foreign  somebody else has it, and it may be taken over
    doubts   (code, label of the answer) of what does not fit together
    judging  whether this officer may judge the documents now; `reasons` words by code
    twins    open requests that may be the same one again
    main     the move that usually comes next, if there is one
    moves    the other moves that staff may make now
    views    who opened which document
    next     number of the most urgent other ticket
    help     how to work on it; None for a service that is no longer offered
    visit    when it is to be collected, if that is agreed
    """

    number: str
    title: str
    status: str
    applicant: str
    created: When
    promise: When
    late: bool
    holder: Who
    held_by: str
    others: Sequence[tuple[str, str]]
    foreign: bool
    doubts: Sequence[tuple[str, str]]
    answers: Sequence[Given]
    papers: Papers
    judging: bool
    reasons: Mapping[str, str]
    twins: Sequence[Twin]
    history: Sequence[Happened]
    views: Sequence[Look]
    main: Move | None
    moves: Sequence[Move]
    next: str
    visit: When | None
    help: Help | None


def show(tx: Tx, sight: Sight, number: str) -> Dossier:
    """A ticket of the officer's own office.  Raises Rejected: unknown."""
    row = tickets.look(tx, number)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    flow = sight.flow(row.service) or Flow(row.service, row.service, ())
    answers = read_answers(row.answers)
    context = sight.house.context(row.office_id, consented=True, quiet=False, now=sight.now)
    documents = _documents(flow, answers, context)
    names = {step.id: step.name for step in flow.steps}
    history = tickets.events(tx, row.id)
    of_file = {f: step.name for step in documents for f in answers.get(step.id, ())}
    visit = appointments.of_ticket(tx, row.id)
    moves = possible(row.status, "staff") if sight.flow(row.service) else ()
    in_hand = row.status in colleagues.IN_HAND
    return Dossier(
        number=row.number,
        title=flow.title,
        status=row.status,
        applicant=sight.applicant(row),
        created=sight.when(row.created_at),
        promise=sight.when(row.promise_at),
        late=row.status in WORKING and row.promise_at < sight.now,
        holder=sight.who(row.officer),
        held_by=row.officer,
        others=colleagues.others(tx, sight.officer, row.officer) if in_hand else (),
        foreign=in_hand and row.officer != sight.officer.login,
        doubts=_doubts(flow, row.warnings),
        answers=_answers(flow, answers, sight, context, row.warnings),
        papers=papers.read(tx, sight, row, documents, answers, history),
        judging=judging.possible(sight, row),
        reasons=papers.reasons(sight),
        twins=twins.of(tx, sight, [row]).get(row.id, ()),
        history=_history(sight, history, tickets.notes(tx, row.id), names),
        views=[_look(sight, each, of_file) for each in views.of_ticket(tx, row.id)],
        main=next((move for move in moves if move.name == MAIN.get(row.status)), None),
        moves=[move for move in moves if move.name != MAIN.get(row.status)],
        next=queue.first(tx, sight, besides=row.number) if row.status not in WORKING else "",
        visit=sight.when(visit.start_at) if visit is not None else None,
        help=of_service(sight, row.service) if sight.flow(row.service) else None,
    )


def _documents(flow: Flow, answers: Answers, context: Context) -> list[Step]:
    """The documents that this request needs, and those that came though it no longer does."""
    applying = {step.id for step in checklist.applying(flow, State(flow.id, answers), context)}
    return [
        step
        for step in flow.steps
        if step.kind == "document" and (step.id in applying or step.id in answers)
    ]


def _doubts(flow: Flow, codes: Sequence[str]) -> list[tuple[str, str]]:
    labels = {step.id: step.label for step in flow.steps}
    parts = [code.partition(":") for code in codes]
    return [(code, labels.get(step, step)) for code, _, step in parts]


def _answers(
    flow: Flow, answers: Answers, sight: Sight, context: Context, codes: Sequence[str]
) -> list[Given]:
    """What was answered, in the order of the checklist, also to questions since removed."""
    catalog = sight.house.catalog(sight.officer.office_id)
    scene = Scene(sight.house, sight.office, catalog, context, Session(), sight.now, sight.now)
    doubted = [code.partition(":") for code in codes]
    shown = []
    for step in flow.steps:
        if step.id not in answers or not step.label or step.kind not in ANSWERED:
            continue
        value = show_answer(step, answers[step.id], scene)
        doubts = [code for code, _, where in doubted if where == step.id]
        shown.append(Given(step.label, value, _digits(value), doubts))
    removed = ((key, raw) for key, raw in answers.items() if flow.step(key) is None)
    return shown + [Given(key, raw) for key, raw in removed if isinstance(raw, str)]


def _digits(value: str) -> list[str]:
    if not (value.isascii() and value.isdecimal() and len(value) >= 10):
        return []
    return [value[at : at + 4] for at in range(0, len(value), 4)]


def _look(sight: Sight, view: Any, names: Mapping[str, str]) -> Look:
    return Look(sight.when(view.at), sight.who(view.login), names.get(view.attachment_id, ""))


def _history(
    sight: Sight, events: Sequence[Any], notes: Sequence[Any], names: dict[str, str]
) -> list[Happened]:
    """What happened and what officers wrote, in the order of time."""
    lines = [(each.at, _happened(sight, each, names)) for each in events]
    for each in notes:
        author, at = sight.who(each.author), sight.when(each.at)
        lines.append((each.at, Happened(at, author, NOTE, each.text, (), Who("nobody"))))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _happened(sight: Sight, event: Any, names: dict[str, str]) -> Happened:
    return Happened(
        at=sight.when(event.at),
        who=sight.who(event.actor),
        move=event.move,
        note=event.note,
        documents=[names.get(each, "") for each in event.documents],
        whom=sight.who(event.officer),
    )
