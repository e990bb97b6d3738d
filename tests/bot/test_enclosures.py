"""The file of a broadcast, end to end: planned from the console, sent by the real program to
Telegram, WhatsApp, text messages and the chat page, each as strict as the platform."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Any

import httpx
import pytest
from PIL import Image

import talk
from bot.channels.whatsapp_templates import load
from bot.whatsapp import TEMPLATES
from desk_office import small_pdf
from fakes.telegram import FakeTelegram
from fakes.telegram import FakeUser as OnTelegram
from fakes.twilio import FakeTwilio
from fakes.twilio import FakeUser as OnPhone
from films import film
from handlers import broadcasts as texts
from handlers.broadcasts import Written
from handlers.enclosures import path, place
from handlers.steering import steer
from pictures import card, jpeg
from running import KEY, Running
from storage import conversations, enclosures, optins
from storage.db import Database
from storage.files import Keys, Vault
from storage.tables import CONVERSATIONS, OPTINS
from twilio_counter import MESSAGES, PUBLIC, settings

CHAT = CONVERSATIONS.c.id
PLAN = """
title = "Poster"
body = "Syaratnya ada di gambar."
holdout = 0
buttons = [{ label = "Coba sekarang", service = "domisili" }]
[segment]
channels = ["telegram"]
"""
BUTTON = [("Coba sekarang", "domisili")]
TYPES = {"photo": "image/jpeg", "pdf": "application/pdf", "video": "video/mp4"}
PICTURE = jpeg(card("ktp"))
ALL_DAY = {
    "LOKET_BROADCASTS__PER_MONTH": "20", "LOKET_REMINDERS__QUIET": "03.00-03.01",
    "LOKET_CLOCK__NOW": "2026-11-23T10:00:00+07:00",
}  # fmt: skip
HOUSE = talk.house(**ALL_DAY, LOKET_WEB__PUBLIC_URL=PUBLIC)


def poster() -> bytes:
    """A picture larger than any phone shows, with a place in its notes."""
    picture, out = Image.new("RGB", (2400, 1200), "white"), io.BytesIO()
    picture.paste((14, 107, 94), (100, 100, 2300, 600))
    exif = Image.Exif()
    exif[0x010E] = "RT 04 RW 02"
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


class Town:
    """The program, its platforms, and people who agreed to be told things."""

    def __init__(self, program: Running, telegram: FakeTelegram, twilio: FakeTwilio) -> None:
        self.program, self.telegram, self.twilio = program, telegram, twilio
        self._phones = iter(range(10_000_000, 99_999_999))

    def on_database(self, work: Any) -> Any:
        database = Database(self.program.environment["LOKET_DATABASE__URL"])
        try:
            return database.write(work)
        finally:
            database.close()

    def agrees(self, channel: str, address: str) -> None:
        """This person's chat belongs to the office, and they want to be told things."""

        def work(tx: Any) -> None:
            chat = conversations.find(tx, channel, address)
            tx.execute(CONVERSATIONS.update().where(chat.id == CHAT).values(office_id="pu"))
            optins.keep(tx, "pu", chat.person_id, "in", "chat", chat.seen_at)

        self.on_database(work)

    def forgets(self) -> None:
        """Whoever agreed so far wants nothing more."""
        self.on_database(lambda tx: tx.execute(OPTINS.update().values(state="out")))

    def on_telegram(self, name: str) -> OnTelegram:
        user = self.telegram.user(name)
        user.start("pu")
        user.waits_for("Mau urus apa")
        self.agrees("telegram", str(user.id))
        return user

    def on_whatsapp(self) -> OnPhone:
        user = self.twilio.user(f"+6281{next(self._phones)}", "Siti")
        user.says("halo")
        user.waits_for(lambda message: True)
        self.agrees("whatsapp", user.phone)
        return user

    def silent_for_days(self) -> OnPhone:
        """Somebody who wrote three days ago."""
        user = self.on_whatsapp()

        def work(tx: Any) -> None:
            chat = conversations.find(tx, "whatsapp", user.phone)
            long_ago = chat.seen_at.replace(day=20)
            tx.execute(CONVERSATIONS.update().where(chat.id == CHAT).values(seen_at=long_ago))

        self.on_database(work)
        user.person.wrote_at = (user.person.wrote_at or 0) - 3 * 86_400
        return user

    def with_old_phone(self) -> OnPhone:
        """Somebody who can be reached by text message alone."""
        user = self.twilio.user(f"+6281{next(self._phones)}", "Karto", "sms")
        now = datetime(2026, 11, 23, tzinfo=UTC)
        self.on_database(
            lambda tx: conversations.create(tx, "pu", "sms", user.phone, "Karto", user.phone, now)
        )
        self.agrees("sms", user.phone)
        return user

    def commands(self, *words: str) -> str:
        """What a command of the program prints."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words],
            env={**os.environ, **self.program.environment},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def tells(
        self, kind: str, data: bytes, channel: str, body: str, buttons: Sequence[Any] = ()
    ) -> str:
        """Send a broadcast now, with a file in the vault; returns where the file is."""
        file, now = f"{kind}-{token_urlsafe(16)}", datetime(2026, 11, 23, 3, tzinfo=UTC)
        Vault(self.program.folder / "files", Keys.from_text(KEY)).put(file, "pu", data)
        segment = {"channels": [channel]}
        written = Written("Kabar", body, "news", buttons, segment, 0, enclosure=file)

        def work(tx: Any) -> None:
            enclosures.create(
                tx, file, office_id="pu", kind=kind, media_type=TYPES[kind], size=len(data),
                name="", made_by="sari", now=now,
            )  # fmt: skip
            number = texts.write(tx, HOUSE, HOUSE.office("pu"), written, "sari", 7, now)
            steer(tx, HOUSE, "pu", number, "plan", "sari", "head", now)

        self.on_database(work)
        return f"/{path(file)}"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with FakeTelegram(limits=False) as telegram, FakeTwilio(throughput=None) as twilio:
        program = Running(
            tmp_path_factory.mktemp("town"), **settings(twilio), **ALL_DAY,
            LOKET_TELEGRAM__TOKEN=telegram.token, LOKET_TELEGRAM__API_URL=telegram.url,
        )  # fmt: skip
        town = Town(program, telegram, twilio)
        town.commands("whatsapp", "templates", "push")
        twilio.approves(template("broadcast_news"))
        twilio.approves(template("broadcast_news_pdf"))
        with program:
            twilio.webhook(program.url + MESSAGES, PUBLIC + MESSAGES)
            yield town
        assert "Traceback" not in program.printed.read_text()


def template(name: str) -> str:
    """What a template is called at Twilio."""
    ours = load(TEMPLATES, place(PUBLIC))
    return str(ours[name, "id"].resource()["friendly_name"])


def test_on_telegram_the_words_stand_below_the_picture_which_is_uploaded_once(town, tmp_path):
    people = [town.on_telegram(f"Warga {number}") for number in range(4)]
    (tmp_path / "poster.jpg").write_bytes(poster())
    (tmp_path / "siaran.toml").write_text(PLAN)
    plan = ("broadcast", "plan", str(tmp_path / "siaran.toml"))
    assert town.commands(*plan, "--file", str(tmp_path / "poster.jpg")).endswith("\tsending\n")
    seen = [each.waits_for("Syaratnya ada di gambar.") for each in people]
    assert {each.buttons[0] for each in seen} == {"Coba sekarang"}
    assert all(each.photo for each in seen)
    pictures = [Image.open(io.BytesIO(each.photo)) for each in seen]
    assert max(each.size for each in pictures) == (1600, 800)
    assert not any(b"RW 02" in each.photo for each in seen)
    assert town.telegram.world.uploads == ["photo"], "the others by the id that Telegram gave it"
    town.forgets()


def test_on_telegram_long_words_follow_the_file(town):
    user = town.on_telegram("Slamet")
    town.tells("pdf", small_pdf(), "telegram", "Baca dulu. " * 100)
    paper = user.waits_for(lambda message: message.document is not None)
    assert (paper.text, paper.file_name.endswith(".pdf")) == ("", True)
    assert user.waits_for("Baca dulu.").message_id > paper.message_id
    town.forgets()


def test_a_film_is_sent_as_one_and_to_whoever_left_nobody_waits(town):
    user, gone = town.on_telegram("Yuni"), town.on_telegram("Pergi")
    gone.blocks()
    data = film()
    town.tells("video", data, "telegram", "Lihat caranya.")
    assert user.waits_for("Lihat caranya.").video == data
    town.forgets()


def test_on_whatsapp_whoever_wrote_today_gets_the_file_then_the_words_with_buttons(town):
    user = town.on_whatsapp()
    at = town.tells("photo", PICTURE, "whatsapp", "Syaratnya ada di gambar.", BUTTON)
    picture = user.waits_for(lambda message: message.photo is not None)
    words = user.waits_for("Syaratnya ada di gambar.")
    assert (picture.text, words.buttons) == ("", ["Coba sekarang"])
    assert picture.urls == (PUBLIC + at,)
    town.forgets()


def test_without_buttons_the_words_stand_below_the_picture(town):
    user = town.on_whatsapp()
    town.tells("photo", PICTURE, "whatsapp", "Kantor pindah.")
    assert user.waits_for("Kantor pindah.").photo is not None
    town.forgets()


def test_after_a_day_whatsapp_shows_the_file_above_words_that_it_approved_with_one(town):
    user = town.silent_for_days()
    at = town.tells("pdf", small_pdf(), "whatsapp", "Syaratnya ada di berkas.", BUTTON)
    seen = user.waits_for(lambda message: "Syaratnya" in (message.shown and message.shown.body))
    assert seen.document == small_pdf()
    assert seen.urls == (PUBLIC + at,)
    assert "Info layanan dari Kecamatan" in seen.shown.body
    assert PUBLIC not in seen.shown.body
    assert seen.buttons == ["Coba sekarang", "Stop info"]
    town.forgets()


def test_what_the_reviewers_see_is_there(town):
    for name, kind in (("sample.jpg", "image/jpeg"), ("sample.pdf", "application/pdf")):
        answer = httpx.get(f"{town.program.url}/media/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


def test_without_such_a_template_the_words_say_where_it_is(town):
    user = town.silent_for_days()
    at = town.tells("photo", PICTURE, "whatsapp", "Syaratnya ada di gambar.", BUTTON)
    seen = user.waits_for("Syaratnya ada di gambar.")
    assert f"Gambarnya: {PUBLIC}{at}" in seen.text
    assert seen.buttons == ["Coba sekarang", "Stop info"]
    town.forgets()


def test_a_text_message_says_where_the_file_is(town):
    user = town.with_old_phone()
    at = town.tells("pdf", small_pdf(), "sms", "Syarat baru.")
    assert f"Berkasnya: {PUBLIC}{at}" in user.waits_for("Syarat baru.").text
    town.forgets()


def test_everybody_who_knows_the_address_can_look_and_nobody_else(town):
    data = film()
    town.on_telegram("Tini")
    at = town.program.url + town.tells("video", data, "telegram", "Lihat ini.")
    head, whole = httpx.head(at), httpx.get(at)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(data)))
    assert (whole.content, whole.headers["content-type"]) == (data, "video/mp4")
    assert "sandbox" in whole.headers["content-security-policy"]
    piece = httpx.get(at, headers={"range": "bytes=5-9"})
    assert (piece.status_code, piece.content) == (206, data[5:10])
    assert piece.headers["content-range"] == f"bytes 5-9/{len(data)}"
    assert httpx.get(at, headers={"range": f"bytes={len(data)}-"}).status_code == 416
    elsewhere = f"{town.program.url}/media/..%2f..%2fetc"
    guesses = at.replace(".mp4", ".jpg"), at.replace("video-", "video-x"), at[:-4]
    for wrong in (*guesses, elsewhere, at.replace("video-", "pdf-")):
        assert httpx.get(wrong).status_code == 404, wrong
    town.forgets()
