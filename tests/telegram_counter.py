"""The program, its Telegram, and the people in front of it, for tests over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

from fakes.telegram import FakeGroup, FakeTelegram, FakeUser
from pictures import card, jpeg
from running import Running
from storage.db import Database

SECRET = "a-secret-of-this-test"
STAFF = -1001
KTP, KK = jpeg(card("ktp")), jpeg(card("kk"))
BLURRED = jpeg(card("ktp", blur=5))


class Counter:
    """The program, its Telegram, and the people in front of it."""

    def __init__(self, fake: FakeTelegram, program: Running, staff: FakeGroup) -> None:
        self.fake = fake
        self.program = program
        self.staff = staff

    def count(self, table: object, *where: object) -> int:
        database = Database(self.program.environment["LOKET_DATABASE__URL"])
        try:
            rows = database.read(lambda tx: list(tx.execute(table.select().where(*where))))  # type: ignore
            return len(rows)
        finally:
            database.close()


def opened(folder: Path, mode: str) -> Iterator[Counter]:
    with FakeTelegram(limits=False, allow_http=True) as fake:
        staff = fake.group(STAFF, "Staf Kecamatan")
        program = Running(folder)
        program.environment |= {
            "LOKET_TELEGRAM__TOKEN": fake.token,
            "LOKET_TELEGRAM__API_URL": fake.url,
            "LOKET_TELEGRAM__MODE": mode,
            "LOKET_TELEGRAM__WEBHOOK_SECRET": SECRET,
            "LOKET_TELEGRAM__STAFF_CHAT": str(STAFF),
            "LOKET_WEB__PUBLIC_URL": program.url,
        }
        with program:
            yield Counter(fake, program, staff)
        assert "Traceback" not in program.printed.read_text()


def begins(user: FakeUser) -> None:
    """From the deep link to the first photo that is asked for."""
    user.start("pu-ktp_ganti")
    user.waits_for("KTP-nya kenapa")
    for button, words in (
        ("KTP hilang", "milik siapa"),
        ("Saya sendiri", "Mulai sekarang"),
        ("Ya, mulai", "Setuju?"),
        ("Setuju", "Tulis NIK"),
    ):
        user.taps(button)
        user.waits_for(words)
    for text, words in (
        ("3302271708900003", "nama lengkap"),
        ("Slamet Riyadi", "nomor KK"),
        ("3302270101150007", "kelurahan mana"),
        ("Grendeng", "foto surat kehilangan"),
    ):
        user.says(text)
        user.waits_for(words)


def applies(user: FakeUser) -> str:
    """A whole request; returns the ticket number."""
    begins(user)
    user.sends_photo(KTP)
    user.waits_for("foto Kartu Keluarga")
    user.sends_photo(KK)
    user.waits_for("Sudah benar?")
    user.taps("Ya, kirim")
    text = user.waits_for("Nomor: PU-").text
    return text.split("Nomor: ")[1].split()[0]
