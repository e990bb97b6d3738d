"""Whole chats as text, for staff to review: tests/transcripts/*.txt.

A line that begins with "< " is the citizen, one with "> " the office.  "(foto bagus)",
"(foto kabur)" and "(pesan suara)" are what they say; "[…]" is a button; "(3 hari kemudian)"
lets time pass.  `pytest --update-transcripts` writes down what is answered now.
"""

import re
from pathlib import Path

import pytest

from handlers.offices import House
from handlers.tickets import Actor, move
from storage.db import Database
from talk import Citizen

FOLDER = Path(__file__).parent / "transcripts"
VERDICTS = {"bagus": "good", "kabur": "blurred", "gelap": "dark", "kecil": "small"}
UNITS = {"menit": "minutes", "jam": "hours", "hari": "days"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_the_chat_goes_as_written(
    path: Path, sqlite_url: str, house: House, request: pytest.FixtureRequest
) -> None:
    written = path.read_text(encoding="utf-8")
    database = Database(sqlite_url)
    try:
        said = replay(written, Citizen(database, house))
    finally:
        database.close()
    if request.config.getoption("--update-transcripts"):
        path.write_text(said, encoding="utf-8")
    assert said == written


def replay(written: str, citizen: Citizen) -> str:
    """The same chat with the office's lines as they are now."""
    lines: list[str] = []
    for line in written.splitlines():
        if line.startswith("#"):
            lines.append(line)
        elif line.startswith(("< ", "= ")):
            lines += ["", line]
            before = len(citizen.heard)
            _do(citizen, line[2:])
            for message in citizen.heard[before:]:
                lines += [f"> {each}".rstrip() for each in message.plain().split("\n")]
                lines.append(">")
            if lines[-1] == ">":
                lines.pop()
    return "\n".join(lines) + "\n"


def _do(citizen: Citizen, deed: str) -> None:
    if later := re.fullmatch(r"\((\d+) (menit|jam|hari) kemudian\)", deed):
        citizen.waits(**{UNITS[later[2]]: int(later[1])})
    elif photo := re.fullmatch(r"\(foto (\w+)\)", deed):
        citizen.sends(VERDICTS[photo[1]])
    elif deed == "(dua foto)":
        files = [citizen.announces(album=True), citizen.announces(album=True)]
        for file in files:
            citizen.judged(file)
    elif deed == "(pesan suara)":
        citizen.sends_voice()
    elif officer := re.fullmatch(r"\(petugas: (\w+)(?: (\w+))?(?:; (.*))?\)", deed):
        _moves(citizen, officer[1], officer[2] or "", officer[3] or "")
    elif button := re.fullmatch(r"\[(.+)\]", deed):
        citizen.chooses(button[1])
    elif deed.startswith("/start"):
        citizen.opens(deed.removeprefix("/start").strip())
    else:
        citizen.says(deed)


def _moves(citizen: Citizen, name: str, document: str, note: str) -> None:
    number, office = citizen.ticket, citizen.ticket.split("-")[0].lower()
    citizen.database.write(
        lambda tx: move(
            tx, citizen.house, office, number, name, Actor("staff", "sari", "Bu Sari"),
            citizen.now, note=note, documents=(document,) if document else (),
        )
    )  # fmt: skip
    citizen.hears()
