"""Global words and offered options, recognised as people type them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.keywords import Keywords, normalise, pick

WORDS = Keywords(
    {
        "menu": ("menu", "menu utama", "0", "mulai", "start"),
        "back": ("kembali", "balik", "mundur"),
        "cancel": ("batal", "batalkan", "berhenti", "gak jadi"),
        "status": ("status", "cek status"),
        "human": ("petugas", "tanya petugas", "admin"),
        "help": ("bantuan", "bantu", "help"),
        "erase": ("hapus data", "hapus data saya"),
        "thanks": ("terima kasih", "makasih"),
    },
    slang={"mnu": "menu", "gajadi": "gak jadi"},
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("menu", "menu"),
        ("MENU!!", "menu"),
        ("Menu Utama", "menu"),
        ("/menu", "menu"),
        ("/menu@LoketBot", "menu"),
        ("/start", "menu"),
        ("mnu", "menu"),
        ("mennu", "menu"),
        ("0", "menu"),
        ("٠", "menu"),
        ("batalll", "cancel"),
        ("batal dong", "cancel"),
        ("batal ya pak", "cancel"),
        ("Tolong batal min 🙏", "cancel"),
        ("btaal", "cancel"),
        ("gajadi", "cancel"),
        ("gak jadi deh", "cancel"),
        ("kembli", "back"),
        ("Kembalii dongg", "back"),
        ("saya mau kembali", "back"),
        ("satus", "status"),
        ("cek sttus", "status"),
        ("ptugas", "human"),
        ("petugsa", "human"),
        ("mau tanya petugas kak", "human"),
        ("admin", "human"),
        ("bantuan", "help"),
        ("bantaun", "help"),
        ("apus data", "erase"),
        ("hapus dta saya", "erase"),
        ("terima kasih", "thanks"),
        ("Terima kasih banyak", None),
        ("makasih pak", "thanks"),
    ],
)
def test_a_global_word_is_known_in_any_spelling(text, name):
    assert WORDS.find(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ya",
        "pak",
        "halo",
        "terima",
        "00",
        "1",
        "10",
        "bantuan 2",
        "surat bantuan sosial",
        "status perkawinan saya",
        "ktp saya di petugas kelurahan kemarin",
        "fatal",
        "natal",
        "mnau",
        "3302271708900003",
        "batal " * 50,
    ],
)
def test_a_sentence_a_number_or_another_word_is_no_global_word(text):
    assert WORDS.find(text) is None


CAREFUL = Keywords(
    {"cancel": ("batal", "batalkan", "tidak jadi", "batal saja")},
    slang={"ga": "tidak", "gak": "tidak"},
    careful=frozenset({"cancel"}),
)


@pytest.mark.parametrize("text", ["ga ada", "ga bisa", "gak ada", "tidak ada", "tidak bisa"])
def test_what_undoes_something_is_not_meant_by_another_short_word(text):
    assert CAREFUL.find(text) is None


@pytest.mark.parametrize("text", ["btaal", "batlkan", "batla saja", "gak jadi", "tidka jadi"])
def test_what_undoes_something_is_known_with_a_slip_in_a_long_word(text):
    assert CAREFUL.find(text) == "cancel"


def test_a_spelling_shared_by_two_names_means_neither():
    assert Keywords({"a": ("lanjut",), "b": ("lanjut", "terus")}).find("lanjut") is None


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  BATALLL!!! ", "batal"),
        ("ya", "ya"),
        ("iya dong pak", "iya"),
        ("/mulai@bot", "mulai"),
        ("tolong KTP-el saya, ya", "ktp el saya"),
        ("terima kasih", "terima kasih"),
        ("nomor ２", "nomor 2"),
    ],
)
def test_normal_form_is_lower_case_words_without_politeness(text, plain):
    assert normalise(text) == plain


KTP = ["KTP hilang", "KTP rusak", "Tanya petugas"]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 0),
        ("1.", 0),
        ("(3)", 2),
        ("no 2", 1),
        ("no.2 pak", 1),
        ("no2", 1),
        ("nomor dua", 1),
        ("pilih yang nomor 1 aja", 0),
        ("yang pertama", 0),
        ("kedua", 1),
        ("ke-2", 1),
        ("terakhir", 2),
        ("satu", 0),
        ("loro", 1),
        ("２", 1),
        ("2️⃣", 1),
        ("KTP hilang", 0),
        ("1 KTP hilang", 0),
        ("1 ktp", 0),
        ("ktp ilang", 0),
        ("ktp hilng", 0),
        ("hilang", 0),
        ("yang hilang pak", 0),
        ("saya mau yang rusak", 1),
        ("ktp saya rusakk", 1),
        ("petugas", 2),
        ("tanya dulu", 2),
        ("ktp saya hilang di pasar", 0),
    ],
)
def test_an_option_is_chosen_by_its_number_or_its_words(text, index):
    assert pick(KTP, text) == index


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "4",
        "11",
        "ktp",
        "hilang atau rusak",
        "bukan yang hilang",
        "2 KTP hilang",
        "1 bulan",
        "1 2",
        "halo",
        "kemarin hilang waktu belanja sayur di pasar wage",
        "3302271708900003",
    ],
)
def test_an_unclear_choice_is_none(text):
    assert pick(KTP, text) is None


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("ya", 0),
        ("iyaa dong", 0),
        ("nggih", 0),
        ("oke pak", 0),
        ("iyah", 0),
        ("iya benar", 0),
        ("nggih leres", 0),
        ("monggo", 0),
        ("mulai", 0),
        ("bukan", 1),
        ("gak", 1),
        ("mboten", 1),
        ("jangan", 1),
        ("no", 1),
        ("ya bukan", None),
        ("gak tau", None),
    ],
)
def test_yes_and_no_are_known_in_the_ways_people_say_them(text, index):
    assert pick(["Ya, mulai", "Bukan itu"], text) == index


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("2", 1),
        ("10.30", 1),
        ("jam 10", 1),
        ("rabu", 2),
        ("rebo", 2),
        ("25/11", 2),
        ("24/11 jam 9", 0),
        ("sel 9.00", 0),
        ("selasa", None),
        ("9", None),
        ("24/11", None),
        ("hari lain", 3),
        ("lain", 3),
    ],
)
def test_a_slot_is_chosen_by_its_day_and_hour(text, index):
    slots = ["Sel 24/11 09.00", "Sel 24/11 10.30", "Rab 25/11 09.00", "Hari lain"]
    assert pick(slots, text) == index


def test_an_options_own_words_count_before_its_synonyms():
    words = [("kehilangan", "dicuri"), ("patah", "retak"), ()]
    assert pick(KTP, "dicuri orang", words) == 0
    assert pick(KTP, "patah", words) == 1
    assert pick(KTP, "kehilngan", words) == 0
    assert pick(["Ya", "Boleh"], "boleh") == 1


def test_a_count_that_is_also_a_position_is_asked_again():
    assert pick(["0 anak", "1 anak", "2 anak"], "1") is None
    assert pick(["0 anak", "1 anak", "2 anak"], "1 anak") == 1
    assert pick(["1 anak", "2 anak"], "2") == 1


def test_no_options_no_choice():
    assert pick([], "1") is None


LABELS = st.lists(st.text(max_size=20), max_size=6)


@given(LABELS, st.text())
def test_any_text_is_an_option_or_none(labels, text):
    found = pick(labels, text)
    assert found is None or 0 <= found < len(labels)


@given(st.lists(st.sampled_from("hilang rusak pindah baru petugas lain".split()), unique=True))
def test_every_option_answers_to_its_number_and_to_its_label(labels):
    for index, label in enumerate(labels):
        assert pick(labels, str(index + 1)) == index
        assert pick(labels, label.upper()) == index


@given(st.text())
def test_any_text_is_a_global_word_or_none(text):
    assert WORDS.find(text) in {None, *WORDS.words}


def test_recognition_takes_no_noticeable_time():
    texts = ["1", "ktp saya hilang", "btaal", "saya mau tanya petugas ya pak", "surat domisili"]
    started = time.perf_counter()
    for _ in range(200):
        for text in texts:
            WORDS.find(text)
            pick(KTP, text)
    assert (time.perf_counter() - started) / 2000 < 0.0005  # measured 10 µs; room for slow machines
