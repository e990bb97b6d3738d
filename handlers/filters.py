"""By what the queue is narrowed, and how many tickets each choice would leave.

What is chosen stands in the page's address, so nothing of it names a person outside the staff.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from operator import itemgetter
from typing import Any

from flows.lifecycle import CLOSED
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.tickets import WORKING
from storage import staff
from storage.db import Tx
from storage.queue import AT, PAST, STATUS

TABS = {"work": WORKING, "waiting": ("needs_correction",), "ready": ("ready",), "closed": CLOSED}
"""The states under each tab; what is closed is shown last changed first."""
ALL = "all"
ME, NOBODY = "me", "none"
"""Officers by another name than the number of their account."""
FREE = frozenset(("service", "kelurahan", "officer", "channel"))
Mark = tuple[Any, ...]
"""One open ticket, as storage.queue.marks gives it."""
_CHANNEL = re.compile(r"[a-z_]{1,20}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What was chosen; "" for all.

    officer  ME, NOBODY or the number of an account
    late     "1" for those alone whose promise is past
    section  of the office, or ALL: what a head of section asks for to see more than their own
    """

    service: str = ""
    kelurahan: str = ""
    status: str = ""
    officer: str = ""
    channel: str = ""
    late: str = ""
    section: str = ""

    @property
    def chosen(self) -> Mapping[str, str]:
        """Those that narrow."""
        every = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in every if value}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that may be chosen, how people call it, and how many tickets it would leave.

    label   "" where the templates have the words
    amount  None where nobody counted
    """

    value: str
    label: str
    amount: int | None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The filters of a page, checked: columns and values for storage, and who is who.

    logins  of this office's staff by the number of their account
    services  those of the section that was chosen
    """

    tab: str
    filters: Filters
    logins: Mapping[str, str]
    me: str
    services: Sequence[str] = ()

    @property
    def columns(self) -> dict[str, Sequence[str]]:
        """What each narrowing column may hold."""
        wanted: dict[str, Sequence[str]] = {"status": self.states}
        if self.services:
            wanted["service"] = self.services
        for name in ("service", "kelurahan", "channel"):
            if value := getattr(self.filters, name):
                wanted[name] = (value,)
        if self.filters.officer:
            wanted["officer"] = (self.login(self.filters.officer),)
        return wanted

    @property
    def states(self) -> Sequence[str]:
        return (self.filters.status,) if self.filters.status else TABS[self.tab]

    def login(self, officer: str) -> str:
        """Who is meant by a choice of officer."""
        return {ME: self.me, NOBODY: ""}.get(officer) or self.logins.get(officer, "")


def read(tx: Tx, sight: Sight, tab: str, filters: Filters) -> Narrowing:
    """The filters, if this office has all that they name.  Raises Rejected: unknown."""
    office = sight.office
    logins = {str(row.id): row.login for row in staff.everyone(tx, office.id)}
    known = {
        "service": filters.service in sight.house.catalog(office.id).services,
        "kelurahan": filters.kelurahan in {each.id for each in office.kelurahan},
        "status": filters.status in TABS.get(tab, ()),
        "officer": filters.officer in {ME, NOBODY, *logins},
        "channel": _CHANNEL.fullmatch(filters.channel) is not None,
        "late": filters.late == "1",
        "section": filters.section == ALL or office.section(filters.section) is not None,
    }
    if tab not in TABS or not all(known[name] for name in filters.chosen):
        raise Rejected("unknown")
    section = office.section(filters.section)
    services = section.services if section is not None else ()
    return Narrowing(tab, filters, logins, sight.officer.login, services)


@dataclass(frozen=True, slots=True)
class Choices:
    """What each filter offers on this page, and how many tickets each tab would show.

    late  how many of them are past their promise
    """

    by: Mapping[str, Sequence[Choice]]
    tabs: Mapping[str, int]
    late: int


def choices(sight: Sight, narrowing: Narrowing, marks: Sequence[Mark]) -> Choices:
    """Counted among the open tickets, each filter with the others kept as they are."""
    amounts, tabs, late = _count(narrowing, marks)
    counted = narrowing.tab != "closed"
    office, chosen = sight.office, narrowing.filters
    channels = {*amounts["channel"], chosen.channel} - {""}
    others = sorted(
        (sight.names.get(login, login), number, login)
        for number, login in narrowing.logins.items()
        if login != narrowing.me
    )

    def choice(name: str, value: str, label: str = "", key: str | None = None) -> Choice:
        amount = amounts[name][value if key is None else key]
        return Choice(value, label, amount if counted else None)

    services = sight.house.catalog(office.id).services.values()
    by = {
        "service": [choice("service", each.id, each.title) for each in services],
        "kelurahan": [choice("kelurahan", each.id, each.label) for each in office.kelurahan],
        "section": [Choice(each.id, each.label, None) for each in office.sections],
        "status": [choice("status", each) for each in TABS[narrowing.tab]],
        "channel": [choice("channel", each) for each in sorted(channels)],
        "officer": [
            choice("officer", ME, key=narrowing.me),
            choice("officer", NOBODY, key=""),
            *(choice("officer", number, name, login) for name, number, login in others),
        ],
    }
    return Choices(by, tabs, late)


def _count(
    narrowing: Narrowing, marks: Sequence[Mark]
) -> tuple[Mapping[str, Counter[str]], Mapping[str, int], int]:
    """Amounts by filter and value, amounts by tab, and how many are late.

    Whole lists at a time: there may be thousands, and each page counts them.
    """
    states, only_late = set(narrowing.states), bool(narrowing.filters.late)
    fitting = _fitting(narrowing, marks)
    by_status = Counter(map(itemgetter(STATUS), fitting))
    tabs = {tab: sum(by_status[status] for status in each) for tab, each in TABS.items()}
    late = sum(mark[PAST] for mark in _in(states.intersection(WORKING), fitting))
    here = _late(fitting) if only_late else fitting
    amounts = {"status": Counter(map(itemgetter(STATUS), _in(set(TABS[narrowing.tab]), here)))}
    shown = _in(states, here)
    for name in FREE:
        theirs = shown
        if name in narrowing.filters.chosen:
            others = _fitting(narrowing, marks, besides=name)
            theirs = _in(states, _late(others) if only_late else others)
        amounts[name] = Counter(map(itemgetter(AT[name]), theirs))
    return amounts, tabs, late


def _fitting(narrowing: Narrowing, marks: Sequence[Mark], besides: str = "") -> Sequence[Mark]:
    """Those that all filters but one let through, whatever their state."""
    for name, values in narrowing.columns.items():
        if name not in ("status", besides):
            at = AT[name]
            marks = [mark for mark in marks if mark[at] in values]
    return marks


def _in(states: AbstractSet[str], marks: Sequence[Mark]) -> Sequence[Mark]:
    return [mark for mark in marks if mark[STATUS] in states]


def _late(marks: Sequence[Mark]) -> Sequence[Mark]:
    return [mark for mark in marks if mark[PAST] and mark[STATUS] in WORKING]
