"""Who may do what at the desk: one table, read by every page.

A right is asked for by name; what is not in the table nobody may do.  All of it holds within
one's own office: other offices are out of reach whatever the role.
"""

from collections.abc import Mapping

ROLES = ("officer", "kasi", "head", "admin")
EVERYBODY = frozenset(ROLES)
LEADERS = frozenset({"head", "admin"})

RIGHTS: Mapping[str, frozenset[str]] = {
    "work": EVERYBODY,
    "close": frozenset({"kasi", "head", "admin"}),
    "audit": LEADERS,
    "letters": EVERYBODY - {"officer"},
    "staff": LEADERS,
    "privacy": LEADERS,
    "send": frozenset({"kasi", "head", "admin"}),
    "approve": LEADERS,
    "health": LEADERS | {"kasi"},
}
"""
work     the queue, tickets, citizens' files, questions; one's own account
close    closing hours in the calendar, and opening them again
audit    who did what
letters  taking an issued letter back
staff    inviting, roles, locking out
send     broadcasts: planned, paused, cancelled; everybody may write them
approve  a large broadcast that somebody else wrote
health   the level of the health protocol
privacy  what citizens ask about their data, and who looked at it
"""
MANAGES: Mapping[str, frozenset[str]] = {
    "head": frozenset({"officer", "kasi", "head"}),
    "admin": EVERYBODY,
}
"""Whom a role may invite, change and lock out; an administrator is made by administrators alone."""


def may(role: str, right: str) -> bool:
    """Whether somebody of this role may do that."""
    return role in RIGHTS.get(right, ())


def manages(role: str, other: str) -> bool:
    """Whether somebody of this role decides about accounts of the other role."""
    return other in MANAGES.get(role, ())
