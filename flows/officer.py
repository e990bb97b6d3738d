"""A message to a human of the office: in pieces, with photos, before and after the office is known.

Decides what a piece belongs to.  What becomes of a message that is complete is the handlers'.
"""

from dataclasses import replace
from datetime import date

from flows.checks import Refused, check
from flows.cleaning import clean
from flows.commands import OFFICER
from flows.model import Finish, Sent, Session, State

MORE = ("more",)
"""The topic of that talk once a message was sent: what comes next belongs to it.

Before that, its topic is the photos that came while it was asked for which office they are.
"""


def listening(session: Session) -> Session:
    """A message went to the officer: people write in pieces, so the next one is part of it."""
    return session.put(State(OFFICER, asked="message", topic=MORE))


def heard_out(session: Session) -> Session:
    """The session when nothing more belongs to the message that went to the officer."""
    state = session.states.get(OFFICER)
    return session.drop(OFFICER) if state is not None and state.topic == MORE else session


def early(state: State, text: str, today: date) -> State | None:
    """A text written instead of the office: kept for it.  None when it is no message."""
    pieces = f"{state.answers.get('message', '')}\n{text}"
    try:
        written = check("text", pieces, today).value
    except Refused:
        return None
    return replace(state, answers={**state.answers, "message": written})


def with_photo(state: State, event: Sent) -> State | Finish:
    """A photo is part of the message, or all of it: it goes there, or waits for the office."""
    caption = clean(event.caption)
    if state.asked == "message":
        return Finish(OFFICER, {"message": caption, "files": (*_files(state), event.attachment)})
    pieces = (str(state.answers.get("message", "")), caption)
    answers = {**state.answers, "message": "\n".join(filter(None, pieces))}
    return replace(state, answers=answers, topic=(*state.topic, event.attachment))


def complete(state: State, finish: Finish) -> Finish:
    """The message that was written, with its photos if it has any."""
    sent = _files(state)
    return replace(finish, answers={**finish.answers, "files": sent}) if sent else finish


def _files(state: State) -> tuple[str, ...]:
    """The photos that go with a message: sent for it, or kept since before it was begun."""
    sent = state.topic if state.topic != MORE else ()
    return (*sent, *state.waiting, *(file for file, _ in state.loose))
