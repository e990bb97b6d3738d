"""Letters drafted from a ticket's answers: numbered when issued, confirmed by a page, revocable.

The edge prints what `draft` and `printed` give, outside any transaction: an issued letter's
line in the register says all that does not stand in the ticket, so printing it again after a
crash gives the same letter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.cleaning import clean
from flows.model import Session
from handlers import audit
from handlers.desk import Sight, When, Who
from handlers.errors import Rejected
from handlers.letterhead import LetterKind, initials
from handlers.offices import House
from handlers.sessions import answers as read_answers
from handlers.wording import Scene, show
from handlers.words import say_date
from storage import letters, tickets
from storage.db import Tx

ISSUABLE = ("in_review", "ready")
"""The states of a ticket in which its letter may be issued."""
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Paper:
    """One letter to be printed: its template, what stands on it, and the time it bears.

    token  of the page that confirms it; empty for a draft
    """

    template: str
    data: Mapping[str, Any]
    at: datetime
    token: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the public page tells of a letter."""

    number: str
    title: str
    day: str
    office: str
    initials: str
    state: str
    until: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the register."""

    number: str
    title: str
    ticket: str
    at: When
    by: Who
    state: str


def register(tx: Tx, sight: Sight, year: int) -> list[Line]:
    """The office's register of a year, series by series; nothing in it names a citizen."""
    kinds = sight.house.letters
    return [
        Line(
            number=row.number,
            title=kinds[row.kind].title if row.kind in kinds else row.kind,
            ticket=row.ticket,
            at=sight.when(row.issued_at),
            by=sight.who(row.issued_by),
            state="revoked" if row.revoked_at is not None else "issued",
        )
        for row in letters.register(tx, sight.officer.office_id, year)
    ]


def draft(tx: Tx, sight: Sight, number: str) -> Paper:
    """The letter as it would be issued now.  Raises Rejected: unknown, no_letter."""
    ticket, kind = _ticket(tx, sight, number)
    data = _data(sight, ticket, kind, "", sight.now, None)
    return Paper(f"letter_{kind.id}", data, sight.now, "")


def issue(tx: Tx, sight: Sight, number: str) -> int:
    """Take the next number of the register; returns the letter's id.

    Raises Rejected: unknown, no_letter, impossible (not in hand), letter_there.
    """
    ticket, kind = _ticket(tx, sight, number)
    tickets.by_number(tx, number)  # locked: two officers do not issue twice
    if ticket.status not in ISSUABLE:
        raise Rejected("impossible")
    office, officer, now = sight.office, sight.officer, sight.now
    day = office.today(now)
    names = [str(ticket.answers.get(each, "")) for each in kind.names]
    sequence = tickets.next_number(tx, office.id, f"letter-{kind.code}-{day.year}")
    row = letters.add(
        tx,
        {
            "office_id": office.id, "ticket_id": ticket.id, "kind": kind.id, "series": kind.code,
            "year": day.year, "sequence": sequence,
            "number": office.letterhead.numbered(kind.code, sequence, day, office.code),
            "token": sight.house.token(), "initials": initials(names), "issued_at": now,
            "issued_by": officer.login, "state": "issued", "file": "", "revoked_by": "",
            "reason": "",
            "valid_until": now + timedelta(days=kind.days) if kind.days else None,
        },
    )  # fmt: skip
    if row is None:
        raise Rejected("letter_there")
    audit.record(tx, office.id, officer.login, "letter.issued", number, now)
    tickets.record(
        tx, ticket, actor=officer.login, move="letter_issued", before=ticket.status,
        after=ticket.status, now=now,
    )  # fmt: skip
    return row


def current(tx: Tx, sight: Sight, number: str) -> Any | None:
    """The letter in force of a ticket of this office.  Raises Rejected: unknown."""
    ticket = tickets.look(tx, number)
    if ticket is None or ticket.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    return next((row for row in letters.of_ticket(tx, ticket.id) if row.state == "issued"), None)


def printed(tx: Tx, sight: Sight, letter_id: int) -> Paper:
    """An issued letter as it is printed.  Raises Rejected: unknown, no_letter."""
    row = letters.get(tx, letter_id)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    ticket, kind = _ticket(tx, sight, row.ticket)
    data = _data(sight, ticket, kind, row.number, row.issued_at, row.valid_until)
    return Paper(f"letter_{kind.id}", data, row.issued_at, row.token)


def revoke(tx: Tx, sight: Sight, number: str, reason: str) -> None:
    """Take a letter back: its page says so from now on.

    Raises Rejected: unknown, no_letter, revocation_missing, note_long.
    """
    row, reason = current(tx, sight, number), clean(reason).strip()
    if row is None:
        raise Rejected("no_letter")
    if not reason:
        raise Rejected("revocation_missing")
    if len(reason) > LONGEST_REASON:
        raise Rejected("note_long")
    officer, ticket = sight.officer, tickets.look(tx, number)
    if not letters.revoke(tx, row.id, officer.login, reason, sight.now):
        raise Rejected("no_letter")
    audit.record(tx, officer.office_id, officer.login, "letter.revoked", number, sight.now)
    assert ticket is not None
    tickets.record(
        tx, ticket, actor=officer.login, move="letter_revoked", before=ticket.status,
        after=ticket.status, now=sight.now,
    )  # fmt: skip


def confirm(tx: Tx, house: House, token: str, now: datetime) -> Confirmed | None:
    """What the public page of that token tells; None when there is no such letter."""
    row = letters.by_token(tx, token.upper())
    if row is None:
        return None
    office = house.office(row.office_id)
    kind = house.letters.get(row.kind)
    over = row.valid_until is not None and row.valid_until <= now
    return Confirmed(
        number=row.number,
        title=kind.title if kind else row.kind,
        day=say_date(office.today(row.issued_at)),
        office=office.name,
        initials=row.initials,
        state="revoked" if row.revoked_at is not None else "over" if over else "valid",
        until=say_date(office.today(row.valid_until)) if row.valid_until else "",
    )


def _ticket(tx: Tx, sight: Sight, number: str) -> tuple[Any, LetterKind]:
    ticket = tickets.look(tx, number)
    if ticket is None or ticket.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    kind = sight.house.letters.get(ticket.service)
    if kind is None or sight.flow(ticket.service) is None:
        raise Rejected("no_letter")
    return ticket, kind


def _data(
    sight: Sight,
    ticket: Any,
    kind: LetterKind,
    number: str,
    at: datetime,
    until: datetime | None,
) -> dict[str, Any]:
    """What stands on the letter; without a number it is a draft."""
    office, flow = sight.office, sight.flow(ticket.service)
    head = office.letterhead
    context = sight.house.context(office.id, consented=True, quiet=False, now=at)
    catalog = sight.house.catalog(office.id)
    scene = Scene(sight.house, office, catalog, context, Session(), at, at)
    given = read_answers(ticket.answers)
    steps = flow.steps if flow is not None else ()
    said = {
        step.id: show(step, given[step.id], scene)
        for step in steps if step.id in given and step.kind != "document"
    }  # fmt: skip
    return {
        "draft": not number,
        "number": number,
        "title": kind.title,
        "office": office.name,
        "address": office.address,
        "government": head.government,
        "contact": head.contact,
        "place": head.place or office.name,
        "signer": {"title": head.title, "name": head.signer, "nip": head.nip},
        "day": say_date(office.today(at)),
        "until": say_date(office.today(until)) if until else "",
        "ticket": ticket.number,
        "answers": said,
        "chosen": {step.id: given[step.id] for step in steps
                   if step.kind == "choice" and step.id in given},
    }  # fmt: skip
