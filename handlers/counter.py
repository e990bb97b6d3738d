"""The page of a walk-in: what to ask the person at the counter, and how it is answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.dialogue import ask
from flows.model import Ask, Say, Session, State, Step
from handlers import doors, signing, walkins
from handlers.desk import Sight, When, Who
from handlers.letters import ISSUABLE
from handlers.message import Message
from handlers.rights import may
from handlers.sessions import decode
from handlers.walkins import CHANNEL
from handlers.wording import Scene, speak
from storage import conversations, letters, outbox, results, tickets
from storage import walkins as rows
from storage.db import Tx

SUGGESTED = {"self": "self", "family": "proxy", "officer": "proxy"}
"""Who speaks -> for whom the request most likely is: the option of a step "applicant"."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; `likely` fits what was said at the beginning."""

    token: str
    label: str
    likely: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A walk-in as it stands.

    number    of its ticket; empty while it is a draft
    notes     what was said besides the question: what was wrong, what was received
    question  to read aloud; empty when nothing is asked any more
    asked     id of that question
    kind      "choice", "text", "document", "waiting" (a photo is examined) or "over"
    done      answers given so far
    upload    secret of the page for photos, while it is open
    nonce     the form's own name
    """

    id: int
    title: str
    helper: str
    helper_name: str
    relation: str
    number: str
    notes: Sequence[str]
    question: str
    asked: str
    kind: str
    choices: Sequence[Choice]
    done: int
    upload: str
    upload_until: When | None
    nonce: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A walk-in that was not sent."""

    id: int
    title: str
    began: When


@dataclass(frozen=True, slots=True)
class Came:
    """How a ticket's person came to the counter, for the ticket's own page.

    by      the officer who filled the checklist
    joined  a chat was joined meanwhile: news goes there
    """

    walkin: int
    by: Who
    helper: str
    name: str
    relation: str
    mandate: str
    phone: str
    joined: bool


@dataclass(frozen=True, slots=True)
class Issued:
    """A letter of the register."""

    number: str
    state: str
    at: When
    by: Who
    reason: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What the counter adds to a ticket's page.

    drafted   this service ends in a letter, which may be issued now
    letters   those that were issued, the newest first
    openings  how often the document that was sent last was opened; None when none was sent
    revokes   this officer may take a letter back
    signed    the result as it was signed; None when there is none
    signable  one may be uploaded now
    """

    came: Came | None
    drafted: bool
    letters: Sequence[Issued]
    openings: int | None
    revokes: bool
    signed: signing.Kept | None
    signable: bool


def show(tx: Tx, sight: Sight, walkin_id: int) -> Page:
    """The page of a walk-in.  Raises Rejected: unknown."""
    row = walkins.mine(tx, sight.officer, walkin_id, sight.now)
    chat = conversations.find(tx, CHANNEL, row.address)
    assert chat is not None
    session = decode(chat.session)
    notes, question, choices = _said(tx, sight, row, chat, session)
    state = session.state
    open_upload = bool(row.upload) and row.upload_until > sight.now
    ticket = tickets.of_person(tx, row.person_id) if row.ticket_id else []
    return Page(
        id=row.id,
        title=sight.title(row.service),
        helper=row.helper,
        helper_name=row.helper_name,
        relation=row.relation,
        number=next((t.number for t in ticket if t.id == row.ticket_id), ""),
        notes=notes,
        question=question,
        asked=state.asked if state is not None else "",
        kind=_kind(sight, state),
        choices=[
            Choice(each.token, each.label, _likely(row.helper, each.token))
            for each in choices if each.numbered
        ],
        done=len(state.answers) if state is not None else 0,
        upload=row.upload if open_upload else "",
        upload_until=sight.when(row.upload_until) if open_upload else None,
        nonce=sight.house.secret(),
    )  # fmt: skip


def _said(
    tx: Tx, sight: Sight, row: Any, chat: Any, session: Session
) -> tuple[list[str], str, Sequence[Any]]:
    """What came since the last answer, the open question, and what may be chosen."""
    sent = outbox.sent_to(tx, CHANNEL, row.address, row.after)
    heard = [message for message in (Message.of(each.payload) for each in sent)
             if message.text and not message.kind]  # fmt: skip
    question = _question(sight, chat, session)
    if question is None:
        return [message.text for message in heard], "", ()
    if heard and any(choice.numbered for choice in heard[-1].choices):
        return [message.text for message in heard[:-1]], heard[-1].text, heard[-1].choices
    notes = [message.text for message in heard if message.text != question.text]
    return notes, question.text, question.choices


def _question(sight: Sight, chat: Any, session: Session) -> Message | None:
    """The question at which the conversation stands, asked anew; None when it is over."""
    if session.state is None:
        return None
    office = sight.officer.office_id
    consented = conversations.agreed(chat, sight.house.consent, office)
    context = sight.house.context(office, consented=consented, quiet=False, now=sight.now)
    catalog = sight.house.catalog(office)
    reply = ask(catalog, session, context)
    scene = Scene(
        sight.house, sight.office, catalog, context, reply.session, chat.seen_at, sight.now
    )
    asks = [effect for effect in reply.effects if isinstance(effect, Ask | Say)]
    return speak(asks[-1], scene) if asks else None


def _kind(sight: Sight, state: State | None) -> str:
    if state is None:
        return "over"
    if state.waiting:
        return "waiting"
    step = _step(sight, state)
    if step is not None and step.kind in ("text", "date"):
        return "text"
    return "document" if step is not None and step.kind == "document" else "choice"


def _step(sight: Sight, state: State) -> Step | None:
    flow = sight.house.catalog(sight.officer.office_id).flow(state.flow)
    return flow.step(state.asked) if flow is not None else None


def _likely(helper: str, token: str) -> bool:
    return token.endswith(f"/applicant:{SUGGESTED[helper]}")


def drafts(tx: Tx, sight: Sight) -> list[Draft]:
    """The officer's own walk-ins that were not sent, newest first."""
    officer = sight.officer
    found = rows.drafts(tx, officer.office_id, officer.login, sight.now)
    return [
        Draft(row.id, sight.title(row.service), sight.when(row.created_at))
        for row in found if row.session
    ]  # fmt: skip


def waiting(tx: Tx, sight: Sight, walkin_id: int) -> bool:
    """Whether a photo of this walk-in is still being examined.  Raises Rejected: unknown."""
    row = walkins.mine(tx, sight.officer, walkin_id, sight.now)
    state = decode(row.session).state
    return state is not None and bool(state.waiting)


def beside(tx: Tx, sight: Sight, number: str) -> Beside:
    """What the counter adds to the page of a ticket that the officer sees."""
    ticket = tickets.look(tx, number)
    assert ticket is not None
    sent = results.of_ticket(tx, ticket.id)
    return Beside(
        came=_came(tx, sight, ticket),
        drafted=ticket.service in sight.house.letters and ticket.status in ISSUABLE,
        letters=[
            Issued(row.number, row.state, sight.when(row.issued_at), sight.who(row.issued_by),
                   row.reason)
            for row in letters.of_ticket(tx, ticket.id)
        ],
        openings=sent[0].openings if sent else None,
        revokes=may(sight.officer.role, "letters"),
        signed=signing.show(tx, sight, ticket),
        signable=ticket.status in ISSUABLE,
    )  # fmt: skip


def _came(tx: Tx, sight: Sight, ticket: Any) -> Came | None:
    row = rows.of_ticket(tx, ticket.id) if ticket.channel == CHANNEL else None
    if row is None:
        return None
    chats = conversations.of_person(tx, ticket.person_id)
    joined = any(chat.channel != doors.DESK for chat in chats)
    return Came(
        row.id, sight.who(row.officer), row.helper, row.helper_name, row.relation, row.mandate,
        row.phone, joined,
    )  # fmt: skip


def is_open(tx: Tx, secret: str, now: datetime) -> str | None:
    """The office of the walk-in whose page for photos this is; None when it is closed."""
    row = rows.by_upload(tx, secret, now)
    return str(row.office_id) if row is not None else None
