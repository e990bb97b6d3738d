"""How an office's letters look and are numbered, and which services end in a letter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """An office's head and foot of a letter.

    government  the line above the office's name
    contact     the line below its address: phone, web
    place       from where letters are dated
    title       of who signs; `signer` and `nip` are left to be written by hand when empty
    number      how a letter's number is written: {code} {sequence} {month} {year} {office}
    """

    government: str = ""
    contact: str = ""
    place: str = ""
    title: str = ""
    signer: str = ""
    nip: str = ""
    number: str = "{code}/{sequence:03}/{month}/{year}"

    def numbered(self, code: str, sequence: int, day: date, office: str) -> str:
        """A letter's number: '470/001/XI/2026'.  Raises ValueError, KeyError."""
        return self.number.format(
            code=code, sequence=sequence, month=ROMAN[day.month - 1], year=day.year, office=office
        )


@dataclass(frozen=True, slots=True)
class LetterKind:
    """One service's letter.

    title  as it stands on the letter
    code   its series in the register
    days   how long it holds; 0: without end
    names  the answers with the names of those whom it is about
    """

    id: str
    title: str
    code: str
    days: int
    names: tuple[str, ...]

    @classmethod
    def read(cls, name: str, data: Mapping[str, object]) -> "LetterKind":
        """From a section of templates/print/letters.toml."""
        days, names = data.get("days", 0), data.get("names", ["name"])
        assert isinstance(days, int)
        assert isinstance(names, list)
        return cls(name, str(data["title"]), str(data["code"]), days, tuple(map(str, names)))


def initials(names: list[str]) -> str:
    """All that a public page tells of a person: 'Y. A.'"""
    said = (" ".join(f"{word[0].upper()}." for word in name.split()[:4]) for name in names if name)
    return ", ".join(said)
