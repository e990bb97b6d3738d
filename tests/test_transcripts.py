"""Whole chats as text, for staff to review: tests/transcripts/*.txt.

A line that begins with "< " is the citizen, one with "> " the office.  "(foto bagus)", "(foto
kabur)", "(foto rusak)", "(foto latihan)", "(pesan suara)" are what they say, with what is written
below a photo after it; "[…]" is a button; "(3 hari kemudian)" lets time pass, "(pengingat)" brings
what is due by then. "(Bu Sari: …)" is an officer who talks in the citizen's chat; "mulai bicara"
and "selesai" are what she does at the desk. The folders whatsapp/ and sms/ hold the same chats as
people see them there: bubbles, buttons and lists, or numbered text that is answered by a number.
`pytest --update-transcripts` writes down what is answered now.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.model import Tapped
from handlers.message import Message
from handlers.offices import House
from handlers.tickets import Actor, move
from seen import as_sms, lines, on_whatsapp, tapped
from staff_at_work import Member
from storage.db import Database
from talk import Citizen, ticks

FOLDER = Path(__file__).parent / "transcripts"
VERDICTS = {
    "bagus": "good",
    "kabur": "blurred",
    "gelap": "dark",
    "kecil": "small",
    "rusak": "broken",
}
UNITS = {"menit": "minutes", "jam": "hours", "hari": "days"}


@dataclass(frozen=True)
class Way:
    """A channel: the bubbles in which it shows a message, and how a button is answered there.

    tap  answers the newest button with these words; returns what that looks like
    """

    folder: Path
    channel: str
    address: str
    show: Callable[[Message], list[str]]
    tap: Callable[[Citizen, str], str]


def _tap(citizen: Citizen, label: str) -> str:
    citizen.chooses(label)
    return f"[{label}]"


def _tap_on_whatsapp(citizen: Citizen, label: str) -> str:
    for message in reversed(citizen.heard):
        for shown in on_whatsapp(message):
            for choice in shown.choices:
                if choice.title.lstrip("1234567890 ") == label or choice.description == label:
                    event = tapped(shown, choice)
                    assert isinstance(event, Tapped)
                    citizen.taps(event.token)
                    return f"[{choice.title}]"
    return _write(citizen, label)


def _write(citizen: Citizen, label: str) -> str:
    """Without buttons: the number of a choice, the words of a command."""
    for message in reversed(citizen.heard):
        numbered = [choice.label for choice in message.choices if choice.numbered]
        if label in numbered:
            number = str(numbered.index(label) + 1)
            citizen.says(number)
            return number
    citizen.says(label)
    return label


WAYS = {
    "telegram": Way(FOLDER, "telegram", "1", lambda message: [message.plain()], _tap),
    "whatsapp": Way(
        FOLDER / "whatsapp", "whatsapp", "+6281234567890",
        lambda message: ["\n".join(lines(shown)) for shown in on_whatsapp(message)],
        _tap_on_whatsapp,
    ),
    "sms": Way(FOLDER / "sms", "sms", "+6281234567890", as_sms, _write),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.txt")))
def test_the_chat_goes_as_written(
    name: str, way: Way, sqlite_url: str, house: House, request: pytest.FixtureRequest
) -> None:
    script = (FOLDER / name).read_text(encoding="utf-8")
    path = way.folder / name
    database = Database(sqlite_url)
    try:
        said = replay(script, Citizen(database, house, way.address, way.channel), way)
    finally:
        database.close()
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    if request.config.getoption("--update-transcripts"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert said == written


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_chat_is_there_on_every_channel(way: Way) -> None:
    names = {path.name for path in way.folder.glob("*.txt")}
    assert names == {path.name for path in FOLDER.glob("*.txt")}


def replay(script: str, citizen: Citizen, way: Way) -> str:
    """The same chat with the office's lines as they are now."""
    written: list[str] = []
    for line in script.splitlines():
        if line.startswith("#"):
            written.append(line)
        elif line.startswith(("< ", "= ")):
            before = len(citizen.heard)
            deed = _do(citizen, line[2:], way)
            written += ["", line[:2] + deed]
            for message in citizen.heard[before:]:
                for bubble in way.show(message):
                    written += [f"> {each}".rstrip() for each in bubble.split("\n")]
                    written.append(">")
            if written[-1] == ">":
                written.pop()
    return "\n".join(written) + "\n"


def _do(citizen: Citizen, deed: str, way: Way) -> str:
    """What is done at one line of the script; returns what it looks like on this channel."""
    if later := re.fullmatch(r"\((\d+) (menit|jam|hari) kemudian\)", deed):
        citizen.waits(**{UNITS[later[2]]: int(later[1])})
    elif deed == "(foto latihan)":
        citizen.sends_in_practice()
    elif photo := re.fullmatch(r"\(foto (\w+)\) ?(.*)", deed):
        citizen.sends(VERDICTS[photo[1]], caption=photo[2])
    elif deed == "(dua foto)":
        files = [citizen.announces(album=True), citizen.announces(album=True)]
        for file in files:
            citizen.judged(file)
    elif deed == "(pengingat)":
        ticks(citizen)
    elif deed == "(pesan suara)":
        citizen.sends_voice()
    elif officer := re.fullmatch(r"\(petugas: (\w+)(?: (\w+))?(?:; (.*))?\)", deed):
        _moves(citizen, officer[1], officer[2] or "", officer[3] or "")
    elif said := re.fullmatch(r"\(Bu Sari: (.+)\)", deed):
        _talk(citizen, said[1])
    elif button := re.fullmatch(r"\[(.+)\]", deed):
        return way.tap(citizen, button[1])
    elif deed.startswith("/start"):
        citizen.opens(deed.removeprefix("/start").strip())
    else:
        citizen.says(deed)
    return deed


def _talk(citizen: Citizen, text: str) -> None:
    """Bu Sari begins to talk with the citizen, ends it, or says something."""
    sari = Member(citizen)
    if text == "mulai bicara":
        sari.hired()
    talk = sari.talks_about(citizen.ticket)
    if text == "selesai":
        sari.ends(talk)
    elif text != "mulai bicara":
        sari.says(talk, text)


def _moves(citizen: Citizen, name: str, document: str, note: str) -> None:
    number, office = citizen.ticket, citizen.ticket.split("-")[0].lower()
    citizen.database.write(
        lambda tx: move(
            tx, citizen.house, office, number, name, Actor("staff", "sari", "Bu Sari"),
            citizen.now, note=note, documents=(document,) if document else (),
        )
    )  # fmt: skip
    citizen.hears()
