"""The words of templates/messages, and dates and hours as people say them.

Every message is a named Jinja block; this module knows how to render one, not what
any of them says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names
from jinja2 import BytecodeCache, DictLoader, Environment, StrictUndefined
from jinja2.runtime import Context as Scope

from flows.calendar import Hours, Span
from flows.outings import Outing

LOCALE = "id"
ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}

Block = Callable[[Scope], Iterable[str]]


class Words:
    """All messages by name: `words.say("photo_good", label="KK", left=1)`."""

    def __init__(self, templates: Mapping[str, str], cache: BytecodeCache | None = None) -> None:
        """templates: the texts of templates/messages/*.j2 by file name; cache: them compiled."""
        self._environment = Environment(
            loader=DictLoader(dict(templates)),
            bytecode_cache=cache,
            undefined=StrictUndefined,
            autoescape=False,  # noqa: S701  plain text; each channel escapes what it sends
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._blocks: dict[str, tuple[Any, Block]] = {}
        for name in templates:
            template = self._environment.get_template(name)
            for block, render in template.blocks.items():
                if block in self._blocks:
                    raise ValueError(f"templates/messages/{name}: {block} stands twice")
                self._blocks[block] = (template, render)

    def __contains__(self, name: str) -> bool:
        return name in self._blocks

    def names(self) -> Iterable[str]:
        """The names of all messages."""
        return self._blocks.keys()

    def say(self, name: str, /, **values: object) -> str:
        """The message of that name, filled in."""
        template, render = self._blocks[name]
        return "".join(render(template.new_context(values, shared=True))).strip()


def say_time(instant: datetime, zone: ZoneInfo) -> str:
    """'Selasa, 24 November, pukul 09.00 WIB'"""
    local = instant.astimezone(zone)
    words = f"{_day(local.date(), 'EEEE, d MMMM')}, pukul {local:%H.%M}"
    return f"{words} {ZONES.get(zone.key, '')}".strip()


def say_short_time(instant: datetime, zone: ZoneInfo) -> str:
    """'Sel 24/11 09.00', for alerts and buttons."""
    local = instant.astimezone(zone)
    return f"{_day(local.date(), 'EEE d/M')} {local:%H.%M}"


@lru_cache(maxsize=1024)
def _day(day: date, form: str) -> str:
    """Remembered, because a page says the same few days again and again."""
    return format_date(day, form, locale=LOCALE)


def say_clock(instant: datetime, zone: ZoneInfo) -> str:
    """'09.00'"""
    return f"{instant.astimezone(zone):%H.%M}"


def say_day(day: date) -> str:
    """'Selasa 24/11', for buttons."""
    return format_date(day, "EEEE d/M", locale=LOCALE)


def say_weekday(day: date) -> str:
    """'Selasa'"""
    return format_date(day, "EEEE", locale=LOCALE)


def say_date(day: date) -> str:
    """'17 Agustus 1990'"""
    return format_date(day, "d MMMM yyyy", locale=LOCALE)


@lru_cache(maxsize=1024)
def say_hours(hours: Hours) -> str:
    """'Senin-Kamis 07.15-15.30, Jumat 07.15-11.30 dan 13.00-15.15'"""
    names = get_day_names("wide", locale=LOCALE)
    lines = []
    for spans, group in groupby(range(7), key=lambda day: hours.spans[day]):
        days = list(group)
        if not spans:
            continue
        first, last = names[days[0]], names[days[-1]]
        label = first if len(days) == 1 else f"{first}-{last}"
        lines.append(f"{label} {' dan '.join(map(_say_span, spans))}")
    return ", ".join(lines)


def say_full_day(day: date) -> str:
    """'Selasa, 24 November 2026'"""
    return format_date(day, "EEEE, d MMMM yyyy", locale=LOCALE)


def say_spans(spans: Sequence[Span]) -> str:
    """'07.15-11.30 dan 13.00-15.15'"""
    return " dan ".join(map(_say_span, spans))


def say_outing(outing: Outing) -> str:
    """'Sabtu 5/12 08.00-11.00, Balai RW 4 Grendeng'"""
    return f"{say_day(outing.day)} {say_spans(outing.spans)}, {outing.place}"


def _say_span(span: Span) -> str:
    opens, closes = span
    return f"{opens:%H.%M}-{closes:%H.%M}"


def days_since(then: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Whole calendar days between two instants, as the office counts them."""
    return (now.astimezone(zone).date() - then.astimezone(zone).date()) // timedelta(days=1)
