"""A chat's session as text for its row, and back.  Reads what an older version wrote."""

from collections.abc import Mapping
from typing import Any

import orjson

from flows.model import Session, State

_KEPT = ("asked", "tries", "growing", "ticket", "topic", "waiting", "loose", "doubtful")


def encode(session: Session) -> str:
    """The session as compact JSON; an empty one is the empty text."""
    if not session.states:
        return ""
    states = [_encode_state(state) for state in session.states.values()]
    data = {"current": session.current, "states": states}
    return orjson.dumps(data).decode()


def decode(text: str) -> Session:
    """The session of a row."""
    if not text:
        return Session()
    data = orjson.loads(text)
    states = [_decode_state(each) for each in data["states"]]
    return Session(data["current"], {state.key: state for state in states})


def answers(raw: Mapping[str, Any]) -> dict[str, str | tuple[str, ...]]:
    """Answers as they come out of JSON, with lists as tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}


def _encode_state(state: State) -> dict[str, Any]:
    data: dict[str, Any] = {"flow": state.flow, "answers": state.answers}
    for name in _KEPT:
        value = getattr(state, name)
        if value:
            data[name] = value
    return data


def _decode_state(data: Mapping[str, Any]) -> State:
    return State(
        flow=data["flow"],
        answers=answers(data["answers"]),
        asked=data.get("asked", ""),
        tries=data.get("tries", 0),
        growing=data.get("growing", ""),
        ticket=data.get("ticket", ""),
        topic=tuple(data.get("topic", ())),
        waiting=tuple(data.get("waiting", ())),
        loose=tuple((file, kind) for file, kind in data.get("loose", ())),
        doubtful=tuple((file, kind) for file, kind in data.get("doubtful", ())),
    )
