"""Messages to staff with buttons: who may tap, what happens once, what the stale ones say."""

import re

import pytest

from handlers import judging
from handlers.message import Message
from staff_at_work import Member
from storage import tickets
from storage.tables import OUTBOX, QUESTIONS
from talk import STAFF_CHAT, rows


def heard(citizen, address=STAFF_CHAT):
    sent = [row for row in rows(citizen.database, OUTBOX) if row.address == address]
    return [Message.of(row.payload) for row in sent]


def shown(citizen, address=STAFF_CHAT):
    """What the newest message of that chat says by now, with its buttons."""
    return next(m for m in reversed(heard(citizen, address)) if m.text and not m.acknowledge)


def labels(message):
    return [choice.label for choice in message.choices]


def ticket(citizen):
    return citizen.database.read(lambda tx: tickets.look(tx, citizen.ticket))


@pytest.fixture
def sari(citizen):
    return Member(citizen).hired().links()


@pytest.fixture
def budi(citizen):
    return Member(citizen, "budi", "Pak Budi", address="43").hired().links("11112222")


@pytest.fixture
def submitted(citizen):
    return citizen.submits()


# --- who may, and once ------------------------------------------------------------------


def test_the_button_of_an_alert_takes_its_ticket(submitted, sari):
    assert f"{submitted.ticket} dicatat untuk Bu Sari" in sari.taps("Ambil")
    assert (ticket(submitted).status, ticket(submitted).officer) == ("in_review", "sari")


def test_the_alert_then_says_who_took_it_and_what_comes_next(submitted, sari):
    sari.taps("Ambil")
    alert = shown(submitted)
    first = next(row for row in rows(submitted.database, OUTBOX) if row.address == STAFF_CHAT)
    assert alert.edits == first.id
    assert "Dikerjakan Bu Sari" in alert.text
    assert labels(alert) == ["Minta foto ulang", "Sudah jadi", "Bicara"]


def test_it_says_so_as_well_when_the_ticket_is_taken_at_the_desk(submitted, sari, budi):
    budi.moves("take", submitted.ticket)
    assert "Dikerjakan Pak Budi" in shown(submitted).text


def test_the_same_tap_twice_has_one_effect(submitted, sari):
    sari.taps("Ambil", external_id="t1")
    count = len(heard(submitted))
    sari.taps_token("staff:1:take", external_id="t1")
    assert len(heard(submitted)) == count


def test_the_second_officer_hears_who_was_quicker(submitted, sari, budi):
    (button,) = heard(submitted)[0].choices
    sari.taps("Ambil")
    assert "dikerjakan Bu Sari" in budi.taps_token(button.token)
    assert ticket(submitted).officer == "sari"


def test_who_is_not_linked_is_told_how(submitted):
    stranger = Member(submitted, address="99")
    assert "Sambungkan dulu" in stranger.taps("Ambil")
    assert ticket(submitted).status == "submitted"


def test_staff_of_another_office_take_nothing(submitted):
    ani = Member(submitted, "ani", "Bu Ani", "ma", address="50").hired().links()
    assert "hanya untuk petugas kantor ini" in ani.taps("Ambil")
    assert ticket(submitted).status == "submitted"


def test_who_was_disabled_taps_in_vain(submitted, sari):
    sari.is_disabled()
    assert "Sambungkan dulu" in sari.taps("Ambil")
    assert ticket(submitted).status == "submitted"


@pytest.mark.parametrize("where", ["42", "-999"])
def test_a_forwarded_alert_has_dead_buttons(submitted, sari, where):
    (button,) = heard(submitted)[0].choices
    assert "tidak berlaku" in sari.taps_token(button.token, where)
    assert ticket(submitted).status == "submitted"


@pytest.mark.parametrize(
    "token",
    ["staff:take:PU-2611-00042-5", "staff:", "staff:1", "staff:zz:take", "staff:1:x",
     "staff:ff:take", "staff:1:take:more", "staff:1:ask:police:blurred", "staff:-1:take",
     "staff:1:end", "staff:ffffffffffffffffffff:take"],
)  # fmt: skip
def test_a_button_that_leads_nowhere_is_answered_kindly(submitted, sari, token):
    assert sari.taps_token(token)
    assert ticket(submitted).status == "submitted"


# --- working in the chat ----------------------------------------------------------------


def test_a_document_is_asked_for_again_by_three_taps(submitted, sari):
    sari.taps("Ambil")
    sari.taps("Minta foto ulang")
    assert "foto mana" in shown(submitted).text
    assert labels(shown(submitted))[-1] == "Kembali"
    sari.taps(labels(shown(submitted))[0])
    assert "apa yang kurang" in shown(submitted).text
    before = len(submitted.heard)
    assert "diminta mengirim foto itu lagi" in sari.taps("Kabur")
    assert ticket(submitted).status == "needs_correction"
    assert "Tulisannya kabur" in submitted.heard[before].text
    assert "Menunggu foto baru" in shown(submitted).text


def test_what_is_ready_is_asked_once_more_and_then_told(submitted, sari):
    sari.taps("Ambil")
    sari.taps("Sudah jadi")
    assert ticket(submitted).status == "in_review"
    sari.taps("Ya, kabari warga")
    assert ticket(submitted).status == "ready"
    assert "sudah jadi" in submitted.last
    assert "Sudah jadi · Bu Sari" in shown(submitted).text


def refuses(member, document, reason="cut"):
    """At the desk."""

    def work(tx, sight):
        row = tickets.look(tx, member.citizen.ticket)
        version = row.answers[document][-1]
        judging.judge(
            tx, sight, row.number, document, version, "refused", was="", reason=reason
        )  # fmt: skip

    member.at_desk(work)


@pytest.mark.parametrize("late", [False, True])
def test_what_is_ready_while_a_photo_is_refused_is_answered_with_its_name(submitted, sari, late):
    sari.taps("Ambil")
    if late:
        sari.taps("Sudah jadi")
        sure = next(c for c in shown(submitted).choices if c.label == "Ya, kabari warga")
    refuses(sari, "kk_photo")
    before = len(submitted.heard)
    told = sari.taps_token(sure.token) if late else sari.taps("Sudah jadi")
    assert "Kartu Keluarga masih ditandai salah. Minta foto ulang" in told
    assert len(told) <= 200
    assert ticket(submitted).status == "in_review"
    assert len(submitted.hears().heard) == before
    assert labels(shown(submitted)) == ["Minta foto ulang", "Sudah jadi", "Bicara"]


def test_asking_by_taps_also_asks_for_what_was_refused_at_the_desk(submitted, sari):
    sari.taps("Ambil")
    refuses(sari, "kk_photo")
    sari.taps("Minta foto ulang")
    police = next(c for c in shown(submitted).choices if c.token.endswith(":ask:police"))
    sari.taps(police.label)
    before = len(submitted.heard)
    sari.taps("Kabur")
    asked = submitted.heard[before].text
    assert "Tulisannya kabur" in asked
    assert "ada bagian yang terpotong" in asked


def test_back_shows_the_request_again(submitted, sari):
    sari.taps("Ambil")
    sari.taps("Minta foto ulang")
    sari.taps("Kembali")
    assert labels(shown(submitted)) == ["Minta foto ulang", "Sudah jadi", "Bicara"]


def test_a_colleague_s_request_is_left_alone(submitted, sari, budi):
    sari.taps("Ambil")
    assert "dikerjakan Bu Sari" in budi.taps("Sudah jadi")
    assert ticket(submitted).status == "in_review"


def test_a_question_tapped_after_the_request_moved_says_how_it_stands(submitted, sari):
    sari.taps("Ambil")
    sari.taps("Sudah jadi")
    sure = next(c for c in shown(submitted).choices if c.label == "Ya, kabari warga")
    sari.moves("reject", submitted.ticket, note="Bukan warga sini.")
    assert "sudah selesai" in sari.taps_token(sure.token)
    assert ticket(submitted).status == "rejected"


def test_corrected_documents_come_to_the_officer_s_own_chat_as_well(submitted, sari):
    sari.moves("take", submitted.ticket)
    sari.moves("send_back", submitted.ticket, documents=["police"])
    submitted.sends()
    assert ticket(submitted).status == "in_review"
    assert any("perbaikan sudah masuk" in text for text in sari.heard)
    sari.taps("Sudah jadi", where="42")
    sari.taps("Ya, kabari warga", where="42")
    assert ticket(submitted).status == "ready"


def test_an_officer_begins_to_talk_with_the_citizen_below_an_alert(submitted, sari, budi):
    sari.taps("Ambil")
    assert "Lihat chat Anda" in sari.taps("Bicara")
    assert "Sekarang Bu Sari, petugas" in submitted.last
    assert sari.answers("terhubung dengan warga", "Pagi, Bu.") == "✅ Diteruskan ke warga."
    assert submitted.last == "Bu Sari, petugas:\nPagi, Bu."
    assert "Bu Sari sedang bicara" in budi.taps("Bicara")
    sari.taps("Selesai", where="42")
    assert "Percakapan dengan Bu Sari selesai" in submitted.hears().last


# --- questions --------------------------------------------------------------------------


@pytest.fixture
def asked(citizen):
    return citizen.opens("pu").says("petugas").says("NIK saya 3302271708900003 kok salah?")


def test_a_question_is_read_in_one_s_own_chat_and_answered_there(asked, sari):
    assert "dikirim ke chat Anda" in sari.taps("Baca di chat saya")
    assert "kok salah?" in sari.heard[-1]
    assert sari.answers("kok salah?", "Coba lihat KK-nya, Bu.") == "✅ Diteruskan ke warga."
    assert "Coba lihat KK-nya, Bu." in asked.last
    assert "sudah dijawab Bu Sari" in shown(asked).text


def test_a_question_is_answered_by_replying_in_the_staff_chat(asked, sari):
    assert sari.answers_in_group("Ada warga", "Buka jam 7.15.") == "✅ Diteruskan ke warga."
    assert "Buka jam 7.15." in asked.last


def test_the_second_answer_is_refused_and_names_the_colleague(asked, sari, budi):
    sent = sari.received("Ada warga", STAFF_CHAT)
    sari.answers_in_group("Ada warga", "Buka jam 7.15.")
    before = len(asked.heard)
    assert "sudah dijawab Bu Sari" in budi.answers_in_group("", "Jam 7.", replied=sent)
    assert "Sudah dijawab Bu Sari" in budi.taps_token("staff:1:read")
    assert len(asked.hears().heard) == before


def test_a_reply_by_somebody_who_is_not_linked_goes_nowhere(asked):
    stranger = Member(asked, address="99")
    before = len(asked.heard)
    assert "belum tersambung" in stranger.answers_in_group("Ada warga", "Jam 7.")
    assert len(asked.hears().heard) == before
    assert rows(asked.database, QUESTIONS)[0].answered_at is None


def test_the_same_reply_twice_is_given_once(asked, sari):
    sent = sari.received("Ada warga", STAFF_CHAT)
    sari.answers_in_group("", "Jam 7.15.", "g1", sent)
    count = len(heard(asked))
    sari.answers_in_group("", "Jam 7.15.", "g1", sent)
    assert len(heard(asked)) == count


def test_colleagues_talking_below_an_alert_are_left_alone(submitted, sari):
    count = len(heard(submitted))
    sari.answers_in_group(submitted.ticket, "Ini siapa yang kerjakan?")
    assert len(heard(submitted)) == count


def test_who_has_the_request_reads_the_question_at_once(submitted, sari):
    sari.moves("take", submitted.ticket)
    submitted.says("petugas").says("Boleh diwakilkan anak saya?")
    assert "Boleh diwakilkan anak saya?" in sari.heard[-1]
    assert sari.answers("Boleh diwakilkan anak saya?", "Boleh, Bu.") == "✅ Diteruskan ke warga."


# --- what an alert never carries --------------------------------------------------------


def test_no_message_to_a_group_names_anybody_or_shows_a_number_of_theirs(citizen, sari, budi):
    """Everything that the staff chat is ever sent in a busy week, buttons included."""
    citizen.submits()
    sari.taps("Ambil")
    sari.taps("Minta foto ulang")
    sari.taps("Kembali")
    sari.moves("send_back", citizen.ticket, documents=["police"])
    citizen.sends()
    citizen.says("petugas").says("Saya Yuni Astuti, HP 081234567890, NIK 3302271708900003")
    sari.taps("Baca di chat saya")
    talk = budi.talks_about(citizen.ticket)
    budi.unlinks()
    citizen.says("Nama saya Yuni Astuti, NIK 3302271708900003")
    budi.says(talk, "Baik, Bu Yuni Astuti")
    budi.ends(talk)
    sent = [row.payload for row in rows(citizen.database, OUTBOX) if row.address == STAFF_CHAT]
    assert len(sent) > 8
    secret = re.compile(r"yuni|astuti|33022|0812|62812|0103", re.IGNORECASE)
    assert [payload for payload in sent if secret.search(payload)] == []
    tokens = [c.token for payload in sent for c in Message.of(payload).choices if c.token]
    assert all(re.fullmatch(r"staff:[0-9a-f]+(:[a-z_]+){1,3}", token) for token in tokens)
    assert all(len(token.encode()) <= 64 for token in tokens)


def test_every_document_of_every_service_fits_a_button(house):
    for catalog in house.catalogs.values():
        for flow in catalog.services.values():
            for step in flow.steps:
                assert len(f"staff:ffffffff:ask:{step.id}:unsigned".encode()) <= 64


# --- where alerts go --------------------------------------------------------------------


def test_two_offices_may_share_one_staff_chat(meet):
    medan = meet("7").submits(office="ma")
    ani = Member(medan, "ani", "Bu Ani", "ma", address="50").hired().links()
    assert "dicatat untuk Bu Ani" in ani.taps("Ambil")
    assert ticket(medan).status == "in_review"
