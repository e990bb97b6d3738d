"""The wrong kecamatan was chosen: there is a way to the right one, and nothing wrong goes along."""

from dataclasses import replace

import pytest

from handlers import viewing
from handlers.sessions import decode
from handlers.tickets import Actor, move
from staff_at_work import Member
from storage import attachments, conversations
from storage.tables import (
    ATTACHMENTS,
    AUDIT,
    CONSENTS,
    CONVERSATIONS,
    DOOMED_FILES,
    OUTBOX,
    QUESTIONS,
    TICKETS,
    VIEWS,
)
from talk import Citizen, house, rows


def office(citizen: Citizen) -> str:
    return rows(citizen.database, CONVERSATIONS)[0].office_id


def moves(citizen: Citizen) -> Citizen:
    return citizen.says("ganti kecamatan").says("medan area")


@pytest.mark.parametrize(
    "words",
    ["ganti kecamatan", "salah kecamatan", "Kecamatannya salah pak", "saya salah pilih kecamatan",
     "bukan kecamatan ini", "salah pilih kecmatan"],
)  # fmt: skip
def test_whoever_says_that_the_kecamatan_is_wrong_may_choose_another(citizen, words):
    citizen.opens("pu").says(words)
    assert "Ini layanan Kecamatan Purwokerto Utara" in citizen.last
    assert "1. Purwokerto Utara\n2. Medan Area\n3. Tidak ada di sini" in citizen.last
    citizen.says("2")
    assert citizen.was_asked("want")
    assert "Kecamatan Medan Area" in citizen.last
    assert office(citizen) == "ma"


def test_the_one_they_have_may_be_chosen_again(citizen):
    citizen.opens("pu").says("ganti kecamatan").says("purwokerto utara")
    assert citizen.was_asked("want")
    assert office(citizen) == "pu"


def test_choosing_the_same_one_again_leaves_a_request_as_it_is(citizen):
    citizen.starts("ktp_ganti").continues("police").says("ganti kecamatan").says("1")
    assert citizen.chooses("Ya, lanjut").was_asked("police")


def test_who_lives_in_none_of_them_is_told_where_to_go(citizen):
    citizen.opens("pu").says("ganti kecamatan").says("tidak ada")
    assert "kantor kecamatan tempat tinggal" in citizen.last
    assert office(citizen) == "pu"


def test_before_any_is_chosen_it_is_the_question_which(citizen):
    citizen.opens().says("salah kecamatan")
    assert citizen.was_asked("office")


def test_where_there_is_only_one_nothing_can_be_changed(database):
    alone = house()
    alone = replace(alone, offices={"ma": alone.offices["ma"]})
    citizen = Citizen(database, alone).opens().says("ganti kecamatan")
    assert "hanya untuk satu kecamatan" in citizen.last
    assert office(citizen) == "ma"


@pytest.mark.parametrize("words", ["medan area", "kecamatan medan area", "saya di medan area"])
def test_naming_another_kecamatan_at_the_menu_asks_whether_to_change(citizen, words):
    citizen.opens("pu").says(words)
    assert citizen.was_asked("where")
    assert office(citizen) == "pu"


def test_naming_another_kecamatan_at_the_kelurahan_asks_whether_to_change(citizen):
    citizen.starts("ktp_ganti").continues("kelurahan").says("medan area")
    assert citizen.was_asked("where")


@pytest.mark.parametrize(
    "words", ["pindah ke medan area", "surat pindah ke medan area", "mau pindah ke medan area"]
)
def test_where_somebody_moves_to_is_not_where_they_live(meet, words):
    here, nowhere = meet("1").opens("pu").says(words), meet("2").opens().says(words)
    assert "Surat Pindah" in here.last
    assert rows(here.database, CONVERSATIONS)[0].office_id == "pu"
    assert rows(here.database, CONVERSATIONS)[1].office_id == ""
    assert not nowhere.was_asked("want")


@pytest.mark.parametrize("words", ["area", "medan", "ktp medan area"])
def test_half_a_name_or_a_service_with_it_changes_no_kecamatan(citizen, words):
    citizen.opens("pu").says(words)
    assert not citizen.was_asked("where")
    citizen.starts("ktp_ganti").continues("kelurahan")
    if "ktp" not in words:
        assert citizen.says(words).was_asked("kelurahan")


def test_a_service_and_the_kecamatan_in_one_message_are_both_heard(citizen):
    citizen.opens("ktp_ganti").says("menu").says("purwokerto utara, ktp hilang")
    assert office(citizen) == "pu"
    assert "Saya bantu urusan KTP hilang" in citizen.last


@pytest.mark.parametrize("words", ["purwokerto utara", "kec. purwokerto utara"])
def test_naming_the_own_kecamatan_changes_nothing(citizen, words):
    citizen.opens("pu").says(words)
    assert not citizen.was_asked("where")


def test_a_kelurahan_that_is_not_listed_points_to_the_other_kecamatan(citizen):
    citizen.starts("ktp_ganti").continues("kelurahan").says("desa saya ga ada di situ")
    assert 'Tulis "ganti kecamatan"' in citizen.heard[-2].text
    assert citizen.was_asked("kelurahan")
    citizen.says("ganti kecamatan")
    assert citizen.was_asked("where")


# --- what goes along ----------------------------------------------------------------------


def begun(citizen: Citizen) -> Citizen:
    return citizen.starts("ktp_ganti").continues("kk_photo", kelurahan="grendeng")


def test_what_was_begun_goes_along_without_what_belongs_to_the_first_office(citizen):
    moves(begun(citizen))
    assert citizen.was_asked("resume")
    assert citizen.heard[-2].text == "Baik, sekarang di Kecamatan Medan Area."
    citizen.chooses("Ya, lanjut")
    assert citizen.was_asked("consent")
    assert "Yang melihat hanya petugas Kecamatan Medan Area" in citizen.last
    citizen.chooses("Setuju")
    assert citizen.was_asked("kelurahan"), "number, name and reason are the same anywhere"
    assert "Sukaramai I" in citizen.last
    citizen.says("sukaramai 1")
    assert citizen.was_asked("kk_photo"), "one photo has come already"


def test_a_link_to_another_office_takes_no_more_along(citizen):
    begun(citizen).opens("ma").chooses("Ya, lanjut")
    assert citizen.was_asked("consent")
    citizen.continues()
    (ticket,) = rows(citizen.database, TICKETS)
    assert (ticket.office_id, ticket.answers["kelurahan"]) == ("ma", "sukaramai_i")


def test_the_photos_of_before_can_be_opened_at_the_office_they_were_sent_to(citizen):
    moves(begun(citizen)).chooses("Ya, lanjut").continues()
    (ticket,) = rows(citizen.database, TICKETS)
    files = citizen.database.read(lambda tx: attachments.of_ticket(tx, ticket.id))
    assert len(files) == 2
    assert {file.id for file in files} == {*ticket.answers["police"], *ticket.answers["kk_photo"]}


def test_a_look_at_a_photo_of_before_is_written_down_where_the_officer_works(citizen):
    moves(begun(citizen)).chooses("Ya, lanjut").continues()
    (ticket,) = rows(citizen.database, TICKETS)
    budi = Member(citizen, "budi", "Pak Budi", "ma").hired()
    (police,) = ticket.answers["police"]
    shown, _ = budi.at_desk(lambda tx, sight: viewing.look(tx, sight, police))
    assert shown.office_id == "pu", "the vault opens it at the office it was sent to"
    (look,) = rows(citizen.database, VIEWS)
    told = [row for row in rows(citizen.database, AUDIT) if row.action == "document.viewed"]
    assert [row.office_id for row in (look, *told)] == ["ma", "ma"]


def test_consent_was_given_to_one_office(citizen):
    moves(citizen.submits()).says("ktp hilang").says("ya")
    citizen.continues("consent")
    assert citizen.was_asked("consent")
    citizen.chooses("Setuju")
    given = [(row.office_id, row.given) for row in rows(citizen.database, CONSENTS)]
    assert given == [("pu", True), ("ma", True)]


def test_a_request_that_was_sent_stays_where_it_is(citizen):
    moves(citizen.submits())
    told = citizen.heard[-2].text
    assert f"Permohonan {citizen.ticket} tetap di Kecamatan Purwokerto Utara" in told
    assert [row.office_id for row in rows(citizen.database, TICKETS)] == ["pu"]
    citizen.says("status")
    assert citizen.ticket in citizen.last


@pytest.fixture
def sent_back(citizen):
    """At pu "sktm" asks for RT/RW and for no KK; at ma for a lingkungan, and for the KK."""
    apart = {
        name: replace(office, staff_chat=f"-{name}")
        for name, office in citizen.house.offices.items()
    }
    citizen.house = replace(citizen.house, offices=apart)
    citizen.submits("sktm")
    sari = Actor("staff", "sari", "Bu Sari")
    for name, documents in (("take", ()), ("send_back", ("kelurahan_letter",))):
        citizen.database.write(
            lambda tx, name=name, documents=documents: move(
                tx, citizen.house, "pu", citizen.ticket, name, sari, citizen.now,
                note="Kabur.", documents=documents,
            )
        )  # fmt: skip
    return citizen.hears()


def test_a_correction_is_asked_for_by_the_office_that_wants_it(sent_back):
    (before,) = rows(sent_back.database, TICKETS)
    told = len(rows(sent_back.database, OUTBOX))
    assert moves(sent_back).was_asked("want"), "nothing goes along to the other office"
    sent_back.says("lanjut")
    assert sent_back.was_asked("kelurahan_letter")
    sent_back.sends()
    (after,) = rows(sent_back.database, TICKETS)
    assert (after.status, after.office_id) == ("in_review", "pu")
    assert after.answers.keys() == before.answers.keys()
    news = rows(sent_back.database, OUTBOX)[told:]
    assert {row.address for row in news if row.address.startswith("-")} == {"-pu"}
    assert office(sent_back) == "ma", "what comes next is for the other office"


def test_a_message_about_a_request_goes_to_the_office_that_has_it(citizen):
    moves(citizen.submits()).says("petugas").says(f"batalkan {citizen.ticket}, salah kecamatan")
    assert [row.office_id for row in rows(citizen.database, QUESTIONS)] == ["pu"]
    citizen.waits(hours=1).says("petugas").says("jam berapa buka sabtu?")
    assert [row.office_id for row in rows(citizen.database, QUESTIONS)] == ["pu", "ma"]


def test_a_foreign_request_named_in_a_message_leads_nowhere(meet):
    other = meet("2").submits().ticket
    citizen = meet("1").opens("ma").says("petugas").says(f"bagaimana {other} itu?")
    assert [row.office_id for row in rows(citizen.database, QUESTIONS)] == ["ma"]


def test_a_photo_while_the_kecamatan_is_asked_for_does_not_end_that_question(citizen):
    begun(citizen).says("ganti kecamatan").sends()
    assert citizen.was_asked("where")
    citizen.says("2")
    assert office(citizen) == "ma"


@pytest.mark.parametrize("at", ["ready", "consent", "police"])
def test_the_other_kecamatan_may_be_named_at_any_question_that_has_no_such_answer(citizen, at):
    citizen.starts("ktp_ganti").continues(at).says("saya orang medan area")
    assert citizen.was_asked("where")


def test_after_a_talk_with_the_first_office_the_other_one_goes_on_asking(citizen):
    sari = Member(citizen, "sari", "Bu Sari").hired()
    citizen.submits()
    number = citizen.ticket
    moves(citizen).starts("domisili", "ma").continues("kelurahan")
    talk = sari.talks_about(number)
    sari.ends(talk)
    assert "Sukaramai I" in citizen.last
    assert "Purwanegara" not in citizen.last
    citizen.says("1")
    assert citizen.state.answers["kelurahan"] == "sukaramai_i"


def test_refusing_consent_there_takes_nothing_from_what_was_begun_here(citizen):
    begun(citizen).starts("domisili", "ma").continues("consent").chooses("Tidak setuju")
    assert len(rows(citizen.database, ATTACHMENTS)) == 1
    assert rows(citizen.database, DOOMED_FILES) == []
    citizen.opens("pu-ktp_ganti").chooses("Ya, lanjut").continues()
    (ticket,) = rows(citizen.database, TICKETS)
    files = {row.id for row in rows(citizen.database, ATTACHMENTS)}
    assert {*ticket.answers["police"], *ticket.answers["kk_photo"]} == files


def test_at_the_counter_no_other_office_is_offered(meet):
    citizen = meet(channel="desk").starts("ktp_ganti").says("ganti kecamatan")
    assert "hanya untuk satu kecamatan" in citizen.last


def test_at_the_counter_a_request_belongs_to_the_office_of_the_counter(meet):
    citizen = meet(channel="desk").starts("ktp_ganti").says("ganti kecamatan").says("medan area")
    assert office(citizen) == "pu"


def test_no_answer_of_a_foreign_list_is_left_in_the_state(citizen):
    moves(begun(citizen))
    row = citizen.database.read(lambda tx: conversations.peek(tx, citizen.channel, citizen.address))
    state = decode(row.session).states["ktp_ganti"]
    assert {*state.answers} == {"reason", "applicant", "ready", "nik", "name", "kk", "police"}
