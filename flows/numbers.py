"""Ticket numbers: PU-2611-00042-5 is office, year and month, sequence, check digit.

Damm's algorithm over the digits catches every single wrong digit and every swap of
neighbours; each letter enters as one digit, and config.toml may not have two offices
whose codes differ in one letter of the same digit (`confusable`), so a single wrong
letter is caught as well: it names no office, or fails the check.
"""

import re

from stdnum import damm

FORM = re.compile(r"([A-Z]{2,4})-(\d{4})-(\d{5,})-(\d)", re.ASCII)


def number(code: str, year_month: str, sequence: int) -> str:
    """The ticket number for an office code ("PU"), a month ("2611") and a sequence."""
    body = f"{code}-{year_month}-{sequence:05}"
    return f"{body}-{damm.calc_check_digit(_digits(body))}"


def is_valid(text: str) -> bool:
    """Whether the text has the form of a ticket number and its check digit is right."""
    return FORM.fullmatch(text) is not None and bool(damm.is_valid(_digits(text)))


def confusable(one: str, other: str) -> bool:
    """Whether a single wrong letter could turn one office code into the other unnoticed."""
    if len(one) != len(other):
        return False
    differing = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return len(differing) == 1 and _digits(differing[0][0]) == _digits(differing[0][1])


def _digits(text: str) -> str:
    return "".join(str(ord(c) % 10) if c.isalpha() else c for c in text if c.isalnum())
