"""WhatsApp and text messages from end to end: the real program, a Twilio as strict as theirs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakes.twilio import FakeTwilio, FakeUser
from handlers.message import Message
from handlers.tickets import Actor, move
from pictures import card, jpeg
from running import Running
from storage import attachments, conversations, outbox
from storage.db import Database
from storage.files import Keys, Vault
from storage.tables import ATTACHMENTS, BOOKMARKS, CONVERSATIONS, INBOX, OUTBOX, PEOPLE, TICKETS
from talk import house

PUBLIC = "https://loket.example.go.id"
KTP, KK = jpeg(card("ktp")), jpeg(card("kk"))
BLURRED = jpeg(card("ktp", blur=5))
NOON = "2026-11-23T12:00:00+07:00"
SARI = Actor("staff", "sari", "Bu Sari")


class Counter:
    """The program, its Twilio, and the people who write to it."""

    def __init__(self, fake: FakeTwilio, program: Running) -> None:
        self.fake = fake
        self.program = program
        self._numbers = iter(range(10_000_000, 99_999_999))

    def somebody(self, name: str = "Siti", channel: Any = "whatsapp") -> FakeUser:
        return self.fake.user(f"+6281{next(self._numbers)}", name, channel)

    def restarts(self, at: str = "", **settings: str) -> None:
        """Ends the program and starts it again, perhaps at another time."""
        self.program.stop()
        if at:
            self.program.environment["LOKET_CLOCK__NOW"] = at
        self.program.environment |= settings
        self.program.start()

    def rows(self, table: Any, *where: Any) -> list[Any]:
        return self.on_database(
            lambda tx: list(tx.execute(table.select().where(*where).order_by(*table.primary_key)))
        )

    def on_database(self, work: Callable[[Any], Any]) -> Any:
        database = Database(self.program.environment["LOKET_DATABASE__URL"])
        try:
            return database.write(work)
        finally:
            database.close()

    def moves(self, number: str, name: str, at: str = NOON, **more: Any) -> None:
        """Bu Sari moves a ticket."""
        when = datetime.fromisoformat(at)
        self.on_database(lambda tx: move(tx, HOUSE, "pu", number, name, SARI, when, **more))

    def loket(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command with the program's settings."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            env={**os.environ, **self.program.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


HOUSE = house(LOKET_SMS__FROM="+12025550123", LOKET_WHATSAPP__ACCOUNT_SID="AC" + "0" * 32,
              LOKET_WHATSAPP__AUTH_TOKEN="x", LOKET_WEB__PUBLIC_URL=PUBLIC)  # fmt: skip


def opened(folder: Path, **settings: str) -> Iterator[Counter]:
    with FakeTwilio() as fake:
        program = Running(folder)
        fake.webhook(f"{program.url}/webhooks/whatsapp", f"{PUBLIC}/webhooks/whatsapp")
        program.environment |= {
            "LOKET_WEB__PUBLIC_URL": PUBLIC,
            "LOKET_WHATSAPP__ACCOUNT_SID": fake.account_sid,
            "LOKET_WHATSAPP__AUTH_TOKEN": fake.auth_token,
            "LOKET_WHATSAPP__FROM": fake.whatsapp_from.removeprefix("whatsapp:"),
            "LOKET_WHATSAPP__API_URL": fake.url,
            "LOKET_WHATSAPP__PERSON_BURST": "200",
            "LOKET_SMS__FROM": fake.sms_from,
            "LOKET_BROADCASTS__PER_MONTH": "0",
            "LOKET_CLOCK__NOW": NOON,
            **settings,
        }
        with program:
            counter = Counter(fake, program)
            # an office has its program running before it tells Twilio of it
            eventually(lambda: len(counter.rows(BOOKMARKS)) == 2)
            yield counter
        assert "Traceback" not in program.printed.read_text()


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """One program for what does not disturb others."""
    yield from opened(tmp_path_factory.mktemp("whatsapp"))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Counter]:
    """A program of one's own."""
    yield from opened(tmp_path)


def gives(counter: Counter, user: FakeUser, data: bytes, media_type: str, said: str) -> None:
    """An officer sends that person a file."""
    kind = "photo" if media_type == "image/jpeg" else "pdf"
    file, now = f"file-{kind}-{user.phone[-8:]}", datetime.fromisoformat(NOON)
    Vault(counter.program.folder / "files", Keys((b"k" * 32,))).put(file, "pu", data)

    def work(tx: Any) -> None:
        chat = conversations.find(tx, "whatsapp", user.phone)
        attachments.create(
            tx, file, office_id="pu", conversation_id=chat.id, remote={"by": "sari"}, caption="",
            message_id="", due_at=now, now=now,
        )  # fmt: skip
        attachments.examined(tx, file, state="stored", verdict="good", kind=kind,
                             media_type=media_type)  # fmt: skip
        message = Message(said, kind="answer", file=file)
        outbox.put(tx, office_id="pu", channel="whatsapp", address=user.phone,
                   payloads=[message.payload()], now=now)  # fmt: skip

    counter.on_database(work)


def test_a_photo_and_a_paper_of_an_officer_arrive_as_files(counter: Counter) -> None:
    user, paper = counter.somebody(), b"%PDF-1.7 formulir"
    user.says("halo")
    user.waits_for("Loket")
    gives(counter, user, KK, "image/jpeg", "Contohnya begini, Bu.")
    assert user.waits_for("Contohnya begini").photo == KK
    gives(counter, user, paper, "application/pdf", "Ini formulirnya, Bu.")
    user.waits_for("Ini formulirnya")
    user.waits_for(lambda message: message.document == paper)
    (fetched,) = {path for path in counter.rows(OUTBOX, OUTBOX.c.address == user.phone)
                  if "formulirnya" in path.payload}  # fmt: skip
    assert fetched.state == "sent"
    assert httpx.get(f"{counter.program.url}/m/{'x' * 200}/loket.pdf").status_code == 404


def begins(user: FakeUser) -> None:
    """From the greeting to the first photo that is asked for."""
    user.says("mulai pu-ktp_ganti")
    user.waits_for("KTP-nya kenapa")
    for choice, words in (
        ("KTP hilang", "milik siapa"),
        ("Saya sendiri", "Mulai sekarang"),
        ("Ya, mulai", "Setuju?"),
        ("Setuju", "Tulis NIK"),
    ):
        user.taps(choice)
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
    return str(text.split("Nomor: ")[1].split()[0])


def eventually(condition: Callable[[], Any], timeout: float = 10.0) -> Any:
    """What the condition gives, as soon as it gives something."""
    until = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
    return found


# --- a conversation ---------------------------------------------------------------------


def test_a_citizen_gets_a_ticket(counter: Counter) -> None:
    user = counter.somebody("Slamet")
    number = applies(user)
    (ticket,) = counter.rows(TICKETS, TICKETS.c.number == number)
    assert ticket.channel == "whatsapp"
    assert ticket.answers["name"] == "Slamet Riyadi"
    files = counter.rows(ATTACHMENTS, ATTACHMENTS.c.ticket_id == ticket.id)
    assert [file.state for file in files] == ["stored", "stored"]
    (person,) = counter.rows(PEOPLE, PEOPLE.c.id == ticket.person_id)
    assert (person.phone, person.name) == (user.phone, "Slamet")


def test_few_choices_are_buttons_more_are_a_list_and_both_carry_numbers(counter: Counter) -> None:
    user = counter.somebody()
    user.says("mulai pu")
    shown = user.waits_for("Mau urus apa")
    assert shown.buttons == ["1 Urus surat/kartu", "2 Cek status", "3 Tanya petugas"]
    assert not shown.is_list
    user.taps("Urus surat/kartu")
    assert user.waits_for("Mau urus yang mana").is_list


def test_a_choice_is_taken_by_number_and_by_words_too(counter: Counter) -> None:
    user = counter.somebody()
    user.says("mulai pu-ktp_ganti")
    user.waits_for("KTP-nya kenapa")
    user.says("1")
    user.waits_for("milik siapa")
    user.says("saya sendiri")
    user.waits_for("Mulai sekarang")


def test_the_answer_to_a_webhook_says_nothing_to_the_citizen(counter: Counter) -> None:
    user = counter.somebody()
    user.says("mulai pu")
    user.waits_for("Mau urus apa")
    counter.fake.waits_until_quiet()
    assert [message.direction for message in user.messages] == ["outbound-api"]
    assert counter.fake.alerts == []


def test_several_photos_at_once_are_asked_about_one_by_one(counter: Counter) -> None:
    user = counter.somebody()
    begins(user)
    user.sends_photos([KTP, KK])
    shown = user.waits_for("Foto ini foto apa")
    user.taps(shown.buttons[0])
    user.waits_for("Foto ini foto apa")


def test_a_blurred_photo_is_asked_for_again(counter: Counter) -> None:
    user = counter.somebody()
    begins(user)
    user.sends_photo(BLURRED)
    user.waits_for("kabur")


def test_a_pdf_without_a_caption_is_no_answer_in_words(counter: Counter) -> None:
    user = counter.somebody()
    begins(user)
    user.sends_document(b"%PDF-1.4 broken", "KTP hilang.pdf")
    user.waits_for("tidak bisa dibuka")


def test_what_cannot_be_read_gets_a_kind_answer_and_stalls_nothing(counter: Counter) -> None:
    user = counter.somebody()
    begins(user)
    for deed, words in (
        (user.sends_voice, "belum bisa mendengar"),
        (user.sends_sticker, "Stikernya"),
        (user.sends_video, "ideo"),
        (user.sends_location, "okasi"),
        (user.sends_contact, "ontak"),
    ):
        deed()
        user.waits_for(words)
        user.waits_for("foto surat kehilangan")
    user.sends_photo(KTP)
    user.waits_for("foto Kartu Keluarga")


def test_a_photo_that_is_not_there_yet_is_fetched_when_it_is(counter: Counter) -> None:
    user = counter.somebody()
    begins(user)
    counter.fake.fail("media", times=2, status=404)
    user.sends_photo(KTP)
    user.waits_for("foto Kartu Keluarga", timeout=20)


def test_a_message_told_twice_has_its_effect_once(own: Counter) -> None:
    own.fake.deliver_twice = True
    user = own.somebody()
    user.says("mulai pu")
    user.waits_for("Mau urus apa")
    own.fake.waits_until_quiet()
    assert len(own.rows(INBOX)) == 1
    assert len(user.messages) == 1


def test_a_text_message_gets_numbered_choices(counter: Counter) -> None:
    user = counter.somebody(channel="sms")
    user.says("mulai pu-ktp_ganti")
    assert "1. KTP hilang" in user.waits_for("KTP-nya kenapa").text
    user.says("1")
    user.waits_for("milik siapa")


def test_the_same_phone_is_the_same_person_on_whatsapp_and_by_text(counter: Counter) -> None:
    user = counter.somebody()
    number = applies(user)
    text = counter.fake.user(user.phone, channel="sms")
    text.says("status")
    text.waits_for(number)


# --- sending ----------------------------------------------------------------------------


def test_reports_are_kept_on_the_row_in_any_order(own: Counter) -> None:
    own.fake.callbacks = "shuffled"
    user = own.somebody()
    user.says("mulai pu")
    user.waits_for("Mau urus apa")
    user.reads()
    own.fake.waits_until_quiet()
    assert eventually(lambda: [r.receipt for r in own.rows(OUTBOX)] == ["read"])


def test_without_reports_twilio_is_asked(own: Counter) -> None:
    own.fake.callbacks = "none"
    user = own.somebody()
    user.says("mulai pu")
    user.waits_for("Mau urus apa")
    own.fake.waits_until_quiet()
    assert [row.receipt for row in own.rows(OUTBOX)] == [""]
    own.restarts("2026-11-23T13:00:00+07:00")
    eventually(lambda: [row.receipt for row in own.rows(OUTBOX)] == ["delivered"])


def test_content_is_made_once_and_used_again_after_a_restart(own: Counter) -> None:
    def made() -> int:
        asked = own.fake.requests
        return sum(r.method == "POST" and r.path == "/v1/Content" for r in asked)

    for _ in range(2):
        for _ in range(2):
            user = own.somebody()
            user.says("mulai pu")
            user.waits_for("Mau urus apa")
        own.restarts()
    assert made() == 1


def test_content_that_somebody_deleted_is_made_anew(own: Counter) -> None:
    user = own.somebody()
    user.says("mulai pu")
    user.waits_for("Mau urus apa")
    own.fake.world.templates.clear()
    user.says("menu")
    user.waits_for("Mau urus apa")


def test_when_content_is_out_of_order_the_words_still_go(own: Counter) -> None:
    own.fake.fail("content", times=50, status=400, code=20001)
    user = own.somebody()
    user.says("mulai pu-ktp_ganti")
    shown = user.waits_for("KTP-nya kenapa")
    assert shown.buttons == []
    assert "1. KTP hilang" in shown.text


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 500},
        {"status": 429, "code": 20429},
        {"status": "garbage"},
        {"status": "drop"},
        {"code": 63018},
    ],
    ids=str,
)
def test_a_trouble_that_passes_delays_a_message_and_loses_none(
    own: Counter, trouble: dict[str, Any]
) -> None:
    user = own.somebody()
    own.fake.fail("messages", times=1, **trouble)
    user.says("mulai pu")
    if trouble.get("code") == 63018:  # told later, by a report; tried again in half a minute
        eventually(lambda: [row.attempts for row in own.rows(OUTBOX)] == [1])
        eventually(lambda: [row.state for row in own.rows(OUTBOX)] == ["pending"])
        own.restarts("2026-11-23T12:10:00+07:00")
    user.waits_for("Mau urus apa", timeout=20)


# --- outside the window -----------------------------------------------------------------


@pytest.fixture
def silent(own: Counter) -> tuple[Counter, FakeUser, str]:
    """A citizen with a ticket who has not written for 25 hours; templates are approved."""
    assert own.loket("whatsapp", "templates", "push").returncode == 0
    for template in list(own.fake.world.templates.values()):
        own.fake.approves(template.friendly_name)
    user = own.somebody()
    number = applies(user)
    own.fake.waits_until_quiet()
    own.fake.advance(hours=25)
    own.restarts("2026-11-24T13:00:00+07:00")
    return own, user, number


def test_after_a_day_of_silence_news_comes_as_an_approved_template(
    silent: tuple[Counter, FakeUser, str],
) -> None:
    own, user, number = silent
    at = "2026-11-24T13:00:00+07:00"
    own.moves(number, "take", at)
    own.moves(number, "finish", at, note="Ambil di\nLoket 2, Jum'at.")
    shown = user.waits_for("sudah jadi")
    assert number in shown.text
    assert "Ambil di Loket 2, Jum’at." in shown.text
    assert shown.buttons == ["Atur jam ambil", "Cek status", "Tanya petugas"]
    user.taps("Cek status")
    user.waits_for("Sudah jadi, bisa diambil")
    assert eventually(lambda: {r.state for r in own.rows(OUTBOX)} == {"sent"})


def test_a_photo_asked_for_again_comes_back_after_a_day(
    silent: tuple[Counter, FakeUser, str],
) -> None:
    own, user, number = silent
    at = "2026-11-24T13:00:00+07:00"
    own.moves(number, "take", at)
    own.moves(number, "send_back", at, note="Capnya kabur.", documents=["police"])
    shown = user.waits_for("perlu dikirim ulang")
    assert "Capnya kabur." in shown.text
    user.sends_photo(KTP)
    user.waits_for("Sudah kami terima")
    assert "dropped" in [row.state for row in own.rows(OUTBOX)], "its question needs no template"


def test_a_window_that_closed_without_our_knowing_is_no_loss(own: Counter) -> None:
    """Our clock is behind theirs: WhatsApp refuses afterwards, and the template goes out."""
    assert own.loket("whatsapp", "templates", "push").returncode == 0
    for template in list(own.fake.world.templates.values()):
        own.fake.approves(template.friendly_name)
    own.restarts()
    user = own.somebody()
    number = applies(user)
    own.fake.waits_until_quiet()
    own.fake.advance(hours=25)
    own.moves(number, "take")
    own.moves(number, "finish")
    assert user.waits_for("sudah jadi").buttons == ["Atur jam ambil", "Cek status", "Tanya petugas"]


def test_who_has_no_whatsapp_any_more_gets_a_text_message(
    silent: tuple[Counter, FakeUser, str],
) -> None:
    own, user, number = silent
    user.no_whatsapp()
    text = own.fake.user(user.phone, channel="sms")
    at = "2026-11-24T13:00:00+07:00"
    own.moves(number, "take", at)
    own.moves(number, "finish", at)
    assert number in text.waits_for("sudah jadi").text


def test_in_the_end_staff_see_whom_to_call_and_why(own: Counter) -> None:
    user = own.somebody()
    number = applies(user)
    own.fake.waits_until_quiet()
    own.fake.advance(hours=25)
    own.restarts("2026-11-24T13:00:00+07:00", LOKET_SMS__FROM="")
    at = "2026-11-24T13:00:00+07:00"
    own.moves(number, "take", at)
    own.moves(number, "finish", at)
    (row,) = eventually(lambda: own.rows(OUTBOX, OUTBOX.c.state == "failed"))
    assert row.error == "no_template", "nothing was pushed"
    assert not any("sudah jadi" in message.text for message in user.messages)


def test_who_blocked_us_is_not_written_to_again(own: Counter) -> None:
    user = own.somebody()
    number = applies(user)
    user.blocks()
    own.moves(number, "take")
    own.moves(number, "finish")
    eventually(lambda: own.rows(OUTBOX, OUTBOX.c.error == "63014"))
    (chat,) = own.rows(CONVERSATIONS, CONVERSATIONS.c.channel == "whatsapp")
    assert chat.left_at is not None
    text = own.fake.user(user.phone, channel="sms")
    text.waits_for("sudah jadi")


# --- while we were down -----------------------------------------------------------------


def test_what_was_written_while_we_were_down_is_answered_once(own: Counter) -> None:
    user = own.somebody()
    user.says("mulai pu-ktp_ganti")
    user.waits_for("KTP-nya kenapa")
    own.fake.waits_until_quiet()
    own.program.stop()
    user.taps("KTP hilang")
    user.says("saya sendiri")
    user.sends_photo(KTP, "surat kehilangan")
    own.fake.waits_until_quiet()
    own.program.start()
    user.waits_for("Mulai sekarang")
    eventually(lambda: [row.state for row in own.rows(ATTACHMENTS)] == ["stored"])
    own.restarts()
    time.sleep(2)
    assert len(own.rows(INBOX)) == 4
    asked = [message.text for message in user.messages if "milik siapa" in message.text]
    assert len(asked) == 1


def test_what_came_before_the_first_start_is_not_ours_to_answer(tmp_path: Path) -> None:
    with FakeTwilio() as fake:
        siti = fake.user("+6281234567890")
        siti.says("halo")
        fake.waits_until_quiet()
        settings = {
            "LOKET_WEB__PUBLIC_URL": PUBLIC,
            "LOKET_WHATSAPP__ACCOUNT_SID": fake.account_sid,
            "LOKET_WHATSAPP__AUTH_TOKEN": fake.auth_token,
            "LOKET_WHATSAPP__FROM": fake.whatsapp_from,
            "LOKET_WHATSAPP__API_URL": fake.url,
            "LOKET_WHATSAPP__CATCH_UP_SECONDS": "1",
        }
        with Running(tmp_path, **settings) as program:
            fake.webhook(f"{program.url}/webhooks/whatsapp", f"{PUBLIC}/webhooks/whatsapp")
            time.sleep(2.5)
            assert siti.messages == []
            fake.advance(minutes=30)
            siti.says("mulai pu")
            siti.waits_for("Mau urus apa")


def test_the_window_counts_from_when_it_was_written(own: Counter) -> None:
    """Caught up a day late, an answer has to be a template; without one it is not sent."""
    user = own.somebody()
    user.says("mulai pu")
    user.waits_for("Mau urus apa")
    own.fake.waits_until_quiet()
    (before,) = own.rows(CONVERSATIONS)
    own.program.stop()
    wrote = own.fake.clock()
    user.says("status")
    own.fake.waits_until_quiet()
    later = datetime.fromtimestamp(wrote).astimezone() + timedelta(hours=30)
    own.fake.advance(hours=30)
    own.program.environment["LOKET_CLOCK__NOW"] = later.isoformat()
    own.program.start()
    eventually(lambda: len(own.rows(INBOX)) == 2)
    (after,) = own.rows(CONVERSATIONS)
    assert before.id == after.id
    assert abs(after.seen_at.timestamp() - wrote) < 5
    assert eventually(lambda: own.rows(OUTBOX, OUTBOX.c.state == "failed"))


# --- templates and commands -------------------------------------------------------------


def test_templates_are_pushed_once_and_followed_to_their_verdict(own: Counter) -> None:
    def templates(deed: str) -> "subprocess.CompletedProcess[str]":
        return own.loket("whatsapp", "templates", deed)

    first = templates("diff")
    assert first.returncode == 1
    assert "new           moved_ready (id)" in first.stdout
    pushed = templates("push")
    assert pushed.returncode == 0, pushed.stderr
    assert "received      moved_ready" in pushed.stdout
    count = len(own.fake.world.templates)
    assert templates("push").returncode == 0
    assert len(own.fake.world.templates) == count
    assert templates("diff").returncode == 0
    names = [each.friendly_name for each in own.fake.world.templates.values()]
    ready, *others = sorted(names, key=lambda name: "moved_ready" not in name)
    own.fake.rejects(ready, "PROMOTIONAL")
    for name in others:
        own.fake.approves(name)
    status = templates("status")
    assert status.returncode == 1
    assert "rejected      moved_ready (id, utility): PROMOTIONAL" in status.stdout
    assert f"{len(others)} of {len(names)} approved" in status.stdout
    own.fake.approves(ready)
    assert templates("status").returncode == 0


def test_doctor_sees_the_account(own: Counter) -> None:
    said = own.loket("doctor")
    assert "ok    whatsapp: whatsapp:+6281100000001, +12025550123; 0 of" in said.stdout
    own.program.environment["LOKET_WHATSAPP__AUTH_TOKEN"] = "wrong"
    wrong = own.loket("doctor")
    assert "WRONG whatsapp" in wrong.stdout
    assert wrong.returncode == 1


def test_without_an_account_the_commands_say_what_to_do(own: Counter) -> None:
    own.program.environment["LOKET_WHATSAPP__ACCOUNT_SID"] = ""
    own.program.environment["LOKET_WHATSAPP__AUTH_TOKEN"] = ""
    own.program.environment["LOKET_WHATSAPP__FROM"] = ""
    own.program.environment["LOKET_SMS__FROM"] = ""
    said = own.loket("whatsapp", "templates", "diff")
    assert said.returncode == 2
    assert "LOKET_WHATSAPP__ACCOUNT_SID" in said.stderr


def test_nothing_personal_is_printed(counter: Counter) -> None:
    user = counter.somebody("Slamet")
    applies(user)
    printed = counter.program.printed.read_text()
    for secret in (user.phone, "3302271708900003", "Slamet", counter.fake.auth_token):
        assert secret not in printed
