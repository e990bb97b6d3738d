"""A photo that is sent to an officer is part of the question, and of no request."""

from datetime import timedelta

import pytest

from handlers import conversation, queue, viewing
from handlers.errors import Rejected
from handlers.filters import Filters
from handlers.message import Message
from staff_at_work import Member
from storage import retention
from storage.tables import ATTACHMENTS, DOOMED_FILES, OUTBOX, QUESTIONS
from talk import STAFF_CHAT, rows


@pytest.fixture
def writing(citizen):
    return citizen.opens("pu").says("petugas")


@pytest.fixture
def sari(citizen):
    return Member(citizen).hired()


def texts(citizen):
    return [row.text for row in rows(citizen.database, QUESTIONS)]


def asked(member):
    """The questions of the queue, as that member of staff sees them."""
    return member.at_desk(lambda tx, s: queue.show(tx, s, "work", Filters(), None).questions)


def files(member):
    return [[(file.kind, file.state) for file in each.files] for each in asked(member)]


def alerts(citizen):
    sent = [row for row in rows(citizen.database, OUTBOX) if row.address == STAFF_CHAT]
    return [Message.of(row.payload) for row in sent]


# --- what the citizen does and hears --------------------------------------------------


def test_a_photo_after_the_words_is_part_of_the_question(writing, sari):
    writing.says("Bu, surat ini berlaku?").sends(caption="ini suratnya, bu")
    assert texts(writing) == ["Bu, surat ini berlaku?\nini suratnya, bu"]
    assert writing.last == "Sudah ditambahkan ke pesan untuk petugas."
    assert files(sari) == [[("photo", "stored")]]
    assert len(alerts(writing)) == 1


def test_a_photo_alone_opens_the_question_and_words_follow(writing, sari):
    writing.sends()
    assert writing.last.startswith("Fotonya sudah masuk. Petugas membalas di chat ini.")
    assert texts(writing) == [""]
    writing.says("ini suratnya, bu")
    assert texts(writing) == ["ini suratnya, bu"]
    assert files(sari) == [[("photo", "stored")]]
    assert len(alerts(writing)) == 1


def test_a_photo_with_words_is_the_whole_question(writing):
    writing.sends(caption="Surat ini berlaku, Bu?")
    assert writing.last.startswith("Pesan dan fotonya sudah masuk.")
    assert texts(writing) == ["Surat ini berlaku, Bu?"]


def test_it_is_said_while_the_photo_is_still_on_its_way_and_nothing_more_afterwards(writing):
    writing.says("Surat ini berlaku?")
    file = writing.announces()
    assert writing.last == "Sudah ditambahkan ke pesan untuk petugas."
    before = len(writing.heard)
    writing.judged(file)
    assert len(writing.heard) == before


@pytest.mark.parametrize("words", [(), ("Ini berkasnya",)])
def test_photos_of_an_album_are_answered_once(writing, sari, words):
    for each in words:
        writing.says(each)
    before = len(writing.heard)
    album = [writing.announces(album=True) for _ in range(3)]
    for file in album:
        writing.judged(file)
    assert len(writing.heard) == before + 1
    assert files(sari) == [[("photo", "stored")] * 3]
    assert len(rows(writing.database, QUESTIONS)) == 1


def test_a_photo_that_came_long_after_another_is_answered_though_that_one_never_arrived(writing):
    writing.says("Surat ini berlaku?").announces()
    before = len(writing.heard)
    writing.waits(minutes=2).announces()
    assert len(writing.heard) == before + 1


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("broken", "tidak bisa dibuka"), ("not_a_document", "Kirim foto atau PDF"),
     ("pdf_locked", "terkunci kata sandi"), ("lost", "kirim sekali lagi")],
)  # fmt: skip
def test_what_cannot_be_opened_is_said_kindly_and_can_be_sent_again(writing, sari, verdict, words):
    writing.says("Surat ini berlaku?").sends(verdict)
    assert words in writing.last
    assert writing.heard[-1].quote, "it answers the photo"
    writing.sends()
    assert [state for _, state in files(sari)[0]] == ["refused", "stored"]


def test_a_poor_photo_goes_to_the_officer_as_it_is(writing, sari):
    writing.says("Surat ini berlaku?").sends("blurred")
    assert writing.last == "Sudah ditambahkan ke pesan untuk petugas."
    assert files(sari) == [[("photo", "stored")]]


def test_a_pdf_is_as_good(writing, sari):
    writing.sends(kind="pdf")
    assert files(sari) == [[("pdf", "stored")]]


# --- and no document of a request -----------------------------------------------------


def test_a_request_in_hand_does_not_get_it(citizen, sari):
    citizen.starts("ktp_ganti").continues(until="police")
    citizen.says("petugas").says("Surat ini boleh, Bu?").sends()
    assert citizen.last.startswith("Sudah ditambahkan ke pesan untuk petugas.")
    assert 'Mau meneruskan permohonan? Tulis "lanjut".' in citizen.last
    assert files(sari) == [[("photo", "stored")]]
    citizen.says("lanjut")
    assert citizen.was_asked("police"), "and it is not asked what the photo shows"
    citizen.continues()
    (kept,) = [row for row in rows(citizen.database, ATTACHMENTS) if "question" in row.remote]
    assert kept.ticket_id is None


def test_after_a_quarter_of_an_hour_a_photo_is_for_loket_again(writing, sari):
    writing.says("Halo bu").waits(minutes=16).sends()
    assert files(sari) == [[]]
    assert "saya simpan dulu" in writing.heard[-2].text


@pytest.mark.parametrize("word", ["menu", "lanjut", "batal"])
def test_after_a_command_a_photo_is_for_loket_again(writing, sari, word):
    writing.says("Halo bu").says(word).sends()
    assert files(sari) == [[]]


def test_a_photo_that_was_kept_before_goes_with_the_message_that_follows(citizen, sari):
    citizen.opens("pu").sends().says("petugas").says("Surat tadi berlaku, Bu?")
    assert citizen.last.startswith("Pesan dan fotonya sudah masuk.")
    assert files(sari) == [[("photo", "stored")]]


# --- before the office is known -------------------------------------------------------


def test_photos_sent_before_the_office_was_known_arrive_there(meet):
    somebody = meet("7").opens().says("petugas").sends(caption="ini suratnya")
    assert "Pesannya sudah saya catat." in somebody.heard[-2].text
    before = len(somebody.heard)
    somebody.sends("broken")
    assert len(somebody.heard) == before, "of an album only the first is answered"
    somebody.says("purwokerto")
    assert texts(somebody) == ["ini suratnya"]
    assert "Pesan dan fotonya sudah masuk." in somebody.heard[-2].text
    assert "tidak bisa dibuka" in somebody.last
    sari = Member(somebody).hired()
    assert [state for _, state in files(sari)[0]] == ["stored", "refused"]


def test_a_photo_still_on_its_way_when_the_office_is_named_arrives_there(meet):
    somebody = meet("7").opens().says("petugas")
    file = somebody.announces()
    somebody.says("purwokerto").judged(file)
    assert files(Member(somebody).hired()) == [[("photo", "stored")]]
    assert texts(somebody) == [""]


# --- what officers see ----------------------------------------------------------------


def test_in_their_own_chat_officers_get_the_photos_after_the_words(writing, sari):
    sari.links()
    writing.says("Surat ini berlaku?").sends()
    sari.taps("Baca di chat saya")
    words, photo = sari.hears()[-2:]
    assert "Surat ini berlaku?" in words.text
    assert photo.file == rows(writing.database, ATTACHMENTS)[-1].id
    late = writing.announces()
    before = len(sari.hears())
    writing.judged(late)
    assert [message.file for message in sari.hears()[before:]] == [late]
    assert not any(message.file for message in alerts(writing)), "a group has many readers"


def test_an_answer_to_the_photo_answers_the_question(writing, sari):
    sari.links()
    writing.says("Surat ini berlaku?").sends()
    sari.taps("Baca di chat saya")
    assert sari.answers("Foto dari pertanyaan", "Masih, Bu.") == "✅ Diteruskan ke warga."
    assert writing.last == "Dari petugas, Bu Sari:\nMasih, Bu."
    assert asked(sari) == []
    told = "Tidak diteruskan. Pertanyaan itu sudah dijawab Bu Sari."
    assert sari.answers("Foto dari pertanyaan", "Sekali lagi") == told


def test_a_talk_that_begins_with_the_question_shows_its_photos(writing, sari):
    writing.says("Surat ini berlaku?").sends()
    (question,) = asked(sari)
    talk = sari.at_desk(lambda tx, s: conversation.begin_from(tx, s, question.id))
    said = [(line.kind, line.text, line.state) for line in sari.sees(talk).lines]
    assert said == [("text", "Surat ini berlaku?", ""), ("photo", "", "stored")]


def test_only_the_office_that_was_asked_sees_it(writing, sari):
    writing.sends()
    file = rows(writing.database, ATTACHMENTS)[-1].id
    assert sari.at_desk(lambda tx, s: viewing.said(tx, s, file))[0].id == file
    ani = Member(writing, "ani", "Bu Ani", office="ma").hired()
    assert asked(ani) == []
    with pytest.raises(Rejected):
        ani.at_desk(lambda tx, s: viewing.said(tx, s, file))


def test_a_document_of_a_request_is_not_shown_as_part_of_a_question(citizen, sari):
    citizen.submits()
    file = rows(citizen.database, ATTACHMENTS)[-1].id
    with pytest.raises(Rejected):
        sari.at_desk(lambda tx, s: viewing.said(tx, s, file))


# --- and how long it is kept ----------------------------------------------------------


def test_it_goes_with_the_words_of_an_answered_question(writing, sari):
    sari.links()
    writing.sends()
    database, now = writing.database, writing.now
    file = rows(database, ATTACHMENTS)[-1].id
    sari.answers_in_group("Ada warga", "Masih, Bu.")
    assert database.write(lambda tx: retention.questions(tx, now)) == 0
    later = now + timedelta(days=1)
    assert database.write(lambda tx: retention.questions(tx, later)) == 1
    assert rows(database, ATTACHMENTS) == []
    assert [row.id for row in rows(database, DOOMED_FILES)] == [file]
    assert database.write(lambda tx: retention.questions(tx, later)) == 0
