"""What the buttons below a message to staff do: for linked staff of that office, and once.

Every tap is answered in a few words; a stale one says what is true by now, and the message
under which it hung shows it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.lifecycle import MOVES
from handlers import alerts, moves, papers, posts, question_files, talks
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.message import Button, Message
from handlers.offices import House, Office
from handlers.staff import Officer
from storage import alerts as posted
from storage import outbox, questions
from storage import talks as held
from storage import tickets as rows
from storage.db import Tx

REASONS = ("blurred", "cut", "wrong", "old", "unsigned")
"""Why a document is asked for again; the words that the citizen reads are `reason_…`."""
_NUMBER = re.compile(r"[0-7]?[0-9a-f]{1,7}")
"""As many as an id can have."""
NAMED = 3
"""Most documents that the answer to a tap has room to name."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap by somebody known: under which message, and what the button said to do."""

    alert: Any
    door: Any
    action: str
    given: Sequence[str]

    def sight(self, tx: Tx, house: House, now: datetime) -> Sight:
        """What they would see at the desk."""
        door = self.door
        officer = Officer(door.office_id, door.login, door.name, door.role, "", now)
        return Sight.of(tx, house, officer, now)


Found = tuple[Any, list[str]]
"""The message under which a button hangs, and the words of the button."""


def read(tx: Tx, token: str, channel: str, address: str) -> Found | None:
    """What a button means; None when it is none of ours, or not of this chat.

    A forwarded message keeps its buttons.
    """
    number, *words = token.removeprefix(posts.STAFF).split(":")
    if not _NUMBER.fullmatch(number):
        return None
    alert = posted.get(tx, int(number, 16))
    if alert is None or not words or (alert.channel, alert.address) != (channel, address):
        return None
    return alert, words


def answer(tx: Tx, house: House, found: Found | None, door: Any | None, now: datetime) -> str:
    """What a tap led to, in a few words; a stranger's leads to nothing.

    door  of whoever tapped; None when they have linked no chat
    """
    if door is None:
        return house.words.say("answer_not_linked")
    if found is None:
        return house.words.say("answer_gone")
    alert, (action, *given) = found
    if door.office_id != alert.office_id:
        return house.words.say("answer_not_staff")
    return act(tx, house, Tap(alert, door, action, given), now)


def act(tx: Tx, house: House, tap: Tap, now: datetime) -> str:
    """Do what the button says; returns the answer to whoever tapped it."""
    office = house.office(tap.alert.office_id)
    match tap.alert.kind, tap.action:
        case "ticket", _:
            return _on_ticket(tx, house, office, tap, now)
        case "question", "read":
            return _on_question(tx, house, office, tap, now)
        case "talk", "end":
            return _on_talk(tx, house, office, tap, now)
    return house.words.say("answer_gone")


def _on_ticket(tx: Tx, house: House, office: Office, tap: Tap, now: datetime) -> str:
    number = tap.alert.subject
    row = rows.by_number(tx, number)
    if row is None or row.office_id != tap.door.office_id:
        return house.words.say("answer_gone")
    try:
        match tap.action, tap.given:
            case "take", []:
                moves.move(tx, tap.sight(tx, house, now), number, "take")
                return house.words.say("answer_taken", number=number, officer=tap.door.name)
            case "back", []:
                posts.change(tx, office, tap.alert, alerts.about(tx, house, office, row), now)
                return house.words.say("answer_back")
            case "talk", []:
                return _talk(tx, house, office, tap, row, now)
            case "ask" | "ready", given:
                _may_work(row, tap)
                if tap.action == "ask":
                    return _ask(tx, house, office, tap, row, given, now)
                return _ready(tx, house, office, tap, row, given, now)
    except Rejected as rejected:
        row = rows.by_number(tx, number)
        assert row is not None
        posts.change(tx, office, tap.alert, alerts.about(tx, house, office, row), now)
        if rejected.code == "refused_left":
            return _refused_left(tx, house, tap, row, now)
        return _stands(tx, house, row)
    return house.words.say("answer_gone")


def _may_work(row: Any, tap: Tap) -> None:
    """Whoever has the request moves it on.  Raises Rejected: taken, impossible."""
    if row.status != "in_review":
        raise Rejected("impossible")
    if row.officer not in ("", tap.door.login):
        raise Rejected("taken")


def _ask(
    tx: Tx,
    house: House,
    office: Office,
    tap: Tap,
    row: Any,
    given: Sequence[str],
    now: datetime,
) -> str:
    """Which document, then why, then the citizen is asked: each a tap, under the same message."""
    flow = house.catalog(office.id).services.get(row.service)
    steps = [
        s for s in (flow.steps if flow else ()) if s.kind == "document" and s.id in row.answers
    ]
    match given:
        case []:
            names = [(step.id, step.label) for step in steps]
            question = house.words.say("ask_which", number=row.number)
        case [step] if step in [each.id for each in steps]:
            names = [(f"{step}:{why}", house.words.say(f"reason_{why}_short")) for why in REASONS]
            label = next(each.label for each in steps if each.id == step)
            question = house.words.say("ask_why", number=row.number, label=label)
        case [step, why] if why in REASONS:
            again = {step: house.words.say(f"reason_{why}")}
            moves.move(tx, tap.sight(tx, house, now), row.number, "send_back", again=again)
            return house.words.say("answer_asked", number=row.number)
        case _:
            raise Rejected("impossible")
    _choose(tx, house, office, tap, question, [(f"ask:{key}", label) for key, label in names], now)
    return house.words.say("answer_choose")


def _ready(
    tx: Tx,
    house: House,
    office: Office,
    tap: Tap,
    row: Any,
    given: Sequence[str],
    now: datetime,
) -> str:
    """Asked once more, for the citizen hears of it at once."""
    sight = tap.sight(tx, house, now)
    if given == ["yes"]:
        moves.move(tx, sight, row.number, "finish")
        return house.words.say("answer_ready", number=row.number)
    if papers.refusals(tx, sight, row):
        raise Rejected("refused_left")
    question = house.words.say("ready_sure", number=row.number)
    yes = house.words.say("button_ready_yes")
    _choose(tx, house, office, tap, question, [("ready:yes", yes)], now)
    return house.words.say("answer_choose")


def _choose(
    tx: Tx,
    house: House,
    office: Office,
    tap: Tap,
    question: str,
    choices: Sequence[tuple[str, str]],
    now: datetime,
) -> None:
    """The message asks something; its buttons are the answers, and a way back."""

    def make(prefix: str) -> Message:
        back = Button(house.words.say("button_back"), f"{prefix}back")
        return Message(question, (*(Button(label, prefix + key) for key, label in choices), back))

    posts.change(tx, office, tap.alert, make, now)


def _talk(tx: Tx, house: House, office: Office, tap: Tap, row: Any, now: datetime) -> str:
    """Hold the citizen's chat; what is written to them is a reply in the officer's own."""
    login = tap.door.login
    try:
        number = talks.about(tx, house, office, row, login, now)
    except Rejected:
        return house.words.say("answer_no_chat")
    talk = held.look(tx, number)
    assert talk is not None
    if talk.officer != login:
        return house.words.say("answer_talk_held", officer=alerts.name(tx, talk.officer))

    def make(prefix: str) -> Message:
        ends = Button(house.words.say("button_end_talk"), f"{prefix}end")
        return Message(house.words.say("talk_prompt", number=row.number), (ends,))

    own = posts.own(tx, office, [login])
    posts.post(tx, house, office, own, "talk", str(number), make, now, priority=outbox.REPLY)
    return house.words.say("answer_talk_begun")


def _on_question(tx: Tx, house: House, office: Office, tap: Tap, now: datetime) -> str:
    """The words of a question, in the own chat of whoever wants to answer it."""
    row = questions.get(tx, int(tap.alert.subject))
    if row is None:
        return house.words.say("answer_gone")
    if row.answered_at is not None:
        who = alerts.name(tx, row.answered_by)
        return house.words.say("answer_answered", officer=who)
    alerts.read_out(tx, house, office, row.id, row.text, [tap.door.login], now)
    question_files.read_out(tx, house, office, row, [tap.door.login], now)
    return house.words.say("answer_read")


def _on_talk(tx: Tx, house: House, office: Office, tap: Tap, now: datetime) -> str:
    try:
        talks.end(tx, house, office, int(tap.alert.subject), tap.door.login, now)
    except Rejected:
        return house.words.say("answer_talk_over")
    return house.words.say("answer_talk_ended")


def _refused_left(tx: Tx, house: House, tap: Tap, row: Any, now: datetime) -> str:
    """What keeps a request from being ready, by name: the kinds of its documents."""
    sight = tap.sight(tx, house, now)
    flow, refused = sight.flow(row.service), papers.refusals(tx, sight, row)
    labels = [step.label for step in (flow.steps if flow else ()) if step.id in refused]
    documents, more = labels[:NAMED], len(labels[NAMED:])
    return house.words.say("answer_refused_left", documents=documents, more=more)


def _stands(tx: Tx, house: House, row: Any) -> str:
    """How a request stands that somebody else was quicker with."""
    taken = row.status in MOVES["finish"].before
    who = alerts.name(tx, row.officer) if taken else ""
    return house.words.say("answer_stands", number=row.number, status=row.status, officer=who)
