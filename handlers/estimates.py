"""What a broadcast would amount to: people, messages, time and money, as things stand.

Prices come from config.toml, in rupiah; where one is not set, no sum is made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from handlers import enclosures
from handlers.lengths import BETWEEN, NAME, filled, parts
from handlers.manners import MONTH, Manners
from handlers.offices import House
from handlers.segments import read
from storage.db import Tx
from storage.segments import Draft, count

WINDOW = timedelta(hours=24)
"""After this silence WhatsApp takes only what it approved before, and charges for it."""
CATEGORIES = {"news": "marketing", "service": "utility"}
"""As WhatsApp calls what we call purposes."""


@dataclass(frozen=True, slots=True)
class Line:
    """One channel's part, hold-out included.

    cold   people who need an approved template
    parts  of which each message is made, where parts are paid for
    cost   rupiah for those who get it; None: a price is not set
    """

    channel: str
    people: int
    cold: int
    parts: int
    cost: int | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a broadcast would reach, as things stand.

    held     how many of them would get nothing
    seconds  how long it takes at the channels' limits, nights not counted
    """

    size: int
    held: int
    channels: Sequence[Line]
    seconds: int

    @property
    def cost(self) -> int | None:
        """Rupiah for all of it; None: a price is not set."""
        costs = [each.cost for each in self.channels]
        return None if None in costs else sum(filter(None, costs))


def wanted(house: House, row: Any, now: datetime) -> Draft:
    """What a broadcast asks of the database."""
    office = house.office(row.office_id)
    return Draft(
        row.office_id, row.purpose, read(house, office, row.segment), now - MONTH,
        house.manners.per_month, row.holdout, row.seed,
    )  # fmt: skip


def reach(tx: Tx, house: House, row: Any, now: datetime) -> Reach:
    """How many people it is for, and what that amounts to."""
    found = count(tx, wanted(house, row, now), now - WINDOW)
    size = sum(people for people, _ in found.values())
    lines = [_line(house, row, name, *found[name]) for name in sorted(found)]
    paces = house.manners.paces
    longest = max((each.people / paces.get(each.channel, 1) for each in lines), default=0)
    return Reach(size, round(size * row.holdout / 100), lines, round(longest))


def _line(house: House, row: Any, channel: str, people: int, silent: int) -> Line:
    share, prices = (100 - row.holdout) / 100, house.manners.prices
    match channel:
        case "whatsapp":
            cost = _on_whatsapp(house.manners, row, people * share, silent * share)
            return Line(channel, people, silent, 1, cost)
        case "sms":
            each = parts(_as_text(house, row))
            price = prices.get("sms", 0)
            cost = round(people * share * each * price) if price or not people else None
            return Line(channel, people, 0, each, cost)
        case _:
            return Line(channel, people, 0, 1, 0)


def _on_whatsapp(manners: Manners, row: Any, people: float, cold: float) -> int | None:
    price = manners.prices.get(CATEGORIES[row.purpose], 0)
    if cold and not price:
        return None
    messages = people + (people - cold if row.enclosure else 0)  # the file goes by itself
    return round(cold * price + messages * manners.prices.get("message", 0))


def _as_text(house: House, row: Any) -> str:
    office = house.office(row.office_id)
    said = filled(house, office, row.body, "n" * NAME)
    shown = house.words.say(f"broadcast_{row.purpose}", text=said)
    labels = BETWEEN.join(each["label"] for each in row.buttons)
    link = enclosures.link(house, row.enclosure)
    return "\n".join(filter(None, (shown, f"[{labels}]" if labels else "", link)))
