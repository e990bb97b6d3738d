"""What officers say often: shipped for all, added to by each office, filled in for one citizen.

An office's own reply takes the place of a shipped one with the same title; dropped, the shipped
one is back.
"""

import re

from flows.cleaning import clean
from handlers import audit
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.replies import Reply, unknown
from handlers.words import say_time
from storage import canned, talks, tickets
from storage.db import Tx

LONGEST_TITLE, LONGEST = 40, 1500
"""Characters."""
GAP = "…"
"""In place of what is not known: the officer sees it and writes it."""


def every(tx: Tx, sight: Sight) -> list[Reply]:
    """The replies of the officer's office, by title."""
    own = {row.title: row.text for row in canned.of_office(tx, sight.officer.office_id)}
    found = {each.title: each for each in sight.house.replies.replies}
    found |= {title: Reply(title, text, own=True) for title, text in own.items()}
    return sorted(found.values(), key=lambda each: each.title.casefold())


def save(tx: Tx, sight: Sight, title: str, text: str) -> None:
    """Keep a reply for the office.

    Raises Rejected: canned_title, canned_text (empty or too long), canned_variable.
    """
    title, text = re.sub(r"\s+", " ", clean(title)), clean(text)
    if not title or len(title) > LONGEST_TITLE:
        raise Rejected("canned_title")
    if not text or len(text) > LONGEST:
        raise Rejected("canned_text")
    if unknown(text, sight.house.replies.variables):
        raise Rejected("canned_variable")
    office, login = sight.officer.office_id, sight.officer.login
    canned.keep(tx, office, title, text, login, sight.now)
    audit.record(tx, office, login, "settings.changed", "canned_replies", sight.now)


def drop(tx: Tx, sight: Sight, title: str) -> None:
    """Forget one of the office's own."""
    office, login = sight.officer.office_id, sight.officer.login
    if canned.drop(tx, office, title):
        audit.record(tx, office, login, "settings.changed", "canned_replies", sight.now)


def filled(tx: Tx, sight: Sight, talk_id: int, title: str) -> str:
    """A reply as it is said in that talk; empty when there is none of that title."""
    reply = next((each for each in every(tx, sight) if each.title == title), None)
    talk = talks.look(tx, talk_id)
    if reply is None or talk is None or talk.office_id != sight.officer.office_id:
        return ""
    ticket = tickets.look(tx, talk.number) if talk.number else None
    known = {"name": GAP, "number": GAP, "office": sight.office.name, "promise": GAP}
    if ticket is not None:
        promise = max(ticket.promise_at, ticket.next_promise_at or ticket.promise_at)
        known["name"] = sight.applicant(ticket) or GAP
        known["number"] = ticket.number
        known["promise"] = say_time(promise, sight.office.calendar.zone)
    words = {word: known[what] for word, what in sight.house.replies.variables.items()}
    return reply.text.format_map(words)
