"""An officer holds a citizen's chat: both hear each other, and the bot keeps quiet."""

from datetime import timedelta

import pytest

from flows.model import Said, Sent, Unsupported
from handlers import conversation
from handlers.attachments import Found, judge
from handlers.errors import Rejected
from handlers.inbound import Inbound, receive
from handlers.tickets import Actor, move
from staff_at_work import Member, deliver
from storage.tables import ATTACHMENTS, CONVERSATIONS, DUE, QUESTIONS, TALK_WORDS, TALKS
from talk import rows, ticks


@pytest.fixture
def sari(citizen):
    return Member(citizen).hired()


@pytest.fixture
def budi(citizen):
    return Member(citizen, "budi", "Pak Budi", address="43").hired()


@pytest.fixture
def held(citizen, sari):
    """A chat that Bu Sari holds."""
    citizen.submits()
    return sari.talks_about(citizen.ticket)


def new(citizen, deed):
    """What the citizen hears because of a deed."""
    before = len(citizen.heard)
    deed()
    return [message.text for message in citizen.heard[before:]]


# --- both hear each other ---------------------------------------------------------------


def test_the_citizen_hears_once_who_is_talking_and_then_what_they_say(citizen, sari):
    citizen.submits()
    heard = new(citizen, lambda: sari.talks_about(citizen.ticket))
    assert len(heard) == 1
    assert "Sekarang Bu Sari, petugas, yang menjawab" in heard[0]
    talk = sari.talks_about(citizen.ticket)
    said = new(citizen, lambda: sari.says(talk, "Selamat pagi, Bu. KK-nya yang baru?"))
    assert said == ["Bu Sari, petugas:\nSelamat pagi, Bu. KK-nya yang baru?"]


def test_while_an_officer_holds_the_chat_the_bot_says_nothing(citizen, sari, held):
    assert new(citizen, lambda: citizen.says("Iya Bu, yang baru")) == []
    assert new(citizen, lambda: citizen.says("status")) == []
    assert new(citizen, lambda: citizen.says("PU-2611-00042-7")) == []
    shown = sari.sees(held)
    assert [line.text for line in shown.lines] == ["Iya Bu, yang baru", "status", "PU-2611-00042-7"]
    assert shown.waits


def test_other_chats_ask_the_database_nothing_more(citizen, sari, held, meet):
    """The chat's own row says whether it is held."""
    other = meet("9").opens("pu")
    assert "Mau urus apa" in other.last
    assert {row.talk_id for row in rows(citizen.database, CONVERSATIONS)} == {held, None}


def test_the_officer_s_own_chat_gets_the_words_and_the_staff_chat_does_not(citizen, sari, held):
    sari.links()
    citizen.says("NIK saya 3302271708900003")
    assert "NIK saya 3302271708900003" in sari.heard[-1]
    assert citizen.ticket in sari.heard[-1]
    assert not any("3302271708900003" in m.text for m in sari.hears("-1001"))


def test_without_a_chat_of_their_own_the_staff_chat_hears_once_that_somebody_waits(
    citizen, sari, held
):
    citizen.says("Halo Bu")
    citizen.says("Bu Sari?")
    waits = [m.text for m in sari.hears("-1001") if "menunggu balasan" in m.text]
    assert len(waits) == 1
    assert "Halo" not in waits[0]
    sari.says(held, "Ya?")
    citizen.says("Sudah, Bu")
    assert len([m for m in sari.hears("-1001") if "menunggu balasan" in m.text]) == 2


def test_the_officer_answers_by_replying_in_their_own_chat(citizen, sari, held):
    sari.links()
    citizen.says("Boleh diwakilkan?")
    told = []
    heard = new(citizen, lambda: told.append(sari.answers("Boleh diwakilkan?", "Boleh, Bu.")))
    assert told == ["✅ Diteruskan ke warga."]
    assert heard == ["Bu Sari, petugas:\nBoleh, Bu."]
    assert [line.text for line in sari.sees(held).lines][-1] == "Boleh, Bu."


def test_an_officer_who_just_writes_without_replying_talks_to_the_bot(citizen, sari, held):
    sari.links()
    assert new(citizen, lambda: sari.writes("menu")) == []
    assert "Saya Loket" in sari.heard[-1]


def test_a_question_is_answered_by_the_first_word(citizen, sari):
    citizen.opens("pu").says("petugas").says("Buka jam berapa?")
    (question,) = rows(citizen.database, QUESTIONS)
    talk = sari.at_desk(lambda tx, s: conversation.begin_from(tx, s, question.id))
    assert rows(citizen.database, QUESTIONS)[0].answered_at is None
    sari.says(talk, "Jam 7.15, Bu.")
    answered = rows(citizen.database, QUESTIONS)[0]
    assert (answered.reply, answered.answered_by) == ("Jam 7.15, Bu.", "sari")
    assert [line.text for line in sari.sees(talk).lines] == ["Buka jam berapa?", "Jam 7.15, Bu."]


# --- one holder -------------------------------------------------------------------------


def test_a_second_officer_finds_the_talk_of_the_first(citizen, sari, budi, held):
    assert budi.talks_about(citizen.ticket) == held
    assert budi.sees(held).holder.name == "Bu Sari"
    with pytest.raises(Rejected, match="talk_taken"):
        budi.says(held, "Halo")
    assert len(rows(citizen.database, TALKS)) == 1


def test_a_colleague_takes_over_and_everybody_is_told(citizen, sari, budi, held):
    sari.links()
    heard = new(citizen, lambda: budi.takes_over(held, "sari"))
    assert "Sekarang Pak Budi, petugas" in heard[0]
    assert "Pak Budi melanjutkan" in sari.heard[-1]
    budi.says(held, "Saya lanjutkan, Bu.")
    with pytest.raises(Rejected, match="talk_taken"):
        sari.says(held, "Halo")


def test_of_two_who_take_over_at_once_one_is_told(citizen, sari, budi, held):
    rina = Member(citizen, "rina", "Bu Rina", address="44").hired()
    budi.takes_over(held, "sari")
    with pytest.raises(Rejected, match="talk_taken"):
        rina.takes_over(held, "sari")


def test_a_reply_after_a_take_over_is_refused_and_names_the_colleague(citizen, sari, budi, held):
    sari.links()
    citizen.says("Halo?")
    sent = sari.received("Halo?")
    budi.takes_over(held, "sari")
    heard = new(citizen, lambda: sari.writes("Ya, Bu", sent))
    assert heard == []
    assert "sekarang dipegang Pak Budi" in sari.heard[-1]


def test_the_talk_of_another_office_is_not_there(citizen, sari, held):
    medan = Member(citizen, "ani", "Bu Ani", "ma").hired()
    for deed in (
        lambda: medan.sees(held),
        lambda: medan.says(held, "x"),
        lambda: medan.takes_over(held, "sari"),
        lambda: medan.talks_about(citizen.ticket),
    ):
        with pytest.raises(Rejected, match="unknown"):
            deed()


# --- how it ends ------------------------------------------------------------------------


def test_the_officer_ends_it_and_the_bot_is_back(citizen, sari, held):
    assert sari.ends(held) == citizen.ticket
    assert "Percakapan dengan Bu Sari selesai" in citizen.last
    assert "Mau urus apa" in new(citizen, lambda: citizen.says("menu"))[0]
    with pytest.raises(Rejected, match="talk_over"):
        sari.says(held, "Satu lagi")


def test_the_citizen_writes_menu_and_the_bot_is_back(citizen, sari, held):
    sari.links()
    heard = new(citizen, lambda: citizen.says("menu"))
    assert "Percakapan dengan Bu Sari selesai" in heard[0]
    assert "Mau urus apa" in heard[1]
    assert "kembali ke Loket" in sari.heard[-1]


def test_the_bot_goes_on_where_the_request_stood(citizen, sari):
    citizen.starts("ktp_ganti").continues(until="nik")
    citizen.says("petugas").says("NIK itu yang mana?")
    (question,) = rows(citizen.database, QUESTIONS)
    talk = sari.at_desk(lambda tx, s: conversation.begin_from(tx, s, question.id))
    citizen.says("lanjut")  # the officer reads that; the bot does not act on it
    heard = new(citizen, lambda: sari.ends(talk))
    assert "Percakapan dengan Bu Sari selesai" in heard[0]
    citizen.says("lanjut")
    assert citizen.was_asked("nik")


def test_an_open_question_of_a_request_is_asked_again(citizen, sari):
    citizen.submits().starts("domisili").continues(until="nik")
    talk = sari.talks_about(citizen.ticket)
    heard = new(citizen, lambda: sari.ends(talk))
    assert len(heard) == 2
    assert "NIK" in heard[1]


def test_after_a_silence_of_the_citizen_the_bot_takes_over(citizen, sari, held):
    citizen.waits(minutes=25)
    sari.says(held, "Bisa kirim foto KK-nya?")
    assert ticks(citizen, minutes=6)["talk"] == "later"
    assert ticks(citizen, minutes=25)["talk"] == "done"
    assert "Percakapan dengan Bu Sari selesai" in citizen.last
    assert rows(citizen.database, TALKS)[0].ended_by == "clock"
    assert rows(citizen.database, QUESTIONS) == []


def test_after_a_silence_of_the_officer_the_words_wait_as_a_question(citizen, sari, held):
    sari.says(held, "Ya?")
    citizen.waits(minutes=20).says("Boleh diwakilkan?")
    assert ticks(citizen, minutes=15).get("talk") in (None, "later")
    citizen.says("Bu?")
    ticks(citizen, minutes=20)
    assert "Pesan Bapak/Ibu tersimpan" in citizen.last
    (question,) = rows(citizen.database, QUESTIONS)
    assert question.text == "Boleh diwakilkan?\nBu?"


def test_who_blocks_us_ends_the_talk(citizen, sari, held):
    sari.links()
    assert new(citizen, citizen.leaves) == []
    assert rows(citizen.database, TALKS)[0].ended_at is not None


# --- what is urgent and what waits ------------------------------------------------------


def test_news_of_the_request_comes_and_a_reminder_waits(citizen, sari, held):
    who = Actor("staff", "sari", "Bu Sari")

    def moves(name, **more):
        citizen.database.write(
            lambda tx: move(tx, citizen.house, "pu", citizen.ticket, name, who, citizen.now, **more)
        )
        citizen.hears()

    moves("take")
    heard = new(citizen, lambda: moves("send_back", documents=["police"]))
    assert "dikirim ulang" in heard[0]
    due_now = DUE.update().where(DUE.c.kind == "correction.1").values(due_at=citizen.now)
    citizen.database.write(lambda tx: tx.execute(due_now))
    sari.says(held, "Ya?")
    assert new(citizen, lambda: ticks(citizen, seconds=1)) == []
    row = next(row for row in rows(citizen.database, DUE) if row.kind == "correction.1")
    assert row.state == "waiting"
    assert row.due_at - citizen.now > timedelta(minutes=25)


def test_a_tap_on_an_old_button_says_that_an_officer_is_there(citizen, sari, held):
    heard = new(citizen, lambda: citizen.taps("status"))
    assert "masih terhubung dengan petugas" in heard[0]


# --- photos and voice notes -------------------------------------------------------------


def stored(citizen, file, kind="photo", state="stored"):
    found = Found(state, "good" if state == "stored" else "broken", kind, "image/jpeg", "0" * 64, 9)
    citizen.database.write(lambda tx: judge(tx, citizen.house, file, found, citizen.now))
    citizen.hears()


def test_a_photo_of_the_citizen_reaches_the_officer_and_no_request(citizen, sari, held):
    sari.links()
    heard = new(citizen, lambda: stored(citizen, citizen.announces("ini Bu")))
    assert heard == []
    assert sari.hears()[-1].file
    assert "(foto) ini Bu" in sari.heard[-1]
    line = sari.sees(held).lines[-1]
    assert (line.kind, line.state, line.text) == ("photo", "stored", "ini Bu")


def test_a_photo_that_cannot_be_opened_is_answered(citizen, sari, held):
    heard = new(citizen, lambda: stored(citizen, citizen.announces(), state="refused"))
    assert "tidak bisa dibuka" in heard[0]
    assert sari.sees(held).lines[-1].state == "refused"


def test_a_voice_note_is_kept_for_the_officer(citizen, sari, held):
    sari.links()
    remote = {"file_id": "v1", "voice": True}
    citizen._does(Unsupported("voice"), "(voice)", remote=remote)
    (file,) = [row for row in rows(citizen.database, ATTACHMENTS) if row.remote.get("voice")]
    stored(citizen, file.id, "voice")
    assert sari.hears()[-1].file == file.id
    assert sari.sees(held).lines[-1].kind == "voice"


def test_the_officer_s_photo_reaches_the_citizen(citizen, sari, held):
    sari.links()
    citizen.says("Formulirnya yang mana?")
    sent = sari.received("Formulirnya")
    sari.does(Sent("photo-of-sari"), sent, remote={"file_id": "p1"})
    heard = new(citizen, lambda: stored(citizen, "photo-of-sari"))
    assert heard == ["Bu Sari, petugas:\n📎"]
    assert citizen.heard[-1].file == "photo-of-sari"


def test_where_no_file_can_be_sent_the_officer_is_told(meet, database):
    citizen = meet("+6281234567890", "sms").submits()
    sari = Member(citizen).hired().links()
    sari.talks_about(citizen.ticket)
    citizen.says("Yang mana, Bu?")
    sari.does(Sent("photo-of-sari"), sari.received("Yang mana"), remote={"file_id": "p1"})
    assert "hanya bisa menerima tulisan" in sari.heard[-1]
    assert all(row.author == "citizen" for row in rows(database, TALK_WORDS))


def test_what_cannot_be_kept_is_shown_as_such(citizen, sari, held):
    citizen._does(Unsupported("location"), "(location)")
    assert sari.sees(held).lines[-1].kind == "location"


def test_a_photo_under_way_when_the_officer_comes_is_judged_without_a_word(citizen, sari):
    citizen.submits().starts("ktp_ganti").continues(until="police")
    file = citizen.announces()
    talk = sari.talks_about(citizen.ticket)
    assert new(citizen, lambda: stored(citizen, file)) == []
    sari.ends(talk)
    assert citizen.was_asked("kk_photo")


def test_the_same_reply_twice_reaches_the_citizen_once(citizen, sari, held):
    sari.links()
    citizen.says("Halo?")
    sent = sari.received("Halo?")
    deliver(citizen.database)

    inbound = Inbound("telegram", "same", "42", Said("Ya, Bu"), raw="{}", reply_to=sent)
    again = [
        citizen.database.write(lambda tx: receive(tx, citizen.house, inbound, citizen.now))
        for _ in "ab"
    ]
    assert again == [True, False]
    citizen.hears()
    assert [m.text for m in citizen.heard].count("Bu Sari, petugas:\nYa, Bu") == 1


# --- what is answered -------------------------------------------------------------------


def test_an_answer_that_is_quicker_than_our_own_note_of_the_message_is_understood(
    citizen, sari, held
):
    """Telegram shows a message before we have written down its id."""
    sari.links()
    deliver(citizen.database)
    citizen.says("Halo Bu?")
    heard = new(citizen, lambda: sari.writes("Ya?", "quick"))
    assert heard == ["Bu Sari, petugas:\nYa?"]


def test_an_answer_to_a_message_long_forgotten_is_refused_and_not_taken_for_the_bot_s(
    citizen, sari, held
):
    sari.links()
    deliver(citizen.database)
    heard = new(citizen, lambda: sari.writes("Ya, Bu", "forgotten"))
    assert heard == []
    assert "terlalu lama" in sari.heard[-1]


def test_an_officer_answers_the_bot_s_own_question_with_a_reply_as_well(citizen, sari, held):
    sari.links().writes("/start")
    asked = sari.received("Saya Loket")
    sari.writes("Purwokerto Utara", asked)
    assert "Mau urus apa" in sari.heard[-1]
