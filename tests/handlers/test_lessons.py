"""Lessons and the practice run: what they teach, where they lead, and that nothing stays behind."""

import re

import pytest
import sqlalchemy as sa

from flows.model import Ask, Session, State
from handlers import lessons
from handlers.wording import Scene, speak
from storage.tables import METADATA, OUTBOX
from talk import MONDAY, Citizen, rows
from talk import house as make_house

HOUSE = make_house()
TAUGHT = lessons.all(HOUSE, "pu")


@pytest.fixture
def citizen(database, house):
    return Citizen(database, house)


# --- lessons ----------------------------------------------------------------------------


@pytest.mark.parametrize("lesson", TAUGHT, ids=lambda each: each.id)
def test_every_sentence_is_short_enough_to_be_read(lesson):
    assert len(lesson.text) <= 600
    for sentence in re.split(r"(?<=[.!?:])\s|\n", lesson.text):
        assert len(sentence.split()) <= 15, sentence


def test_every_lesson_is_read_in_chat_and_leads_on(citizen):
    citizen.opens("pu")
    for lesson in TAUGHT:
        citizen.says("belajar")
        citizen.chooses(lesson.title)
        assert lesson.text in citizen.last
        labels = [choice.label for choice in citizen.heard[-1].choices]
        names = lessons.ways(HOUSE, "pu")
        assert labels == [*(names[each] for each in lesson.starts), "Pelajaran lain", "Menu utama"]


def test_a_lesson_is_found_by_its_own_words_and_by_its_number(citizen):
    citizen.opens("pu").says("pelajaran").says("foto kabur")
    assert "Taruh KTP atau KK di meja" in citizen.last
    citizen.chooses("Pelajaran lain").says("1")
    assert "Semua layanan di kecamatan gratis" in citizen.last


def test_a_service_begins_from_a_lesson(citizen):
    citizen.opens("pu").says("belajar").chooses("Cara mulai").chooses("Ganti KTP")
    assert citizen.was_asked("reason")


def test_a_human_is_called_from_a_lesson(citizen):
    citizen.opens("pu").says("belajar").chooses("Gratis, awas calo").chooses("Tanya petugas")
    assert citizen.was_asked("message")


def test_the_status_is_told_after_the_lesson_about_it(citizen):
    citizen.opens("pu").says("belajar").chooses("Arti status").chooses("Cek status")
    assert "Belum ada permohonan" in citizen.last


def test_a_lesson_in_the_middle_of_a_request_leaves_it_where_it_was(citizen):
    citizen.starts("ktp_ganti").continues(until="nik")
    citizen.says("mau belajar").chooses("Arti status").says("lanjut")
    assert citizen.was_asked("nik")


def test_before_an_office_is_chosen_lessons_are_there_too(citizen):
    citizen.opens().says("belajar").chooses("Cara foto KTP dan KK")
    assert "Taruh KTP atau KK di meja" in citizen.last


def test_mistakes_in_lessons_are_told_all_at_once():
    texts = {"a.toml": f'title = "{"x" * 30}"\ntext = "y"\nstart = []', "b.toml": "title ="}
    with pytest.raises(ValueError, match=r"a\.toml: unknown key 'start'") as told:
        lessons.read(texts)
    assert "a.toml: title has 30 characters" in str(told.value)
    assert "b.toml: not TOML" in str(told.value)


def test_a_way_on_that_no_office_has_is_told():
    assert list(lessons.untaught(HOUSE)) == []


# --- the practice run -------------------------------------------------------------------

OWN = {"people", "conversations", "inbox", "outbox", "alembic_version"}
"""What any chat leaves: who wrote, where it stands, what was said on both sides."""


def practises(citizen: Citizen) -> Citizen:
    citizen.opens("pu").says("coba dulu").chooses("Ya, mulai latihan").chooses("KTP hilang")
    citizen.says("330227170890000")
    assert "Baru 15 angka" in citizen.last, "mistakes are answered as they really are"
    citizen.says("3302271708900003").sends_in_practice()
    return citizen.chooses("Ya, kirim")


def test_a_practice_run_says_at_both_ends_that_it_is_one(citizen):
    practises(citizen)
    begin = next(m.text for m in citizen.heard if "Siap?" in m.text)
    assert "Ini latihan" in begin
    assert "Tidak ada yang dikirim ke kantor" in begin
    assert "hanya latihan" in citizen.last


def test_a_practice_run_leaves_nothing_but_its_own_chat(citizen, database):
    practises(citizen)
    filled = {table.name for table in METADATA.sorted_tables if rows(database, table)}
    assert filled <= OWN
    spoken = {row.address for row in rows(database, OUTBOX)}
    assert spoken == {citizen.address}, "nobody was alerted"


def test_after_a_practice_run_the_answers_are_forgotten(citizen, database):
    practises(citizen).chooses("Sudah cukup")
    state = citizen.state
    assert state is not None
    assert state.flow == "welcome"
    kept = database.read(
        lambda tx: tx.execute(sa.text("SELECT session FROM conversations")).scalar()
    )
    assert "3302271708900003" not in kept


def test_a_practice_run_leads_to_the_real_thing(citizen):
    practises(citizen).chooses("Ya, urus sungguhan")
    assert citizen.was_asked("service")
    citizen.chooses("Ganti KTP")
    assert citizen.state.flow == "ktp_ganti"
    assert citizen.state.answers == {}


def test_a_photo_in_a_practice_run_does_not_reach_the_request_begun_before(citizen):
    citizen.starts("ktp_ganti").continues(until="police")
    citizen.says("coba dulu").chooses("Ya, mulai latihan").chooses("KTP rusak")
    citizen.says("3302271708900003").sends_in_practice()
    assert citizen.was_asked("review")
    citizen.chooses("Ya, kirim").chooses("Sudah cukup").says("lanjut")
    assert citizen.was_asked("police")


def test_whoever_stops_in_the_middle_is_not_reminded_of_it(citizen, database):
    citizen.opens("pu").says("latihan").chooses("Ya, mulai latihan").chooses("KTP hilang")
    citizen.says("batal")
    assert citizen.state is None
    assert rows(database, METADATA.tables["due"]) == []


def test_a_practice_run_has_a_way_back_and_to_a_human(citizen):
    citizen.opens("pu").says("coba dulu").chooses("Ya, mulai latihan").chooses("KTP hilang")
    citizen.says("kembali")
    assert citizen.was_asked("reason")
    citizen.says("petugas")
    assert citizen.was_asked("message")


def test_who_does_not_want_to_is_let_go(citizen):
    citizen.opens("pu").says("coba dulu").chooses("Nanti saja")
    assert citizen.state is None


def test_a_link_leads_to_the_practice_run(citizen):
    citizen.opens("pu-practice")
    assert citizen.was_asked("begin")


@pytest.mark.parametrize("office", ["", "pu", "ma"])
def test_every_question_of_it_renders(office):
    catalog = HOUSE.catalog(office)
    context = HOUSE.context(office or "pu", consented=False, quiet=False, now=MONDAY)
    scene = Scene(HOUSE, HOUSE.office(office), catalog, context, Session(), MONDAY, MONDAY)
    flow = catalog.talks["practice"]
    for step in flow.steps:
        text = speak(Ask(flow, step, State("practice")), scene).text
        assert text
        assert not re.search(r"[{}]", text)
