"""Who did what, and whether the record of it is whole.

`record` is called in the transaction of the deed itself: both are kept or neither.  Entries
carry no personal data, so they outlive what is erased.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.lifecycle import MOVES
from storage import audit
from storage.db import Tx

ACTIONS: Mapping[str, Sequence[str]] = {
    "access": ("in", "refused", "code_refused", "others_out", "factor_set", "factor_dropped",
               "linked", "unlinked"),
    "staff": (
        "invited", "added", "disabled", "enabled", "role", "password", "factor_reset", "signed_out",
        "section",
    ),
    "ticket": (*(name for name in MOVES if name != "resubmit"), "take_over", "hand_to", "answered"),
    "talk": ("begun", "taken", "ended"),
    "document": ("viewed", "accepted", "refused", "shown", "unshown"),
    "letter": ("issued", "revoked", "sent"),
    "signed": ("added", "sent", "dropped"),
    "broadcast": ("planned", "approved", "paused", "resumed", "cancelled", "recalled"),
    "data": ("asked", "exported", "erased", "kept", "purged", "looked"),
    "settings": ("changed",),
    "calendar": ("closed", "lifted"),
}  # fmt: skip
"""Every deed there is, by its kind: written as "ticket.take"."""
CONSOLE = "console"
"""The actor of what is done by command on the server."""
NO_OFFICE = ""
"""The chain for what belongs to no office, such as a login that nobody has."""


def record(
    tx: Tx,
    office_id: str,
    actor: str,
    action: str,
    subject: str,
    now: datetime,
    **detail: str | int | Sequence[str],
) -> None:
    """Write down a deed.  Neither subject nor detail may hold personal data.

    Raises ValueError for an action that ACTIONS does not know.
    """
    kind, _, name = action.partition(".")
    if name not in ACTIONS.get(kind, ()):
        raise ValueError(f"no such action: {action}")
    audit.append(tx, office_id, actor, action, subject, now, detail)


def actions(kind: str) -> list[str]:
    """The deeds of a kind, as entries name them."""
    return [f"{kind}.{name}" for name in ACTIONS.get(kind, ())]


# --- verification ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """Where an office's chain ends: what is kept elsewhere, to notice that the end was cut off."""

    office_id: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found.

    head    where the chain ends, if it has an entry
    seq     the first entry with which something is wrong; 0 when all is well
    wrong   what: "changed", "missing", "unlinked" (does not follow the one before), "cut" (entries
            at the end are gone), "added" (nobody was given that number), "other" (not what was
            there when its hash was kept)
    """

    office_id: str
    entries: int
    head: Head | None
    seq: int = 0
    wrong: str = ""


def heads(tx: Tx, office_id: str = "") -> list[Head]:
    """Where the chains end: of one office or of all."""
    offices = [office_id] if office_id else audit.offices(tx)
    found = ((office, audit.head(tx, office)) for office in offices)
    return [Head(office, row.seq, row.hash) for office, row in found if row is not None]


def verify(tx: Tx, office_id: str, expected: Sequence[Head] = ()) -> Verdict:
    """Walk an office's chain up to the first entry with which something is wrong.

    expected  heads kept earlier: the chain must still contain them
    """
    kept = {head.seq: head.hash for head in expected if head.office_id == office_id}
    last, before, head = 0, "", None
    for entry in audit.walk(tx, office_id):
        wrong = _wrong(entry, last, before, kept)
        if wrong:
            seq = last + 1 if wrong == "missing" else entry.seq
            return Verdict(office_id, last, head, seq, wrong)
        last, before = entry.seq, entry.hash
        head = Head(office_id, last, before)
    given_out = audit.given_out(tx, office_id)
    if last < max(given_out, 0, *kept):
        return Verdict(office_id, last, head, last + 1, "cut")
    if last > given_out:
        return Verdict(office_id, last, head, given_out + 1, "added")
    return Verdict(office_id, last, head)


def _wrong(entry: Any, last: int, before: str, kept: Mapping[int, str]) -> str:
    if entry.seq != last + 1:
        return "missing" if last + 1 < entry.seq else "added"
    if entry.previous != before:
        return "unlinked"
    if entry.hash != audit.sealed(entry):
        return "changed"
    return "other" if kept.get(entry.seq, entry.hash) != entry.hash else ""


def offices(tx: Tx) -> list[str]:
    """Every office that has a chain; "" is that of no office."""
    return audit.offices(tx)
