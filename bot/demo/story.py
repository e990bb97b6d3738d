"""The demo's story: a lost KTP, from the greeting to its collection, the same in every channel."""

import re
import time

from bot.demo.base import DemoFailed, wait_for
from bot.demo.counter import Counter
from bot.demo.officer import Officer
from bot.demo.phones import Phone, Shown
from bot.demo.photo import photo
from bot.demo.stage import Running

ASKING = "Atur jam ambil"
"""The button with which people ask for times."""
SETTLED = 0.3
"""Seconds after an answer in which more may follow."""


def tell(citizen: "Citizen", officer: Officer, running: Running) -> None:
    """Play it and print the chat.  Raises DemoFailed."""
    citizen.opens("pu")
    citizen.says("bkin ktp ilg gmn yaa")
    citizen.taps("Ya, mulai")
    citizen.taps("Saya sendiri")
    citizen.taps("Ya, mulai")
    citizen.taps("Setuju")
    citizen.says("330227170890")
    citizen.says("3302271708900003")
    citizen.says("slamet riyadi")
    citizen.says("3302270101150007")
    citizen.says("grendeng")
    citizen.sends("SURAT KEHILANGAN", blurred=True)
    citizen.taps("Foto lagi")
    citizen.sends("SURAT KEHILANGAN")
    citizen.hears("📷")
    citizen.sends("KARTU KELUARGA")
    citizen.taps("Ya, kirim")
    number = citizen.ticket()
    officer.signs_in(running.password)
    officer.moves(number, "take")
    officer.refuses(number, "police", "cap polisinya belum kelihatan")
    officer.moves(number, "send_back")
    citizen.hears("dikirim ulang")
    citizen.hears("📷")
    citizen.sends("SURAT KEHILANGAN CAP")
    citizen.hears("diperiksa lagi")
    citizen.rests()
    officer.moves(number, "finish", "KTP bisa diambil di Loket 2.")
    citizen.hears("ambil")
    citizen.books("Sel 24/11 08.00")
    citizen.hears("sudah dicatat")
    print("\n-- Monday, four in the afternoon: loket tick --at")
    running.stop()
    running.tick("2026-11-23T16:00:00+07:00")
    running.start("2026-11-24T07:55:00+07:00")
    citizen.hears("Besok waktunya ambil hasil")
    print("\n-- Tuesday, shortly before eight, at the counter")
    officer.signs_in(running.password)
    officer.sees_originals(number)
    officer.moves(number, "hand_over")
    citizen.hears(number)
    citizen.says("status")
    citizen.hears(number)
    print(f"\n{number} · collected")


NEIGHBOUR = {
    "nik": "3302276104000002",
    "name": "Bu Warsinah",
    "kelurahan": "Grendeng",
    "rt_rw": "RT 3 RW 2",
    "street": "Jalan Kenanga 12",
    "since": "Maret 2023",
    "purpose": "daftar sekolah cucu",
}
"""What somebody without a phone says at the counter."""


def tell_at_the_counter(counter: Counter, officer: Officer) -> None:
    """Somebody without a phone comes to the counter.  Raises DemoFailed."""
    print("\n-- somebody without a phone comes to the counter")
    number = counter.registers("domisili", NEIGHBOUR)
    counter.slip(number)
    officer.moves(number, "take")
    counter.letter(number)
    officer.moves(number, "finish")
    officer.sees_originals(number)
    counter.hands_over(number)


class Citizen:
    """Somebody who chats with the office, and reads aloud."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._messages: list[Shown] = []
        self._fresh = 0  # the first message that the story has not dealt with

    def opens(self, link: str) -> None:
        """Come by the office's link."""
        words = self._phone.opens(link)
        if words:
            print(f"< {words}")
        self._is_answered()

    def says(self, text: str) -> None:
        """Type something and read the answer."""
        self._begins(text)
        self._phone.says(text)
        self._is_answered()

    def taps(self, label: str) -> None:
        """Tap a button below what was said last and read the answer."""
        button = wait_for(lambda: self._button(label), f"there is no button {label!r}")
        self._begins(f"[{label}]")
        self._phone.taps(button)
        self._is_answered()

    def sends(self, title: str, *, blurred: bool = False) -> None:
        """Send a photo of a document and read the verdict."""
        self._begins(f"(foto{' kabur' if blurred else ''}: {title})")
        self._phone.sends(photo(title, blurred))
        self._is_answered()

    def hears(self, words: str) -> None:
        """Wait for a message that says this, past the last one that was waited for."""
        wait_for(lambda: self._found(words), f"the citizen never heard {words!r}")

    def rests(self) -> None:
        """Write nothing for a day, where that makes a difference."""
        if change := self._phone.rests():
            print(f"\n-- {change}")

    def books(self, label: str) -> None:
        """Take a time: it stands below the news, or is asked for where it cannot be shown."""
        if self._button(ASKING):
            self.taps(ASKING)
        self.taps(label)

    def ticket(self) -> str:
        """The number that was told last."""
        for each in reversed(self._messages):
            if found := re.search(r"[A-Z]{2}-\d{4}-\d{5}-\d", each.text):
                return found.group()
        raise DemoFailed("no ticket number was told")

    def _begins(self, words: str) -> None:
        """Whatever has come by now is no answer to this."""
        self._read()
        self._fresh = len(self._messages)
        print(f"\n< {words}")

    def _is_answered(self) -> None:
        """Wait for an answer, and a moment more for what follows it."""
        wait_for(lambda: self._read() or None, "the citizen got no answer")
        time.sleep(SETTLED)
        self._read()

    def _button(self, label: str) -> str | None:
        """By what the app knows the button that says this, with or without a number."""
        self._read()
        for each in reversed(self._messages[max(0, self._fresh - 1) :]):
            for words, button in each.buttons.items():
                if re.sub(r"^\d+ ", "", words) == label:
                    return button
        return None

    def _found(self, words: str) -> bool | None:
        self._read()
        for position, each in enumerate(self._messages[self._fresh :], self._fresh):
            if words.lower() in each.text.lower():
                self._fresh = position + 1
                return True
        return None

    def _read(self) -> bool:
        """Read aloud what is new; whether the story has something to deal with."""
        for each in self._phone.messages()[len(self._messages) :]:
            self._messages.append(each)
            print("\n".join(f"> {line}" for line in each.text.split("\n")))
            for words in each.buttons:
                print(f">   [{words}]")
        return len(self._messages) > self._fresh
