"""A ticket's states as one table: every move there is, from where to where, and who may make it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

By = Literal["staff", "citizen", "clock"]

OPEN = ("submitted", "in_review", "needs_correction", "ready")
CLOSED = ("collected", "rejected", "withdrawn", "expired")
STATUSES = (*OPEN, *CLOSED)


@dataclass(frozen=True, slots=True)
class Move:
    """One kind of change.

    tells  the message that the citizen gets, if any
    note   "" (none), "may" or "must": whether a note goes with it
    """

    name: str
    before: tuple[str, ...]
    after: str
    by: tuple[By, ...]
    tells: str = ""
    note: Literal["", "may", "must"] = "may"


MOVES: Mapping[str, Move] = {
    move.name: move
    for move in (
        Move("take", ("submitted",), "in_review", ("staff",), note=""),
        Move("send_back", ("submitted", "in_review"), "needs_correction", ("staff",), "sent_back"),
        Move("resubmit", ("needs_correction",), "in_review", ("citizen",), note=""),
        Move("finish", ("in_review",), "ready", ("staff",), "moved_ready"),
        Move("hand_over", ("ready",), "collected", ("staff",), "moved_collected"),
        Move("reject", ("submitted", "in_review", "needs_correction"), "rejected", ("staff",),
             "moved_rejected", "must"),
        Move("withdraw", ("submitted", "in_review", "needs_correction"), "withdrawn",
             ("staff", "citizen"), "moved_withdrawn"),
        Move("expire", ("needs_correction", "ready"), "expired", ("staff", "clock"),
             "moved_expired"),
        Move("reopen", ("rejected", "expired"), "in_review", ("staff",), "moved_in_review"),
    )
}  # fmt: skip


def possible(status: str, by: By) -> tuple[Move, ...]:
    """The moves that `by` may make from this state, in the order of the table."""
    return tuple(move for move in MOVES.values() if status in move.before and by in move.by)
