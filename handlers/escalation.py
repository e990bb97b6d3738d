"""Who is told of a promised time in danger, and when: each in their own chat, bundled.

Nearly over: the officer who has the request.  Over: the head of the
section that sees to the service, or all of them.  Since yesterday, or
missed once more: the head.  Whoever has no linked chat is reached through the staff chat.
Nobody is alarmed twice within an hour, nor while the office rests.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from handlers import alerts, posts
from handlers.offices import House, Office
from handlers.posts import Chat
from handlers.reminders import Dropped, Later
from handlers.tickets import WORKING
from storage import due, staff, tickets
from storage.db import Tx

SHOWN = 10
"""Most numbers in one alarm; the desk has them all."""
GROUP = ""
"""The staff chat, among logins."""
LEADERS: Mapping[str, Sequence[str]] = {
    "sla.late": ("kasi", "head"),
    "sla.head": ("head",),
    "sla.again": ("head",),
}
"""Whose role it is; the second where nobody has the first."""


class Staff:
    """The people of one office and their chats, looked up once for one alarm."""

    def __init__(self, tx: Tx, office: Office) -> None:
        here = [row for row in staff.everyone(tx, office.id) if row.disabled_at is None]
        self.roles = {row.login: row.role for row in here}
        self.leads = {row.login: office.section(row.section) for row in here if row.role == "kasi"}
        self.chats: dict[str, Chat] = {
            login: chat for login, (chat, _) in posts.linked(tx, office).items()
        }

    def concerned(self, kind: str, officer: str, service: str) -> list[str]:
        """Logins, or GROUP, for a ticket of that service that this officer has."""
        wanted = [officer]
        if kind in LEADERS:
            by_role = (self._with(role, service) for role in LEADERS[kind])
            wanted = next((found for found in by_role if found), [])
        return [login for login in wanted if login in self.chats] or [GROUP]

    def _with(self, role: str, service: str) -> list[str]:
        """Who has that role; of the heads of sections those who lead the service's, if any do."""
        found = [login for login, has in self.roles.items() if has == role]
        sections = {login: self.leads.get(login) for login in found}
        leading = [login for login, section in sections.items()
                   if section is not None and service in section.services]  # fmt: skip
        return leading or found


def call(tx: Tx, house: House, office: Office, kind: str, ticket: Any, now: datetime) -> None:
    """Something has to be looked at: whoever it concerns is alarmed, once within the hour."""
    for login in Staff(tx, office).concerned(kind, ticket.officer, ticket.service):
        _arm(tx, house, office, f"{office.id}/{login}" if login else office.id, now)


def _arm(tx: Tx, house: House, office: Office, subject: str, now: datetime) -> None:
    """One alarm an hour at most, and in opening hours."""
    opening = office.calendar.next_open
    if due.arm_first(tx, office.id, "alarm", subject, opening(now)):
        return
    last = due.hold(tx, "alarm", subject)
    if last is not None and last.state != "waiting":
        at = max(now, (last.done_at or now) + house.timing.alarm_every)
        due.arm(tx, office.id, "alarm", subject, opening(at))


def alarm(tx: Tx, house: House, row: Any, now: datetime) -> Later | Dropped | None:
    """What needs attention now of one person, or of those without a chat, in one message."""
    office = house.office(row.office_id)
    if (at := office.calendar.next_open(now)) > now:
        return Later(at)
    people, login = Staff(tx, office), row.subject.partition("/")[2]
    chats = [people.chats[login]] if login in people.chats else posts.group(office)
    me = login if login in people.chats else GROUP

    def mine(kind: str) -> list[str]:
        found = tickets.armed(tx, office.id, WORKING, kind)
        return [
            each.number
            for each in found
            if me in people.concerned(kind, each.officer, each.service)
        ]

    long_late = mine("sla.head")
    over = {each.number for each in tickets.armed(tx, office.id, WORKING, "sla.late")}
    since_yesterday = {each.number for each in tickets.armed(tx, office.id, WORKING, "sla.head")}
    late = [number for number in mine("sla.late") if number not in since_yesterday]
    soon = [number for number in mine("sla.warn") if number not in over]
    if not (soon or late or long_late):
        return Dropped("all kept")
    alerts.promises(
        tx, house, office, chats, _some(soon), _some(late), _some(long_late),
        len(soon) + len(late) + len(long_late), now,
    )  # fmt: skip
    return None


def _some(numbers: Sequence[str]) -> list[str]:
    return list(numbers[:SHOWN])
