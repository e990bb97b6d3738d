"""Officers at work in Telegram: the real program, real HTTP, a strict Bot API."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from desk_office import PASSWORD, hashed
from fakes.telegram import FakeGroup, FakeUser
from handlers import staff
from pictures import card, jpeg
from storage.db import Database
from storage.tables import TALKS, TICKETS
from talk import MONDAY
from telegram_counter import STAFF, Counter, applies, opened

PHOTO = jpeg(card("kk"))


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    yield from opened(tmp_path_factory.mktemp("staff"), "webhook")


class Officer:
    """Somebody on the staff: a browser at the desk, a chat of their own, a place in the group."""

    def __init__(self, counter: Counter, login: str, name: str) -> None:
        self.counter = counter
        database = Database(counter.program.environment["LOKET_DATABASE__URL"])
        kept = hashed(PASSWORD)
        database.write(lambda tx: staff.add(tx, "pu", login, name, "officer", kept, MONDAY))
        database.close()
        self.http = httpx.Client(base_url=counter.program.url, timeout=20, verify=False)
        self.posts("/desk/sign-in", login=login, password=PASSWORD)
        self.chat: FakeUser = counter.fake.user(name)
        self.here: FakeUser = counter.staff.member(self.chat)

    def posts(self, path: str, **fields: str) -> httpx.Response:
        page = self.http.get("/desk").text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        return self.http.post(path, data={"csrf": csrf[1] if csrf else "", **fields})

    def links(self) -> "Officer":
        shown = self.posts("/desk/account/doors", password=PASSWORD).text
        code = re.search(r"sambungkan (\d{4} \d{4})", shown)
        assert code is not None
        self.chat.says(f"sambungkan {code[1]}")
        self.chat.waits_for("chat kerja")
        return self

    def talks_about(self, number: str) -> str:
        return self.posts(f"/desk/tickets/{number}/talk").headers["location"]


@pytest.fixture(scope="module")
def sari(counter: Counter) -> Officer:
    return Officer(counter, "sari", "Bu Sari").links()


@pytest.fixture(scope="module")
def budi(counter: Counter) -> Officer:
    return Officer(counter, "budi", "Pak Budi").links()


def alert(group: FakeGroup, number: str):
    return group.waits_for(lambda m: number in m.text and "Ambil" in m.buttons)


def test_a_request_is_worked_without_opening_the_desk(counter, sari):
    user = counter.fake.user("Slamet")
    number = applies(user)
    shown = alert(counter.staff, number)
    tap = sari.here.waits_for_answer(sari.here.taps("Ambil", shown))
    assert number in tap.text
    counter.staff.waits_for(lambda m: m.message_id == shown.message_id and "Bu Sari" in m.text)
    sari.here.taps("Minta foto ulang", shown)
    counter.staff.waits_for(lambda m: m.message_id == shown.message_id and "foto mana" in m.text)
    sari.here.taps("Kartu Keluarga", shown)
    counter.staff.waits_for("apa yang kurang")
    sari.here.taps("Kabur", shown)
    assert "Tulisannya kabur" in user.waits_for("dikirim ulang").text
    user.waits_for("Kartu Keluarga")
    user.sends_photo(PHOTO)
    user.waits_for("diperiksa lagi")
    sari.chat.waits_for("perbaikan sudah masuk")
    sari.chat.taps("Sudah jadi")
    sari.chat.waits_for("Warga langsung dikabari")
    sari.chat.taps("Ya, kabari warga")
    user.waits_for("sudah jadi")
    counter.staff.waits_for(lambda m: m.message_id == shown.message_id and "Sudah jadi" in m.text)


def test_two_officers_tap_at_once_and_one_is_told_who_was_quicker(counter, sari, budi):
    number = applies(counter.fake.user("Yuni"))
    shown = alert(counter.staff, number)
    with ThreadPoolExecutor(2) as pool:
        taps = list(pool.map(lambda o: o.here.taps("Ambil", shown), (sari, budi)))
    answers = [sari.here.waits_for_answer(tap).text for tap in taps]
    assert sum("dicatat untuk" in text for text in answers) == 1
    assert sum("dikerjakan" in text for text in answers) == 1


def test_the_same_tap_delivered_twice_has_one_effect(counter, sari):
    number = applies(counter.fake.user("Dobel"))
    shown = alert(counter.staff, number)
    counter.fake.deliver_twice = True
    try:
        tap = sari.here.waits_for_answer(sari.here.taps("Ambil", shown))
        counter.fake.waits_until_delivered()
    finally:
        counter.fake.deliver_twice = False
    assert "dicatat untuk Bu Sari" in tap.text
    assert counter.count(TICKETS, TICKETS.c.number == number, TICKETS.c.officer == "sari") == 1


def test_somebody_in_the_group_who_is_not_linked_is_told_how(counter):
    number = applies(counter.fake.user("Rini"))
    shown = alert(counter.staff, number)
    guest = counter.staff.member(counter.fake.user("Tamu"))
    assert "Sambungkan dulu" in guest.waits_for_answer(guest.taps("Ambil", shown)).text


def test_officer_and_citizen_talk_from_chat_to_chat_with_photos_and_voices(counter, sari):
    user = counter.fake.user("Slamet")
    number = applies(user)
    where = sari.talks_about(number)
    user.waits_for("Sekarang Bu Sari, petugas")
    sari.posts(f"{where}/say", text="Selamat pagi, Pak.")
    user.waits_for("Bu Sari, petugas:\nSelamat pagi, Pak.")
    user.says("Pagi Bu, KK yang mana?")
    word = sari.chat.waits_for("KK yang mana?")
    sari.chat.says("Yang baru, Pak.", reply_to=word.message_id)
    assert "Yang baru, Pak." in user.waits_for("Yang baru").text
    sari.chat.waits_for("Diteruskan ke warga")

    user.sends_photo(PHOTO, "yang ini?")
    photo = sari.chat.waits_for("yang ini?")
    assert photo.photo is not None
    user.sends_voice()
    voice = sari.chat.waits_for("pesan suara")
    assert voice.voice is not None
    assert voice.voice.startswith(b"OggS")
    sari.chat.sends_voice(reply_to=voice.message_id)
    heard = user.waits_for(lambda m: m.voice is not None)
    assert "Bu Sari, petugas" in heard.text
    sari.chat.sends_photo(PHOTO, "Contohnya begini", reply_to=photo.message_id)
    assert user.waits_for("Contohnya begini").photo is not None

    page = sari.http.get(where).text
    played = re.search(r'<audio[^>]+src="([^"]+)"', page)
    assert played is not None
    assert sari.http.get(played[1]).content.startswith(b"OggS")

    ended = sari.chat.waits_for_answer(sari.chat.taps("Selesai", photo))
    assert "Percakapan selesai" in ended.text
    user.waits_for("Percakapan dengan Bu Sari selesai")
    user.says("status")
    user.waits_for(number)
    sari.chat.says("Satu lagi, Pak", reply_to=word.message_id)
    sari.chat.waits_for("percakapan itu sudah selesai")


def test_a_question_is_answered_from_the_group_once(counter, sari, budi):
    user = counter.fake.user("Tuti")
    user.start("pu")
    user.waits_for("Mau urus apa")
    user.says("petugas")
    user.waits_for("ulis")
    user.says("Buka jam berapa?")
    shown = counter.staff.waits_for("Ada warga yang bertanya")
    assert "jam berapa" not in shown.text
    sari.here.taps("Baca di chat saya", shown)
    question = sari.chat.waits_for("Buka jam berapa?")
    sari.chat.says("Jam 7.15, Bu.", reply_to=question.message_id)
    user.waits_for("Jam 7.15, Bu.")
    counter.staff.waits_for("sudah dijawab Bu Sari")
    budi.here.says("Jam 7", reply_to=shown.message_id)
    counter.staff.waits_for("sudah dijawab Bu Sari")


def test_the_program_killed_in_a_talk_goes_on_with_it(counter, sari):
    user = counter.fake.user("Mati Lampu")
    number = applies(user)
    where = sari.talks_about(number)
    user.waits_for("Sekarang Bu Sari")
    counter.program.kill()
    user.says("Halo Bu?")
    counter.program.start()
    sari.chat.waits_for("Halo Bu?", timeout=30)
    sari.posts(f"{where}/say", text="Ya, Pak?")
    user.waits_for("Ya, Pak?", timeout=30)
    talk = int(where.rpartition("/")[2])
    assert counter.count(TALKS, TALKS.c.id == talk, TALKS.c.ended_at.is_(None)) == 1


def test_no_alert_of_the_whole_day_named_anybody(counter):
    """Everything that went to the group: no citizen's name, words or numbers."""
    said = [message.text for message in counter.staff.messages]
    assert len(said) > 5
    secret = re.compile(r"slamet|riyadi|yuni|tuti|33022|jam berapa|KK yang mana|@", re.IGNORECASE)
    assert [text for text in said if secret.search(text)] == []
    data = [b.data or "" for m in counter.staff.messages for row in m.keyboard for b in row]
    assert all(re.fullmatch(r"(staff:[0-9a-f]+(:[a-z_]+)+)?", each) for each in data)
    assert counter.staff.id == STAFF
    assert Path(counter.program.folder / "files").exists()
