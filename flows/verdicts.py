"""What a check says about one answer: accepted, or refused with a code.

A code is for the templates, which own every word a person reads.  Knows
neither the question nor how often it was asked.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checked:
    """An accepted answer in its one stored form; a warning code is for the officer."""

    value: str
    warning: str = ""


class Refused(Exception):
    """An answer we cannot use, and the values its message may mention."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values: dict[str, object] = values

    def __repr__(self) -> str:
        return f"Refused({self.code!r}, {self.values!r})"
