"""Many people who will have to be reminded: a few who came through the handlers, and their likes.

Each came at another time, so that something falls due at every hour for weeks.
"""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from handlers import arming
from handlers.offices import House
from handlers.tickets import Actor, move
from storage import tickets
from storage.db import Database, Tx
from storage.tables import CONVERSATIONS, DUE, PEOPLE, TICKET_EVENTS, TICKETS
from talk import MONDAY, Citizen

SARI = Actor("staff", "sari", "Bu Sari")


def gather(database: Database, house: House, each: int, over: timedelta) -> None:
    """So many of each sort: a draft, documents to send again, a result, a promise; two offices.

    over  the time within which they came, one after the other
    """
    models = [_draft(database, house), _sent_back(database, house)]
    models += [_finished(database, house), _promised(database, house)]
    database.write(lambda tx: tx.execute(sa.delete(DUE)))
    for model in models:
        database.write(lambda tx, model=model: _multiply(tx, house, model, each, over))


def _draft(database: Database, house: House) -> str:
    return Citizen(database, house, "1").starts("ktp_ganti").continues(until="nik").address


def _sent_back(database: Database, house: House) -> str:
    citizen = Citizen(database, house, "2").submits()
    _moves(citizen, "take")
    _moves(citizen, "send_back", note="Kabur.", documents=["kk_photo"])
    return citizen.address


def _finished(database: Database, house: House) -> str:
    citizen = Citizen(database, house, "3").submits(office="ma")
    _moves(citizen, "take")
    _moves(citizen, "finish")
    return citizen.address


def _promised(database: Database, house: House) -> str:
    return Citizen(database, house, "4").submits(office="ma").address


def _moves(citizen: Citizen, name: str, **more: Any) -> None:
    office = "ma" if citizen.ticket.startswith("MA") else "pu"
    citizen.database.write(
        lambda tx: move(tx, citizen.house, office, citizen.ticket, name, SARI, citizen.now, **more)
    )


def _multiply(tx: Tx, house: House, address: str, times: int, over: timedelta) -> None:
    """Others in the same place, who came at other times."""
    chat = tx.execute(sa.select(CONVERSATIONS).where(CONVERSATIONS.c.address == address)).one()
    ticket = tx.execute(sa.select(TICKETS).where(TICKETS.c.person_id == chat.person_id)).first()
    person = tx.execute(sa.select(PEOPLE).where(PEOPLE.c.id == chat.person_id)).one()
    for number in range(times):
        came = MONDAY + over * number / times
        new = _copy(tx, PEOPLE, person)
        where = f"{address}{number:04}"
        seen = {"person_id": new, "address": where, "seen_at": came}
        again = _copy(tx, CONVERSATIONS, chat, **seen)
        if ticket is None:
            arming.draft(tx, house, chat.office_id, again, came)
            continue
        name = f"{ticket.number[:8]}{int(where):05}-0"
        office = house.office(ticket.office_id)
        promise = office.calendar.promise(came, office.check_within)
        who = {"person_id": new, "conversation_id": again, "number": name, "promise_at": promise}
        copied = _copy(tx, TICKETS, ticket, **who)
        for event in tickets.events(tx, ticket.id):
            _copy(tx, TICKET_EVENTS, event, ticket_id=copied)
        match ticket.status:
            case "needs_correction":
                arming.correction(tx, house, office.id, name, came)
            case "ready":
                arming.ready(tx, house, office.id, name, came)
            case "submitted":
                arming.promise(tx, house, office, name, promise, came)


def _copy(tx: Tx, table: sa.Table, row: Any, **changed: Any) -> int:
    values = {column.name: getattr(row, column.name) for column in table.c if column.name != "id"}
    values |= changed
    key = tx.execute(sa.insert(table).values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])
