"""An officer judges a document, or notes that its original was shown."""

from typing import Any

from flows.cleaning import clean
from flows.model import Step
from handlers import audit, moves
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.papers import ACCEPTED, REASON, REFUSED, version_of
from handlers.sessions import answers as read_answers
from storage import decisions, tickets
from storage.db import Tx

LONGEST_REASON = 200
AT_HAND = ("in_review", "ready")
"""The states in which an original is noted as shown."""


def judge(
    tx: Tx,
    sight: Sight,
    number: str,
    document: str,
    version: str,
    decision: str,
    *,
    was: str,
    reason: str = "",
    note: str = "",
) -> None:
    """Accept a document, or keep why it has to come again; a new ticket is taken by that.

    version  which coming of the document the officer saw; `was` what had been decided of it
    reason   a code that has words, or "" when `note` says it
    Raises Rejected: unknown, impossible (it has changed since), taken (a colleague has the
    ticket), judged (a colleague was quicker), refusal_missing, refusal_long.
    """
    row, _ = _named(tx, sight, number, document)
    if not version or version != version_of(read_answers(row.answers), document):
        raise Rejected("impossible")
    note = _reason(sight, decision, reason, note)
    if row.status == "submitted":
        moves.move(tx, sight, number, "take")
    elif row.status != "in_review":
        raise Rejected("impossible")
    elif not sight.mine_or_free(row):
        raise Rejected("taken")
    kept = decisions.decide(
        tx, row, document, version, decision, was=was, reason=reason, note=note,
        officer=sight.officer.login, now=sight.now,
    )  # fmt: skip
    if not kept:
        raise Rejected("judged")
    _note(tx, sight, row, document, decision, reason=reason or "own")


def tick(tx: Tx, sight: Sight, number: str, document: str, shown: bool) -> None:
    """Note that the original of a document was shown at the desk, or that it was not after all.

    Raises Rejected: unknown, impossible (no such original, or the ticket is closed), judged
    (a colleague was quicker).
    """
    row, step = _named(tx, sight, number, document)
    if not step.original or row.status not in AT_HAND:
        raise Rejected("impossible")
    done = (
        decisions.tick(tx, row, document, sight.officer.login, sight.now)
        if shown
        else decisions.untick(tx, row.id, document)
    )
    if not done:
        raise Rejected("judged")
    _note(tx, sight, row, document, "shown" if shown else "unshown")


def _reason(sight: Sight, decision: str, reason: str, note: str) -> str:
    """What was written in own words, if the decision may stand with these."""
    note = clean(note)
    if decision not in (ACCEPTED, REFUSED):
        raise Rejected("impossible")
    if len(note) > LONGEST_REASON:
        raise Rejected("refusal_long")
    known = f"{REASON}{reason}" in sight.house.words
    if decision == REFUSED and not (note if not reason else known):
        raise Rejected("refusal_missing")
    return note


def _named(tx: Tx, sight: Sight, number: str, document: str) -> tuple[Any, Step]:
    """The ticket of this office, locked, and one of the documents that came with it."""
    row = tickets.by_number(tx, number)
    if row is None or row.office_id != sight.officer.office_id:
        raise Rejected("unknown")
    flow = sight.flow(row.service)
    step = flow.step(document) if flow is not None else None
    if step is None or step.kind != "document" or document not in row.answers:
        raise Rejected("impossible")
    return row, step


def possible(sight: Sight, row: Any) -> bool:
    """Whether this officer may judge the documents of this ticket now."""
    return row.status in ("submitted", "in_review") and sight.mine_or_free(row)


def _note(tx: Tx, sight: Sight, row: Any, document: str, deed: str, **more: str) -> None:
    """Write down the deed; what was written in own words may be personal and stays out."""
    who, action = sight.officer.login, f"document.{deed}"
    audit.record(tx, row.office_id, who, action, row.number, sight.now, document=document, **more)
