"""Telegram from end to end: the real program, real HTTP, a Bot API as strict as the platform's."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from fakes.telegram import FakeTelegram
from hostile import CORPUS
from postgres import Cluster
from running import Running
from storage.tables import INBOX, OUTBOX, PEOPLE, TICKETS
from telegram_counter import BLURRED, KK, KTP, SECRET, STAFF, Counter, applies, begins, opened


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """Updates come by webhook."""
    yield from opened(tmp_path_factory.mktemp("webhook"), "webhook")


@pytest.fixture
def polled(tmp_path: Path) -> Iterator[Counter]:
    """Updates are fetched by long polling."""
    yield from opened(tmp_path, "polling")


def test_a_citizen_gets_a_ticket_and_staff_are_told(counter: Counter) -> None:
    user = counter.fake.user("Slamet")
    number = applies(user)
    alert = counter.staff.waits_for(number)
    assert "Slamet" not in alert.text
    assert "3302271708900003" not in alert.text
    user.says("status")
    assert number in user.waits_for("periksa").text


def test_the_program_serves_the_same_on_postgresql(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.url(cluster.create())
    with FakeTelegram(limits=False) as fake:
        staff = fake.group(STAFF, "Staf Kecamatan")
        settings = {
            "LOKET_DATABASE__URL": url,
            "LOKET_TELEGRAM__TOKEN": fake.token,
            "LOKET_TELEGRAM__API_URL": fake.url,
            "LOKET_TELEGRAM__STAFF_CHAT": str(STAFF),
        }
        user = fake.user("Slamet")
        with Running(tmp_path, **settings):
            begins(user)
        with Running(tmp_path, **settings) as program:
            user.sends_photo(KTP)
            user.waits_for("foto Kartu Keluarga")
            user.sends_photo(KK)
            user.waits_for("Sudah benar?")
            user.taps("Ya, kirim")
            number = user.waits_for("Nomor: PU-").text.split("Nomor: ")[1].split()[0]
            staff.waits_for(number)
            assert program.stop() == 0
        assert "Traceback" not in program.printed.read_text()


def test_a_group_can_be_asked_for_its_id(counter: Counter) -> None:
    group = counter.fake.group(-1002, "Loket baru")
    group.member(counter.fake.user("Pak Camat")).says("/id")
    assert "-1002" in group.waits_for("staff_chat").text


def test_long_polling_serves_a_whole_request_once(polled: Counter) -> None:
    polled.fake.deliver_twice = True
    user = polled.fake.user("Slamet")
    number = applies(user)
    polled.staff.waits_for(number)
    assert polled.count(TICKETS) == 1
    assert httpx.post(f"{polled.program.url}/webhooks/telegram", json={}).status_code == 404


def test_nobody_else_learns_the_status_of_a_ticket(counter: Counter) -> None:
    number = applies(counter.fake.user("Yuni"))
    stranger = counter.fake.user("Orang lain")
    stranger.start("pu")
    stranger.waits_for("Mau urus apa")
    stranger.says(number)
    not_yours = stranger.waits_for("").text
    stranger.says("PU-2611-99999-9")
    not_there = stranger.waits_for("").text
    assert not_yours == not_there
    assert "Ganti KTP" not in not_yours


def test_a_blurred_photo_is_answered_and_may_be_insisted_on(counter: Counter) -> None:
    user = counter.fake.user("Bu Tuti")
    begins(user)
    sent = user.sends_photo(BLURRED)
    first = user.waits_for("kabur")
    assert first.reply_to == sent
    assert not any("apa adanya" in button for button in first.buttons)
    user.sends_photo(BLURRED)
    second = user.waits_for("kabur")
    assert any("apa adanya" in button for button in second.buttons)
    user.says("kirim apa adanya")
    user.waits_for("foto Kartu Keluarga")
    user.sends_photo(KK)
    user.waits_for("Sudah benar?")
    user.taps("Ya, kirim")
    number = user.waits_for("Nomor: PU-").text.split("Nomor: ")[1].split()[0]
    assert "1 foto" in counter.staff.waits_for(number).text


def test_an_album_fills_the_steps_only_after_asking_which_is_which(counter: Counter) -> None:
    user = counter.fake.user("Pak Joko")
    begins(user)
    first, second = user.sends_album([KTP, KK])
    asked = user.waits_for("foto apa?")
    assert asked.reply_to == first
    user.taps("Kartu Keluarga", asked)
    asked = user.waits_for("foto apa?")
    assert asked.reply_to == second
    user.taps("Surat kehilangan", asked)
    user.waits_for("Sudah benar?")


def test_voice_notes_stickers_and_videos_get_a_kind_answer_and_do_not_stall(
    counter: Counter,
) -> None:
    user = counter.fake.user("Mbah Karto")
    begins(user)
    for deed, words in (
        (user.sends_voice, "suara"),
        (user.sends_sticker, ""),
        (user.sends_video, "ideo"),
        (user.sends_location, "okasi"),
        (lambda: user.sends_contact(own=False), "ontak"),
        (user.sends_contact, "Nomor HP sudah tercatat"),
    ):
        deed()
        user.waits_for(words)
        user.waits_for("foto surat kehilangan")
    user.sends_photo(KTP)
    user.waits_for("foto Kartu Keluarga")


def test_no_hostile_file_stalls_the_chat(counter: Counter) -> None:
    user = counter.fake.user("Jahil")
    begins(user)
    for name in (
        "nothing at all",
        "a ZIP called .jpg",
        "a PNG of 900 million pixels",
        "a JPEG cut in half",
        "a PDF with a password",
        "a PDF that only unfolds in Acrobat",
    ):
        user.sends_document(CORPUS[name][0](), "foto.jpg", "image/jpeg")
        user.waits_for("", timeout=20)
    user.says("lanjut")
    user.waits_for("foto surat kehilangan")
    user.sends_photo(KTP)
    user.waits_for("foto Kartu Keluarga")


def test_a_file_that_fails_to_load_is_fetched_again(counter: Counter) -> None:
    user = counter.fake.user("Bu Rini")
    begins(user)
    counter.fake.fail("file", times=2, status=404)
    user.sends_photo(KTP)
    user.waits_for("foto Kartu Keluarga", timeout=20)


def test_a_document_too_big_for_bots_is_declined_kindly(counter: Counter) -> None:
    user = counter.fake.user("Pak Besar")
    begins(user)
    user.sends_document(b"x", "besar.pdf", "application/pdf", size=30 * 1024 * 1024)
    user.waits_for("terlalu besar")


def test_an_edited_answer_is_heard(counter: Counter) -> None:
    user = counter.fake.user("Bu Ani")
    user.start("pu-ktp_ganti")
    user.waits_for("KTP-nya kenapa")
    wrong = user.says("qwertyuiop")
    user.waits_for("belum paham")
    user.edits(wrong, "KTP hilang")
    user.waits_for("milik siapa")


def test_an_old_button_is_answered_politely(counter: Counter) -> None:
    user = counter.fake.user("Pak Lama")
    user.start("pu-ktp_ganti")
    old = user.waits_for("KTP-nya kenapa")
    user.taps("KTP hilang", old)
    user.waits_for("milik siapa")
    tap = user.taps("KTP rusak", old)
    user.waits_for("lama")
    user.waits_for_answer(tap)


def test_the_same_update_ten_times_at_once_has_one_effect(counter: Counter) -> None:
    user = counter.fake.user("Sepuluh")
    update = {
        "update_id": 900_000_001,
        "message": {
            "message_id": 1,
            "date": int(time.time()),
            "chat": {"id": user.id, "type": "private", "first_name": "Sepuluh"},
            "from": {"id": user.id, "is_bot": False, "first_name": "Sepuluh"},
            "text": "/start pu",
        },
    }
    user.start("pu")
    user.waits_for("Mau urus apa")
    before = len(user.messages)
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: _post(counter, update).status_code, range(10)))
    assert statuses == [200] * 10
    user.waits_for("Mau urus apa")
    time.sleep(1)
    assert len(user.messages) == before + 1


def test_an_update_from_25_hours_ago_is_answered(counter: Counter) -> None:
    user = counter.fake.user("Terlambat")
    user.start("pu")
    user.waits_for("Mau urus apa")
    counter.fake.update(
        {
            "message": {
                "message_id": 77,
                "date": int(time.time()) - 25 * 3600,
                "chat": {"id": user.id, "type": "private", "first_name": "Terlambat"},
                "from": {"id": user.id, "is_bot": False, "first_name": "Terlambat"},
                "text": "status",
            }
        }
    )
    user.waits_for("ermohonan")


def test_who_blocks_the_bot_holds_up_nobody(counter: Counter) -> None:
    gone, here = counter.fake.user("Pergi"), counter.fake.user("Ada")
    gone.start("pu")
    gone.waits_for("Mau urus apa")
    gone.says("bantuan")
    gone.blocks()
    here.start("pu")
    here.waits_for("Mau urus apa")
    gone.unblocks()
    gone.says("menu")
    gone.waits_for("Mau urus apa")


def test_a_429_is_waited_out_and_order_is_kept(counter: Counter) -> None:
    user = counter.fake.user("Sabar")
    user.start("pu")
    user.waits_for("Mau urus apa")
    counter.fake.fail("sendMessage", times=1, status=429, retry_after=2, chat=user.id)
    began = time.monotonic()
    user.says("bantuan")
    user.says("status")
    user.waits_for("kapan saja")
    user.waits_for("ermohonan")
    assert time.monotonic() - began >= 1.9


def test_a_message_that_was_accepted_but_not_confirmed_is_sent_again(counter: Counter) -> None:
    user = counter.fake.user("Dobel")
    user.start("pu")
    user.waits_for("Mau urus apa")
    counter.fake.fail("sendMessage", times=1, chat=user.id, after_accept=True)
    user.says("bantuan")
    user.waits_for("kapan saja")
    user.waits_for("kapan saja", timeout=15)


def test_strange_texts_are_answered(counter: Counter) -> None:
    user = counter.fake.user("Aneh")
    user.start("pu")
    user.waits_for("Mau urus apa")
    for text in ("😀" * 50, "‮" * 30, "<b>&amp;</b> *_`[", "a" * 4096, "\u0000\u0007", "0"):
        user.says(text)
        user.waits_for("")


def test_a_forged_webhook_is_refused(counter: Counter) -> None:
    update = {"update_id": 1_000_000_000, "message": {"text": "halo"}}
    before = counter.count(INBOX)
    for secret in ("", "wrong", SECRET[:-1], SECRET.upper(), f"{SECRET}x", "é"):
        answer = httpx.post(
            f"{counter.program.url}/webhooks/telegram",
            json=update,
            headers=[(b"x-telegram-bot-api-secret-token", secret.encode())] if secret else [],
        )
        assert answer.status_code in (403, 404)
    assert counter.count(INBOX) == before


def test_bad_webhook_bodies_are_refused_without_a_500(counter: Counter) -> None:
    for body in (b"", b"[]", b"null", b"{", b'"x"', b"{}", b'{"update_id": "x"}', b"\xff" * 9):
        assert _raw(counter, body) == 400
    assert _raw(counter, b" " * 2_000_000) == 413
    poison = b'{"update_id": 1000000001, "message": {"message_id": "nonsense"}}'
    assert _raw(counter, poison) == 200
    assert counter.count(INBOX, INBOX.c.state == "failed", INBOX.c.address == "") >= 1


def test_nothing_is_left_unsent(counter: Counter) -> None:
    time.sleep(2)
    assert counter.count(OUTBOX, OUTBOX.c.state == "claimed") == 0
    assert counter.count(TICKETS) >= 3


def test_the_log_has_neither_numbers_nor_the_token(counter: Counter) -> None:
    printed = counter.program.printed.read_text()
    assert "3302271708900003" not in printed
    assert counter.fake.token not in printed
    assert Path(counter.program.folder / "files").exists()


def _post(counter: Counter, update: object) -> httpx.Response:
    return httpx.post(
        f"{counter.program.url}/webhooks/telegram",
        json=update,
        headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
    )


def _raw(counter: Counter, body: bytes) -> int:
    answer = httpx.post(
        f"{counter.program.url}/webhooks/telegram",
        content=body,
        headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
    )
    return answer.status_code


def test_a_phone_that_was_shared_shows_what_was_asked_for_from_it(counter: Counter) -> None:
    """The button asks Telegram for the number; what comes from it is the person's own."""
    user = counter.fake.user("Yuni")
    user.start("pu")
    user.waits_for("Mau urus apa")
    user.says("sambungkan")
    user.waits_for("Sudah punya kodenya")
    user.taps("Belum, minta kode")
    shown = user.waits_for("Kodenya: ")
    assert "Bagikan nomor HP saya" in shown.buttons
    user.sends_contact("+6281200000042")
    user.waits_for("Nomor HP sudah tercatat")
    assert counter.count(PEOPLE, PEOPLE.c.phone == "+6281200000042") == 1
