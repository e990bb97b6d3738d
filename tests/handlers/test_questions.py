"""A message for a human comes in pieces, greeting first, and arrives whole."""

import pytest

from handlers.message import Message
from staff_at_work import Member
from storage.tables import OUTBOX, QUESTIONS
from talk import STAFF_CHAT, rows


@pytest.fixture
def writing(citizen):
    return citizen.opens("pu").says("petugas")


def texts(citizen):
    return [row.text for row in rows(citizen.database, QUESTIONS)]


def alerts(citizen):
    sent = [row for row in rows(citizen.database, OUTBOX) if row.address == STAFF_CHAT]
    return [Message.of(row.payload) for row in sent]


def test_a_message_in_pieces_is_one_question_and_one_alert(writing):
    writing.says("selamat pagi bu").says("bu saya mau tanya")
    assert (
        'Masih ada? Tulis saja lagi. Mau kembali ke Loket? Tulis "menu".' in writing.heard[-2].text
    )
    writing.waits(minutes=2).says("ktp ibu saya kok belum jadi").says("namanya Sarinem, 2 minggu")
    assert texts(writing) == [
        "selamat pagi bu\nbu saya mau tanya\nktp ibu saya kok belum jadi\nnamanya Sarinem, 2 minggu"
    ]
    assert writing.last == "Sudah ditambahkan ke pesan tadi."
    assert len(alerts(writing)) == 1


def test_what_was_written_before_the_office_was_known_arrives_there(meet):
    somebody = meet("7").opens().says("petugas").says("selamat pagi bu").says("ktp saya gimana")
    assert "Pesannya sudah saya catat." in somebody.chat[-2]
    somebody.says("purwokerto").says("namanya Sarinem")
    assert texts(somebody) == ["selamat pagi bu\nktp saya gimana\nnamanya Sarinem"]
    assert [row.office_id for row in rows(somebody.database, QUESTIONS)] == ["pu"]
    assert len(alerts(somebody)) == 1


def test_a_ticket_number_within_a_message_is_part_of_it(writing):
    writing.says("Pak, PU-2611-00042-7 kok lama")
    assert texts(writing) == ["Pak, PU-2611-00042-7 kok lama"]


def test_after_a_quarter_of_an_hour_a_text_is_for_loket_again(writing):
    writing.says("Halo bu").waits(minutes=16).says("ktp hilang")
    assert texts(writing) == ["Halo bu"]
    assert "KTP hilang, ya?" in writing.last


@pytest.mark.parametrize("word", ["menu", "status", "bantuan", "kembali", "batal"])
def test_a_command_ends_the_message(writing, word):
    writing.says("Boleh diwakilkan?").says(word).says("surat domisili")
    assert texts(writing) == ["Boleh diwakilkan?"]


def test_a_button_ends_the_message(writing):
    writing.says("Boleh diwakilkan?").taps("status").says("surat domisili")
    assert texts(writing) == ["Boleh diwakilkan?"]


def test_thanks_end_nothing(writing):
    writing.says("Boleh diwakilkan?").says("makasih pak").says("oleh anak saya")
    assert texts(writing) == ["Boleh diwakilkan?\noleh anak saya"]


def test_what_follows_an_answer_is_a_new_question(writing):
    sari = Member(writing).hired().links()
    writing.says("Boleh diwakilkan?")
    sari.answers_in_group("Ada warga", "Boleh, Bu.")
    writing.says("Oleh anak saya?")
    assert texts(writing) == ["Boleh diwakilkan?", "Oleh anak saya?"]


def test_who_reads_the_words_in_their_own_chat_reads_those_added(writing):
    sari = Member(writing).hired().links()
    writing.says("bu saya mau tanya")
    sari.taps("Baca di chat saya")
    writing.says("ktp ibu saya kok belum jadi")
    assert "bu saya mau tanya\nktp ibu saya kok belum jadi" in sari.hears()[-1].text
    assert sari.hears()[-1].edits, "not one message more"
    assert not any("ktp ibu" in alert.text for alert in alerts(writing))


def test_a_question_grows_only_so_long(writing):
    writing.says("a" * 900)
    for _ in range(4):
        writing.says("b" * 900)
    assert [len(text) for text in texts(writing)] == [3603, 900]


def test_a_request_in_hand_is_gone_on_with(citizen):
    citizen.starts("domisili").says("saya sendiri").says("ya").says("setuju")
    citizen.says("petugas").says("NIK itu yang mana?")
    assert 'Mau meneruskan permohonan tadi? Tulis "lanjut".' in citizen.last
    assert "NIK pemohon" in citizen.says("lanjut").last
    assert texts(citizen) == ["NIK itu yang mana?"]


# --- around it --------------------------------------------------------------------------


def test_a_request_that_was_sent_is_not_cancelled_by_a_word(citizen):
    citizen.submits()
    citizen.says("batal")
    assert f"Permohonan {citizen.ticket} sudah di petugas, jadi belum dibatalkan." in citizen.last
    assert [choice.token for choice in citizen.heard[-1].choices] == ["officer"]
    assert citizen.says("batalkan permohonan saya").last.startswith("Permohonan PU-")


def test_with_nothing_sent_there_is_nothing_to_cancel(citizen):
    assert "sudah saya hentikan" in citizen.opens("pu").says("batal").last


def test_the_status_tells_of_a_request_that_was_not_sent(citizen):
    citizen.starts("domisili").says("saya sendiri").says("ya").says("setuju")
    told = 'Permohonan Surat Domisili belum dikirim, isinya tersimpan. Tulis "lanjut".'
    assert citizen.says("status").last == told


def test_beside_what_was_sent_the_status_tells_of_it_too(citizen):
    citizen.submits().starts("domisili").says("saya sendiri").says("ya")
    assert citizen.says("status").last.startswith("Ganti KTP")
    assert citizen.last.endswith('belum dikirim, isinya tersimpan. Tulis "lanjut".')


def test_after_a_request_a_yes_is_answered_with_what_comes(citizen):
    citizen.submits()
    assert citizen.says("oke").last.startswith("Siap. Kabarnya kami kirim ke chat ini.")


def test_stopping_does_not_take_a_message_back_and_says_so(writing):
    writing.says("Kok lama?").says("batal")
    assert writing.last.startswith("Pesannya sudah di petugas.")


def test_the_status_tells_of_a_question_that_waits(writing):
    writing.says("Kok lama?").says("status")
    assert "belum dibalas" in writing.last
