"""What a person does and sees in the fake Twilio, with the official library on the other side."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from fakes.twilio import FakeTwilio, FakeUser, picture
from fakes.twilio_driver import Program, asked, client_for, outcome, send


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


@pytest.fixture
def program(fake: FakeTwilio) -> Iterator[Program]:
    with Program(fake) as running:
        yield running


@pytest.fixture
def client(fake: FakeTwilio) -> Any:
    return client_for(fake)


@pytest.fixture
def siti(fake: FakeTwilio) -> FakeUser:
    """Somebody whose window is open."""
    user = fake.user("+6281234567890", "Siti")
    user.says("halo")
    return user


QUESTION = {
    "friendly_name": "pilih",
    "language": "id",
    "variables": {"1": "Ani"},
    "types": {
        "twilio/quick-reply": {
            "body": "Untuk siapa surat {{1}} ini?",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Saya sendiri", "id": "self"},
                {"type": "QUICK_REPLY", "title": "Orang lain", "id": "proxy"},
            ],
        },
        "twilio/text": {"body": "Untuk siapa surat {{1}} ini? Balas 1 atau 2."},
    },
}
MENU = {
    "friendly_name": "menu",
    "language": "id",
    "types": {
        "twilio/list-picker": {
            "body": "Layanan apa?",
            "button": "Lihat layanan",
            "items": [
                {"id": "ktp", "item": "KTP hilang", "description": "KTP-el hilang atau rusak"},
                {"id": "kk", "item": "Kartu keluarga"},
            ],
        }
    },
}


def made(fake: FakeTwilio, content: dict[str, Any]) -> str:
    answer = asked(fake, "POST", "/v1/Content", json=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


def test_the_official_library_sends_and_the_person_reads(
    fake: FakeTwilio, client: Any, siti: FakeUser
) -> None:
    sent = client.messages.create(
        to=siti.address, from_=fake.whatsapp_from, body="Selamat datang", status_callback=None
    )
    assert (sent.sid[:2], sent.status, sent.direction) == ("SM", "queued", "outbound-api")
    assert isinstance(sent.date_created, datetime)
    assert siti.waits_for("Selamat datang").sid == sent.sid
    fetched = client.messages(sent.sid).fetch()
    assert (fetched.status, fetched.error_code, fetched.body) == (
        "delivered",
        None,
        "Selamat datang",
    )


def test_a_message_of_a_person_comes_with_all_its_fields(
    fake: FakeTwilio, program: Program
) -> None:
    siti = fake.user("+6281234567890", "Siti")
    sid = siti.says("halo")
    (form,) = program.waits_for(1)
    assert form["MessageSid"] == form["SmsMessageSid"] == form["SmsSid"] == sid
    assert (form["From"], form["To"]) == ("whatsapp:+6281234567890", fake.whatsapp_from)
    assert (form["ProfileName"], form["WaId"]) == ("Siti", "6281234567890")
    assert (form["Body"], form["NumMedia"], form["SmsStatus"]) == ("halo", "0", "received")
    assert form["AccountSid"] == fake.account_sid


def test_quick_replies_are_seen_and_tapped(
    fake: FakeTwilio, client: Any, program: Program, siti: FakeUser
) -> None:
    sid = made(fake, QUESTION)
    sent = client.messages.create(
        to=siti.address,
        from_=fake.whatsapp_from,
        content_sid=sid,
        content_variables='{"1":"domisili"}',
    )
    seen = siti.waits_for("domisili")
    assert seen.buttons == ["Saya sendiri", "Orang lain"]
    assert not seen.is_list
    siti.taps("Orang lain")
    form = program.waits_for(2)[1]
    assert (form["ButtonText"], form["ButtonPayload"]) == ("Orang lain", "proxy")
    assert (form["Body"], form["MessageType"]) == ("Orang lain", "interactive")
    assert form["OriginalRepliedMessageSid"] == sent.sid
    assert form["OriginalRepliedMessageSender"] == fake.whatsapp_from


def test_a_line_of_a_list_is_picked(fake: FakeTwilio, program: Program, siti: FakeUser) -> None:
    send(fake, siti.address, "", ContentSid=made(fake, MENU))
    assert siti.waits_for("Layanan").is_list
    siti.taps("ktp")
    form = program.waits_for(2)[1]
    assert (form["ListId"], form["ListTitle"], form["Body"]) == ("ktp", "KTP hilang", "KTP hilang")
    assert form["ListDescription"] == "KTP-el hilang atau rusak"
    assert "ButtonPayload" not in form


def test_a_choice_that_is_not_there_cannot_be_tapped(fake: FakeTwilio, siti: FakeUser) -> None:
    send(fake, siti.address, "", ContentSid=made(fake, MENU))
    siti.waits_for("Layanan")
    with pytest.raises(AssertionError, match="no choice 'Paspor'"):
        siti.taps("Paspor")


def test_after_a_week_nothing_says_what_was_answered(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    send(fake, siti.address, "", ContentSid=made(fake, MENU))
    siti.waits_for("Layanan")
    fake.advance(days=8)
    siti.taps("ktp")
    assert "OriginalRepliedMessageSid" not in program.waits_for(2)[1]


def test_pictures_on_whatsapp_are_messages_of_their_own(fake: FakeTwilio, program: Program) -> None:
    siti = fake.user("+6281234567890")
    siti.sends_photos([picture("1"), picture("2")], caption="KTP saya")
    first, second = program.waits_for(2)
    assert (first["NumMedia"], first["Body"], second["Body"]) == ("1", "KTP saya", "")
    assert first["MediaContentType0"] == "image/jpeg"
    assert first["MediaUrl0"].startswith(f"{fake.url}/2010-04-01/Accounts/{fake.account_sid}/")
    assert first["MessageSid"].startswith("MM")


def test_pictures_in_one_message_are_numbered(fake: FakeTwilio, program: Program) -> None:
    siti = fake.user("+6281234567890", channel="sms")
    siti.sends_photos([picture("1"), picture("2")])
    (form,) = program.waits_for(1)
    assert (form["NumMedia"], form["MediaContentType1"]) == ("2", "image/jpeg")
    assert form["MediaUrl0"] != form["MediaUrl1"]
    assert "ProfileName" not in form
    assert form["FromCity"] == ""  # empty fields are sent, and signed


def test_everything_else_a_person_sends_arrives(fake: FakeTwilio, program: Program) -> None:
    siti = fake.user("+6281234567890")
    siti.sends_document(b"%PDF-1.7 isi", "surat kuasa.pdf")
    siti.sends_voice()
    siti.sends_video()
    siti.sends_sticker()
    siti.sends_contact("+62811", "Budi")
    siti.sends_location(-7.4, 109.2, label="Rumah")
    *files, place = program.waits_for(6)
    assert [form["MediaContentType0"] for form in files] == [
        "application/pdf",
        "audio/ogg",
        "video/mp4",
        "image/webp",
        "text/vcard",
    ]
    assert files[0]["Body"] == "surat kuasa.pdf"
    assert (place["Latitude"], place["Longitude"], place["Label"]) == ("-7.4", "109.2", "Rumah")
    assert (place["Body"], place["NumMedia"]) == ("", "0")


def test_a_file_of_the_program_is_fetched_and_seen(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    url = program.hosts("/surat.pdf", "application/pdf", b"%PDF-1.7 surat")
    status, _, sid = send(fake, siti.address, "tidak tampil", MediaUrl=url)
    assert (status, outcome(fake, sid)) == (201, ("delivered", 0))
    assert program.asked == [("HEAD", "/surat.pdf"), ("GET", "/surat.pdf")]
    assert siti.last.document == b"%PDF-1.7 surat"
    assert siti.last.text == ""  # a document has no caption on WhatsApp


def test_a_picture_of_the_program_keeps_its_caption(
    fake: FakeTwilio, program: Program, siti: FakeUser
) -> None:
    url = program.hosts("/peta.jpg", "image/jpeg", picture("peta"))
    _, _, sid = send(fake, siti.address, "Kantor kami", MediaUrl=url)
    assert outcome(fake, sid) == ("delivered", 0)
    assert (siti.last.photo, siti.last.text) == (picture("peta"), "Kantor kami")


def test_a_place_can_be_sent(fake: FakeTwilio, siti: FakeUser) -> None:
    send(fake, siti.address, "Kantor", PersistentAction="geo:-7.4049,109.2459|Kecamatan")
    assert siti.waits_for("Kantor").place == (-7.4049, 109.2459)
    status, code, _ = send(fake, siti.address, "Kantor", PersistentAction="Kantor")
    assert (status, code) == (400, 63030)


def test_reading_goes_on_from_the_message_read_before(fake: FakeTwilio, siti: FakeUser) -> None:
    for _ in range(2):
        send(fake, siti.address, "Tulis NIK")
    assert siti.waits_for("NIK").order < siti.waits_for("NIK").order
    with pytest.raises(AssertionError, match="Tulis NIK"):
        siti.waits_for("NIK", timeout=0.05)


def test_messages_are_listed_newest_first_in_pages(
    fake: FakeTwilio, client: Any, siti: FakeUser
) -> None:
    for number in range(4):
        send(fake, siti.address, f"pesan {number}")
    fake.waits_until_quiet()
    listed = client.messages.list(page_size=2)
    assert [m.body for m in listed] == ["pesan 3", "pesan 2", "pesan 1", "pesan 0", "halo"]
    assert [m.direction for m in listed][-1] == "inbound"
    assert len([r for r in fake.requests if r.method == "GET"]) == 3
    assert [m.body for m in client.messages.list(to=fake.whatsapp_from)] == ["halo"]
    assert [m.body for m in client.messages.list(limit=1)] == ["pesan 3"]


def test_a_new_message_does_not_shift_the_next_page(
    fake: FakeTwilio, client: Any, siti: FakeUser
) -> None:
    for number in range(3):
        siti.says(f"pesan {number}")
    first = client.messages.page(page_size=2)
    siti.says("sementara itu")
    assert [m.body for m in first.next_page()] == ["pesan 0", "halo"]


def test_days_and_not_hours_narrow_the_list(fake: FakeTwilio, client: Any, siti: FakeUser) -> None:
    today = datetime.fromtimestamp(fake.clock(), UTC)
    fake.advance(days=1)
    siti.says("besok")
    tomorrow = datetime.fromtimestamp(fake.clock(), UTC)
    late = tomorrow.replace(hour=23, minute=59)
    assert [m.body for m in client.messages.list(date_sent_after=late)] == ["besok"]
    assert [m.body for m in client.messages.list(date_sent=today)] == ["halo"]
    assert [m.body for m in client.messages.list(date_sent_before=today)] == ["halo"]


def test_what_twilio_keeps_can_be_redacted_and_deleted(
    fake: FakeTwilio, client: Any, siti: FakeUser
) -> None:
    said = siti.says("NIK saya 3302271708900003")
    client.messages(said).update(body="")
    assert client.messages(said).fetch().body == ""
    told = client.messages.create(to=siti.address, from_=fake.whatsapp_from, body="Nomor PU-1")
    client.messages(told.sid).update(body="")
    assert siti.waits_for("PU-1").text == "Nomor PU-1"  # the phone forgets nothing
    photo = siti.sends_photo(picture("KTP"))
    (media,) = client.messages(photo).media.list()
    assert media.content_type == "image/jpeg"
    assert client.messages(photo).media(media.sid).delete()
    assert client.messages(photo).delete()
    path = f"/2010-04-01/Accounts/{fake.account_sid}/Messages/{photo}.json"
    assert asked(fake, "GET", path).json()["code"] == 20404


def test_a_person_on_sms_gets_the_text_of_a_rich_message(fake: FakeTwilio) -> None:
    budi = fake.user("+6282222222", channel="sms")
    _, _, sid = send(fake, budi.address, "", ContentSid=made(fake, QUESTION))
    assert outcome(fake, sid) == ("delivered", 0)
    assert budi.last.text == "Untuk siapa surat Ani ini? Balas 1 atau 2."
    assert budi.last.buttons == []
