"""Who is called next at the counters, and how long the others wait.

Three lanes: appointments (A), plain numbers (B) and those who may go first (P): elderly,
pregnant, disabled, with small children.  An appointment counts from shortly before its time.
Whoever came first among A and P goes ahead of the plain numbers, but only twice in a row
while a plain number waits: so nobody stands still, and nobody is kept for long who may not.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heapreplace
from statistics import fmean, median

APPOINTMENT, PLAIN, FIRST = "A", "B", "P"
LANES = (APPOINTMENT, PLAIN, FIRST)
AHEAD = 2
"""So many in a row are called before a plain number that waits."""
NEAR = timedelta(minutes=10)
"""So long before its time an appointment may be called."""
LATE = timedelta(minutes=30)
"""Whoever comes later than so long after an appointment draws a plain number."""
SOON = 3
"""With so many people before them, those who wait outside are told to come closer."""
ROUND = 5
"""Minutes are told in fives."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits.

    turn_at  from when they count: their arrival, or shortly before their appointment
    """

    id: int
    lane: str
    turn_at: datetime


def turn_of(start: datetime | None, arrived: datetime) -> tuple[str, datetime]:
    """Lane and turn of somebody who arrives, with the start of their appointment if they have."""
    if start is None or arrived > start + LATE:
        return PLAIN, arrived
    return APPOINTMENT, max(arrived, start - NEAR)


def streak(lanes: Iterable[str]) -> int:
    """How many went ahead of the plain numbers in the last calls, given newest first."""
    row = 0
    for lane in lanes:
        if lane == PLAIN:
            break
        row += 1
    return row


def first(heads: Sequence[Waiting], ahead: int, now: datetime) -> Waiting | None:
    """Whom to call, of the first of each lane, when `ahead` in a row went before plain ones."""
    due = [each for each in heads if each.lane != PLAIN and each.turn_at <= now]
    plain = [each for each in heads if each.lane == PLAIN]
    if due and not (plain and ahead >= AHEAD):
        return min(due, key=_turn)
    return min(plain or heads, key=_turn, default=None)


def line(
    waiting: Iterable[Waiting], ahead: int, now: datetime, every: timedelta, most: int = 0
) -> list[Waiting]:
    """All who wait in the order in which they will be called, if nobody else comes.

    every  time between two calls: an appointment gets its place when its time comes
    most   so many are enough; 0 for all
    """
    lanes = {lane: deque[Waiting]() for lane in LANES}
    for each in sorted(waiting, key=_turn):
        lanes[each.lane].append(each)
    called: list[Waiting] = []
    while (heads := [lane[0] for lane in lanes.values() if lane]) and len(called) != (most or -1):
        chosen = first(heads, ahead, now)
        assert chosen is not None
        called.append(lanes[chosen.lane].popleft())
        ahead = 0 if chosen.lane == PLAIN else ahead + 1
        now += every
    return called


def _turn(each: Waiting) -> tuple[datetime, int]:
    return each.turn_at, each.id


def pace(recent: Sequence[timedelta], usual: timedelta) -> timedelta:
    """How long one visit takes: the mean of recent ones, each held within reach of their median.

    The mean, as the waits of a line add up; held, as somebody may forget to press a button.
    """
    if not recent:
        return usual
    middle = median(each.total_seconds() for each in recent)
    held = (min(max(each.total_seconds(), middle / 3), middle * 3) for each in recent)
    return timedelta(seconds=fmean(held))


def wait(
    before: int, serving: Sequence[timedelta], counters: int, each_takes: timedelta
) -> timedelta:
    """How long somebody waits with `before` people before them.

    serving   how long each counter that is busy has been at it
    counters  how many counters call people, busy or not
    """
    least = each_takes / 4  # who takes longer than most is not done at once
    free = [max(each_takes - since, least) for since in serving]
    free += [timedelta()] * (max(counters, 1) - len(free))
    heapify(free)
    for _ in range(before):
        heapreplace(free, free[0] + each_takes)
    return free[0]


def minutes(span: timedelta) -> int:
    """Minutes as they are told: whole fives, rather too many; 0 for nearly none."""
    rest = span.total_seconds() / 60
    return 0 if rest < 2 else int(-(-rest // ROUND)) * ROUND
