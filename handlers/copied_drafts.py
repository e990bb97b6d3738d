"""What a citizen began and has not sent: part of the copy of their data, for it is kept too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.model import State
from handlers.copied import File, answers, shown_in
from handlers.offices import House
from handlers.sessions import decode
from storage import privacy
from storage.db import Tx

FOLDER = "draf"
"""The folder of its files in the copy."""


@dataclass(frozen=True, slots=True)
class Begun:
    """One request that was begun, or one that is being corrected: then with its number."""

    title: str
    number: str
    answers: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Unsent:
    """All of it; `files` are (name in the copy, what it was sent as)."""

    begun: list[Begun]
    files: list[tuple[str, str]]


def unsent(
    tx: Tx, house: House, chat: Any, office_id: str, now: datetime
) -> tuple[Unsent, list[File]]:
    """What was begun in a chat, at one office or at all, and where its files are."""
    offices = {row.number: row.office_id for row in privacy.tickets(tx, chat.id)}
    begun: list[Begun] = []
    labels: dict[str, str] = {}
    for state in decode(chat.session).states.values():
        where = offices.get(state.ticket, chat.office_id)
        flow = house.catalog(where).flow(state.flow)
        labels |= shown_in(flow, state.answers)
        found = _begun(house, where, state, now)
        if found is not None and office_id in ("", where):
            begun.append(found)
    rows = enumerate(privacy.unsent(tx, chat.id, office_id), 1)
    files = [File.of(row, FOLDER, number) for number, row in rows]
    return Unsent(begun, [(each.name, labels.get(each.id, "")) for each in files]), files


def _begun(house: House, office_id: str, state: State, now: datetime) -> Begun | None:
    """A state as people read it; None for a talk in which nothing was said yet."""
    catalog = house.catalog(office_id)
    flow = catalog.flow(state.flow)
    given = answers(house, office_id, flow, state.answers, now)
    if not given and state.flow not in catalog.services:
        return None
    return Begun(flow.title if flow else state.flow, state.ticket, given)
