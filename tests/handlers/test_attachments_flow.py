"""Photos: announced at once, fetched when they can be, judged in the chat that waits for them."""

from datetime import timedelta

import pytest

from flows.model import Sent
from handlers.attachments import Found, judge
from handlers.inbound import Inbound, receive
from handlers.message import Message
from storage import attachments
from storage.tables import ATTACHMENTS, OUTBOX, TICKETS
from talk import MONDAY, rows

LEASE = timedelta(seconds=120)


def announce(citizen, file, number, **more):
    inbound = Inbound(citizen.channel, f"photo-{number}", citizen.address, Sent(file), **more)
    citizen.database.write(lambda tx: receive(tx, citizen.house, inbound, citizen.now))


def due(citizen, now):
    return [
        row.id
        for row in citizen.database.write(lambda tx: attachments.claim(tx, now, now + LEASE, 10))
    ]


@pytest.fixture
def at_photos(citizen):
    return citizen.starts("ktp_ganti").continues("police")


# --- announced and fetched --------------------------------------------------------------


def test_a_photo_is_noted_with_what_is_needed_to_fetch_it(at_photos):
    announce(at_photos, "f1", 1, remote={"file_id": "abc"}, message_id="77")
    (row,) = rows(at_photos.database, ATTACHMENTS)
    assert (row.id, row.state, row.office_id) == ("f1", "waiting", "pu")
    assert row.remote == {"file_id": "abc", "channel": "telegram"}
    assert row.message_id == "77"


def test_a_single_photo_is_due_at_once(at_photos):
    announce(at_photos, "f1", 1)
    assert due(at_photos, at_photos.now) == ["f1"]


def test_the_photos_of_an_album_wait_for_each_other(at_photos):
    for number in range(3):
        announce(at_photos, f"f{number}", number, album=True)
    assert due(at_photos, at_photos.now + timedelta(seconds=1)) == []
    assert due(at_photos, at_photos.now + timedelta(seconds=2)) == ["f0", "f1", "f2"]


def test_a_photo_in_hand_is_not_given_out_again_before_its_lease_ends(at_photos):
    announce(at_photos, "f1", 1)
    now = at_photos.now
    assert due(at_photos, now) == ["f1"]
    assert due(at_photos, now + LEASE - timedelta(seconds=1)) == []
    assert due(at_photos, now + LEASE) == ["f1"], "its fetcher must have died"
    assert rows(at_photos.database, ATTACHMENTS)[0].attempts == 2


def test_a_failed_fetch_is_due_again_later(at_photos):
    announce(at_photos, "f1", 1)
    now = at_photos.now
    due(at_photos, now)
    later = now + timedelta(seconds=15)
    at_photos.database.write(lambda tx: attachments.retry(tx, "f1", later, 1, "timeout"))
    assert due(at_photos, later - timedelta(seconds=1)) == []
    assert due(at_photos, later) == ["f1"]


def test_a_photo_is_silent_until_it_was_examined(at_photos):
    heard = len(at_photos.heard)
    file = at_photos.announces()
    assert len(at_photos.heard) == heard
    at_photos.judged(file)
    assert at_photos.heard[heard].text.startswith(
        "✅ Fotonya jelas, saya catat sebagai Surat kehilangan"
    )


def test_an_examination_that_comes_twice_counts_once(at_photos):
    file = at_photos.announces()
    at_photos.judged(file)
    heard, state = len(at_photos.heard), at_photos.state
    at_photos.judged(file, "blurred")
    assert (len(at_photos.heard), at_photos.state) == (heard, state)
    assert rows(at_photos.database, ATTACHMENTS)[0].verdict == "good"


def test_what_was_found_is_kept(at_photos):
    file = at_photos.announces()
    found = Found("stored", "dark", "photo", "image/jpeg", "ab" * 32, 4711)
    at_photos.database.write(lambda tx: judge(tx, at_photos.house, file, found, at_photos.now))
    (row,) = rows(at_photos.database, ATTACHMENTS)
    assert (row.state, row.verdict, row.media_type, row.sha256, row.size) == (
        "stored", "dark", "image/jpeg", "ab" * 32, 4711,
    )  # fmt: skip


def test_the_answer_about_a_photo_quotes_it(at_photos):
    announce(at_photos, "f1", 1, message_id="77")
    at_photos.judged("f1", "blurred")
    assert at_photos.heard[-1].quote == "77"


# --- judged -----------------------------------------------------------------------------


def test_a_good_photo_leads_to_the_next_question(at_photos):
    at_photos.sends()
    assert at_photos.was_asked("kk_photo")
    assert "Tinggal 1 lagi" in at_photos.heard[-2].text


def test_a_photo_blurred_twice_may_be_sent_as_it_is_and_is_flagged(at_photos):
    at_photos.sends("blurred")
    assert [c.label for c in at_photos.heard[-1].choices] == ["Foto lagi"]
    at_photos.sends("blurred")
    assert [c.label for c in at_photos.heard[-1].choices] == ["Foto lagi", "Kirim apa adanya"]
    at_photos.says("kirim apa adanya").continues()
    alert = next(
        text
        for row in rows(at_photos.database, OUTBOX)
        if "diragukan" in (text := Message.of(row.payload).text)
    )
    assert "1 foto diragukan" in alert


def test_a_lost_photo_is_asked_for_again(at_photos):
    at_photos.sends("lost")
    assert "sekali lagi" in at_photos.last
    assert at_photos.was_asked("police")
    assert at_photos.sends().was_asked("kk_photo")


@pytest.mark.parametrize(
    "verdict",
    ["empty", "too_big", "not_a_document", "too_many_pixels", "broken", "pdf_locked",
     "pdf_active", "pdf_pages", "lost"],
)  # fmt: skip
def test_every_reason_why_a_file_cannot_be_used_has_its_words(at_photos, verdict):
    for time in (1, 2, 3):
        heard = len(at_photos.heard)
        at_photos.sends(verdict)
        assert len(at_photos.heard) == heard + 1
        assert at_photos.was_asked("police")
        assert ("Tanya petugas" in at_photos.last) == (time == 3)


# --- out of turn ------------------------------------------------------------------------


def test_an_album_of_three_is_asked_which_is_which(citizen):
    citizen.starts("ktp_ganti").says("2").continues("old_ktp")
    files = [citizen.announces(album=True) for _ in range(3)]
    for file in files:
        citizen.judged(file)
    assert "Masih ada 3 foto" in citizen.last
    citizen.chooses("Kartu Keluarga")
    assert "Masih ada 2 foto" in citizen.last
    citizen.chooses("KTP lama")
    assert citizen.was_asked("review"), "the third is not needed"
    assert citizen.state.answers["kk_photo"] == (files[0],)
    assert citizen.state.answers["old_ktp"] == (files[1],)


def test_an_album_quotes_the_photo_that_is_asked_about(at_photos):
    for number in (1, 2):
        announce(at_photos, f"f{number}", number, message_id=f"m{number}", album=True)
    at_photos.judged("f2").judged("f1")
    assert at_photos.heard[-1].quote == "m2", "the one examined first"
    at_photos.says("1")
    assert at_photos.heard[-1].quote == "m1"


def test_a_photo_before_any_request_is_kept_and_used_later(citizen):
    citizen.opens("pu").sends()
    assert "saya simpan dulu" in citizen.heard[-2].text
    citizen.says("ktp hilang").says("ya").continues("@place")
    assert "Foto ini foto apa?" in citizen.last
    citizen.chooses("Surat kehilangan").continues()
    assert citizen.ticket


def test_the_very_first_message_may_be_a_photo(citizen):
    citizen.sends()
    assert "saya simpan dulu" in citizen.heard[0].text
    assert citizen.was_asked("office")


def test_a_photo_during_the_questions_is_placed_and_the_question_comes_again(citizen):
    citizen.starts("ktp_ganti").continues("name").sends()
    assert "Foto ini foto apa?" in citizen.last
    citizen.chooses("Kartu Keluarga")
    assert citizen.was_asked("name")


def test_a_photo_on_its_way_blocks_no_text(citizen):
    citizen.starts("ktp_ganti").continues("kk")
    file = citizen.announces()
    assert citizen.says("3302270102150004").was_asked("kelurahan")
    assert "sedang saya buka" in citizen.chooses("Grendeng").last
    assert citizen.judged(file).was_asked("kk_photo")


def test_a_photo_on_its_way_blocks_no_command(at_photos):
    at_photos.announces()
    assert "sedang saya buka" in at_photos.says("sudah ya pak").last
    assert "Kata-kata ini" in at_photos.says("bantuan").last
    assert at_photos.says("menu").was_asked("want")


def test_a_photo_that_never_comes_does_not_hold_anybody(at_photos):
    at_photos.announces()
    assert at_photos.says("batal").chooses("Ya, batalkan").state is None
    assert at_photos.submits("domisili").ticket


def test_a_pdf_is_refused_where_a_photo_is_needed(citizen):
    citizen.starts("kia").continues("photo").sends(kind="pdf")
    assert "bukan berkas PDF" in citizen.last
    assert citizen.sends().was_asked("review")


def test_a_caption_is_kept_with_the_photo(at_photos):
    at_photos.sends(caption="ini suratnya\u202e pak")
    assert rows(at_photos.database, ATTACHMENTS)[0].caption == "ini suratnya pak"


# --- what is written below a photo ---------------------------------------------------------


@pytest.mark.parametrize(
    "caption",
    ["ini kk nya bu", "Kartu keluarga", "KK", "foto kartu keluarga pak", "kartu keluaraga"],
)
def test_a_caption_that_names_another_paper_puts_the_photo_there(at_photos, caption):
    at_photos.sends(caption=caption)
    assert "saya catat sebagai Kartu Keluarga" in at_photos.heard[-2].text
    assert at_photos.was_asked("police")
    at_photos.sends(caption="surat kehilangan")
    assert "saya catat sebagai Surat kehilangan" in at_photos.heard[-2].text
    assert at_photos.was_asked("review")


@pytest.mark.parametrize(
    "caption",
    ["", "ini bu", "2", "foto 2", "yang kedua", "surat asli", "😀", "x" * 900],
)
def test_a_caption_that_names_none_changes_nothing(at_photos, caption):
    at_photos.sends(caption=caption)
    assert "saya catat sebagai Surat kehilangan" in at_photos.heard[-2].text


@pytest.mark.parametrize(
    "caption", ["bukan kk", "kk, surat polisinya belum ada gimana", "ktp lama", "surat pindah"]
)
def test_a_caption_that_may_mean_another_paper_is_asked_about(at_photos, caption):
    at_photos.sends(caption=caption)
    assert "Foto ini foto apa?" in at_photos.last
    assert "police" not in at_photos.state.answers


def test_a_poor_photo_does_not_take_the_place_of_a_good_one(at_photos):
    at_photos.sends(caption="surat kehilangan")
    (good,) = at_photos.state.answers["police"]
    at_photos.sends("blurred", caption="surat kehilangan")
    assert "tulisannya kabur" in at_photos.heard[-2].text
    assert at_photos.state.answers["police"] == (good,)
    assert at_photos.was_asked("kk_photo")


def test_a_caption_may_name_a_paper_before_it_is_asked_for(citizen):
    citizen.starts("ktp_ganti").continues("nik").sends(caption="ini kk saya")
    assert "saya catat sebagai Kartu Keluarga" in citizen.heard[-2].text
    assert citizen.was_asked("nik")
    citizen.continues("police").sends()
    assert citizen.was_asked("review")


def test_a_poor_photo_of_another_paper_is_not_filed_as_the_one_asked_for(at_photos):
    at_photos.sends("blurred", caption="ini kk saya")
    assert "Kartu Keluarga" in at_photos.heard[-2].text
    assert "Fotonya jelas" not in at_photos.heard[-2].text
    assert at_photos.was_asked("police")
    assert "kk_photo" in at_photos.state.answers


def test_the_photos_of_an_album_go_where_their_captions_say(at_photos):
    kk, police = at_photos.announces("kk", album=True), at_photos.announces("surat polisi", True)
    at_photos.judged(kk).judged(police)
    assert [line for line in at_photos.chat if "Foto ini foto apa" in line] == []
    assert at_photos.was_asked("review")
    assert (at_photos.state.answers["kk_photo"], at_photos.state.answers["police"]) == (
        (kk,), (police,)
    )  # fmt: skip


def test_of_two_requests_a_photo_goes_to_the_one_whose_paper_its_caption_names(at_photos):
    at_photos.starts("domisili").continues("rt_letter").sends(caption="surat polisi")
    assert "saya catat sebagai Surat kehilangan" in at_photos.heard[-2].text
    assert at_photos.was_asked("kk_photo")
    at_photos.sends(caption="pengantar rt")
    assert "saya catat sebagai Pengantar RT/RW" in at_photos.heard[-2].text


def test_before_consent_a_caption_puts_a_photo_nowhere(citizen):
    citizen.starts("ktp_ganti").continues("consent").sends(caption="ini kk saya")
    assert "saya simpan dulu" in citizen.heard[-2].text


def test_a_paper_sent_once_more_takes_the_place_of_the_first(at_photos):
    at_photos.sends(caption="surat kehilangan").sends(caption="surat kehilangan yg bener")
    assert at_photos.was_asked("kk_photo")
    at_photos.continues()
    _, second, _ = rows(at_photos.database, ATTACHMENTS)
    (ticket,) = rows(at_photos.database, TICKETS)
    assert ticket.answers["police"] == [second.id]


def test_photos_come_in_while_the_person_is_somewhere_else(at_photos):
    file = at_photos.announces()
    at_photos.says("petugas").judged(file)
    assert "saya catat sebagai Surat kehilangan" in at_photos.last
    assert at_photos.was_asked("message")
    assert "sudah masuk" in at_photos.says("Apakah surat ini cukup?").last
    assert at_photos.says("lanjut").was_asked("kk_photo")


def test_due_photos_can_be_seen_without_a_lock(at_photos):
    look = at_photos.database.read
    assert not look(lambda tx: attachments.any_due(tx, MONDAY + timedelta(days=1)))
    at_photos.announces()
    assert look(lambda tx: attachments.any_due(tx, at_photos.now))
