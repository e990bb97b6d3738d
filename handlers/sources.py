"""Which poster brought whom: a code on every link, counted when somebody comes by it.

Counts chats, never says who.  Somebody who comes by two posters counts for the later one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers.errors import Rejected
from handlers.offices import House
from storage import sources
from storage.db import Tx
from storage.tickets import next_number

PRINTED = ("poster", "sheet", "card")
"""A4, A5, and a table card to be folded."""
UNPRINTED = {"info": "page", "bagi": "share"}
"""Links that nobody prints: on the public pages, and passed on to neighbours."""
COUNTS_FOR = timedelta(days=30)
"""What somebody does so long after they came counts for the poster."""
PLACE = 60
"""Most characters of a place."""


@dataclass(frozen=True, slots=True)
class Came:
    """A source and what it brought.

    title  of the service; empty for all of them
    """

    code: str
    kind: str
    service: str
    title: str
    place: str
    came: int
    started: int
    finished: int

    @property
    def printed(self) -> bool:
        return self.kind in PRINTED


def make(
    tx: Tx, house: House, office_id: str, kind: str, service: str, place: str, by: str,
    now: datetime,
) -> str:  # fmt: skip
    """The code of a poster at a place: a new one, or that of the one made before.

    Raises Rejected: kind_unknown, service_unknown, place_missing, place_long.
    """
    place = " ".join(place.split())
    if kind not in PRINTED:
        raise Rejected("kind_unknown")
    if service and service not in house.catalog(office_id).services:
        raise Rejected("service_unknown")
    if not place:
        raise Rejected("place_missing")
    if len(place) > PLACE:
        raise Rejected("place_long")
    before = sources.at_place(tx, office_id, kind, service, place)
    if before is not None:
        return str(before.code)
    code = f"k{next_number(tx, office_id, 'source')}"
    sources.make(
        tx, office_id=office_id, code=code, kind=kind, service=service, place=place,
        made_by=by, made_at=now,
    )  # fmt: skip
    return code


def find(tx: Tx, office_id: str, code: str) -> Any:
    """A printed source of this office.  Raises Rejected: unknown."""
    row = sources.by_code(tx, office_id, code)
    if row is None or row.kind not in PRINTED:
        raise Rejected("unknown")
    return row


def listed(tx: Tx, house: House, office_id: str) -> list[Came]:
    """What each source of an office brought, newest first."""
    services = house.catalog(office_id).services
    return [
        Came(
            row.code, row.kind, row.service,
            services[row.service].title if row.service in services else "",
            row.place, row.came, row.started, row.finished,
        )
        for row in sources.counted(tx, office_id)
    ]  # fmt: skip


def arrived(tx: Tx, office_id: str, chat: Any, code: str, now: datetime) -> Any:
    """A chat came by a link with that code; returns the chat as it is then.

    A code that we never gave out counts for nothing.
    """
    if code in UNPRINTED:
        sources.make(
            tx, office_id=office_id, code=code, kind=UNPRINTED[code], service="", place="",
            made_by="", made_at=now,
        )  # fmt: skip
    row = sources.by_code(tx, office_id, code)
    if row is None:
        return chat
    sources.arrive(tx, office_id, row.id, chat.id, now)
    return chat._replace(source_id=row.id)


def started(tx: Tx, chat: Any, now: datetime) -> None:
    """That chat began a request."""
    if chat.source_id is not None:
        sources.reached(tx, chat.source_id, chat.id, "started_at", now, now - COUNTS_FOR)


def finished(tx: Tx, chat: Any, now: datetime) -> None:
    """That chat sent a request."""
    if chat.source_id is not None:
        sources.reached(tx, chat.source_id, chat.id, "finished_at", now, now - COUNTS_FOR)
