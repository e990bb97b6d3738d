"""Broadcasts as staff write them: checked, counted, and as one person reads them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from handlers import doors, segments
from handlers import enclosures as enclosing
from handlers.errors import Rejected
from handlers.estimates import Reach, reach
from handlers.lengths import PURPOSES, VARIABLES, filled, too_long
from handlers.message import Button, Message
from handlers.offices import House, Office
from storage import broadcasts, conversations, enclosures, links
from storage.db import Tx
from storage.outbox import put

EVERY: Mapping[str, timedelta] = {"weekly": timedelta(days=7), "monthly": timedelta(days=28)}
TAP = "b:"
"""How the token of a broadcast's button begins: "b:17:0" is the first button of number 17."""
TITLE, LABEL, BUTTONS = 60, 20, 3
"""Most characters of title and a button, and most buttons: what WhatsApp shows of each."""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote: the parts of a broadcast that they choose.

    enclosure  id of the file that goes with it
    """

    title: str
    body: str
    purpose: str = "news"
    buttons: Sequence[tuple[str, str]] = ()
    segment: Mapping[str, Any] = field(default_factory=dict)
    holdout: int = 5
    every: str = ""
    enclosure: str = ""


def write(
    tx: Tx,
    house: House,
    office: Office,
    written: Written,
    author: str,
    seed: int,
    now: datetime,
    draft: int | None = None,
) -> int:
    """Keep a draft, new or written over; returns its id.  Raises Rejected.

    seed  what the hold-out group is drawn with
    """
    values = checked(house, office, written)
    file = enclosures.get(tx, written.enclosure) if written.enclosure else None
    if written.enclosure and (file is None or file.office_id != office.id):
        raise Rejected("file_gone")
    if draft is None:
        return broadcasts.create(tx, {
            "office_id": office.id, "author": author, "seed": seed, "state": "draft",
            "approver": "", "cursor": 0, "until": 0, "size": 0, "held": 0, "tried": 0, "lost": 0,
            "left": 0, "reason": "", "created_at": now, "updated_at": now, **values,
        })  # fmt: skip
    of_office(tx, office.id, draft)
    if not broadcasts.change(tx, draft, ("draft",), now, author=author, **values):
        raise Rejected("broadcast_changed")
    return draft


def checked(house: House, office: Office, written: Written) -> dict[str, Any]:
    """What was written, as it is kept.  Raises Rejected."""
    title, body = " ".join(written.title.split()), written.body.replace("\r\n", "\n").strip()
    buttons = [(" ".join(label.split()), service) for label, service in written.buttons if label]
    segment = segments.tidy(house, office, written.segment)
    long = too_long(house, office, body, segment)
    unknown = set(re.findall(r"\{(\w*)\}", body)) - set(VARIABLES)
    catalog = house.catalog(office.id)
    troubles = (
        (not 0 < len(title) <= TITLE, "broadcast_title"),
        (not body, "broadcast_empty"),
        (bool(unknown) or bool(re.search(r"[{}]", re.sub(r"\{\w*\}", "", body))),
         "broadcast_variable"),
        (bool(long), f"broadcast_long_{long}"),
        (written.purpose not in PURPOSES, "broadcast_purpose"),
        (len(buttons) > BUTTONS, "broadcast_buttons"),
        (any(len(label) > LABEL for label, _ in buttons), "broadcast_label"),
        (len({label for label, _ in buttons}) < len(buttons), "broadcast_twice"),
        (any(service not in catalog.services for _, service in buttons), "broadcast_service"),
        (not 0 <= written.holdout <= 50, "broadcast_holdout"),
        (written.every not in ("", *EVERY), "broadcast_every"),
    )  # fmt: skip
    for wrong, code in troubles:
        if wrong:
            raise Rejected(code)
    return {
        "title": title, "body": body, "purpose": written.purpose, "holdout": written.holdout,
        "every": written.every, "segment": segment, "enclosure": written.enclosure,
        "buttons": [{"label": label, "service": service} for label, service in buttons],
    }  # fmt: skip


def foresee(tx: Tx, house: House, office: Office, written: Written, now: datetime) -> Reach:
    """Whom it would reach, and what that would cost, before it is kept.  Raises Rejected."""
    values = checked(house, office, written)
    return reach(tx, house, SimpleNamespace(office_id=office.id, seed=0, **values), now)


def message(house: House, office: Office, row: Any, name: str) -> Message:
    """A broadcast as one person reads it."""
    text = filled(house, office, row.body, name)
    shown = house.words.say(f"broadcast_{row.purpose}", text=text)
    buttons = tuple(
        Button(each["label"], f"{TAP}{row.id}:{number}") for number, each in enumerate(row.buttons)
    )
    return Message(
        shown, buttons, kind="broadcast", template=f"broadcast_{row.purpose}",
        values={"text": text, "office": office.name}, enclosure=row.enclosure,
        link=enclosing.link(house, row.enclosure),
    )  # fmt: skip


def of_office(tx: Tx, office_id: str, broadcast_id: int, lock: bool = False) -> Any:
    """An office's own broadcast; the same Rejected for a foreign one and for none."""
    row = (broadcasts.hold if lock else broadcasts.get)(tx, broadcast_id)
    if row is None or row.office_id != office_id:
        raise Rejected("not_found")
    return row


def trial(tx: Tx, house: House, office: Office, row: Any, code: str, now: datetime) -> None:
    """Send it to one chat, to be looked at: the one that gave this code.

    Raises Rejected "trial_code" when the code is not valid.
    """
    found = links.use(tx, doors.kept(code), now)
    if found is None:
        raise Rejected("trial_code")
    chat = conversations.get(tx, found)
    shown = message(house, office, row, chat.name)
    put(
        tx, office_id=office.id, channel=chat.channel, address=chat.address,
        payloads=[shown.payload()], now=now,
    )  # fmt: skip
