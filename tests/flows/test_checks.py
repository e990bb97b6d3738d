"""What people type when asked for a number, a name or a place, and what becomes of it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.checks import (
    CHECKS,
    Checked,
    Refused,
    check,
    clean,
    nik_birth,
    nik_matches,
    swapped,
)

TODAY = date(2026, 11, 22)
MAN = "3302271708900003"
WOMAN = "3302275708900003"
FAMILY = "3302272207150001"


def value(name: str, text: str) -> str:
    return check(name, text, TODAY).value


def refusal(name: str, text: str) -> str:
    with pytest.raises(Refused) as refused:
        check(name, text, TODAY)
    return refused.value.code


@pytest.mark.parametrize(
    "text",
    [
        "3302271708900003",
        " 3302 2717 0890 0003 ",
        "3302.2717.0890.0003",
        "3302-27-170890-0003",
        "33O227l7O89OOOO3",
        "33o22717o89ooo03",
        "NIK: 3302271708900003",
        "NIK:3302271708900003.",
        "nik3302271708900003",
        "ini pak NIK saya 3302271708900003 ya",
        "nik saya 3302271708900003, umur 36 tahun",
        "lahir 17-08-1990 nik 3302271708900003",
        "３３０２２７１７０８９００００３",
        "٣٣٠٢٢٧١٧٠٨٩٠٠٠٠٣",
        "\u202a3302271708900003\u202c",
        "3302271708900003\n3302272207150001",
    ],
)
def test_a_nik_is_found_however_it_is_written(text):
    assert check("nik", text, TODAY) == Checked(MAN)


@pytest.mark.parametrize(
    ("text", "code", "values"),
    [
        ("", "nik_empty", {}),
        ("tidak tahu", "nik_later", {}),
        ("tidak jelas", "nik_empty", {}),
        ("Ol", "nik_empty", {}),
        ("nanti ya bu", "nik_later", {}),
        ("belum punya nik, baru lahir", "nik_later", {}),
        ("ga ada", "nik_later", {}),
        ("330227170890", "nik_short", {"digits": 12}),
        ("3302 2717 0890 000", "nik_short", {"digits": 15}),
        ("33022717089000033", "nik_long", {"digits": 17}),
        ("3302273102900001", "nik_date", {}),
        ("3302270008900001", "nik_date", {}),
        ("3302274008900001", "nik_date", {}),
        ("3302271713900001", "nik_date", {}),
        ("3302272902010001", "nik_date", {}),
        ("9902271708900003", "nik_area", {"area": "99"}),
        ("0002271708900003", "nik_area", {"area": "00"}),
        ("3302271708900000", "nik_serial", {}),
    ],
)
def test_a_nik_is_refused_with_the_reason(text, code, values):
    with pytest.raises(Refused) as refused:
        check("nik", text, TODAY)
    assert (refused.value.code, refused.value.values) == (code, values)


def test_a_day_of_81_is_no_day_although_the_library_lets_it_pass():
    assert refusal("nik", "3302278108900001") == "nik_date"


@pytest.mark.parametrize("province", ["65", "91", "92", "93", "94", "95", "96"])
def test_people_from_the_newer_provinces_have_a_nik_too(province):
    assert value("nik", f"{province}01011708900003") == f"{province}01011708900003"


def test_a_womans_nik_has_forty_added_to_the_day():
    assert value("nik", WOMAN) == WOMAN
    assert nik_birth(WOMAN, TODAY) == (date(1990, 8, 17), "female")
    assert nik_birth(MAN, TODAY) == (date(1990, 8, 17), "male")


def test_the_birth_century_is_the_latest_that_is_not_in_the_future():
    assert nik_birth("3302272211260001", TODAY)[0] == TODAY
    assert nik_birth("3302272311260001", TODAY)[0] == date(1926, 11, 23)
    assert nik_birth("3302272902000001", TODAY)[0] == date(2000, 2, 29)


def test_a_nik_that_disagrees_with_the_birth_date_is_only_remarked():
    assert nik_matches(MAN, date(1990, 8, 17))
    assert nik_matches(WOMAN, date(1990, 8, 17))
    assert not nik_matches(MAN, date(1990, 8, 18))
    assert not nik_matches("123", date(1990, 8, 18))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "kk_empty"),
        ("besok saja", "kk_later"),
        ("33022722071500", "kk_short"),
        ("33022722071500011", "kk_long"),
        (WOMAN, "kk_looks_like_nik"),
        ("3302276213150001", "kk_date"),
        ("3302273202150001", "kk_date"),
        ("3302272207150000", "kk_serial"),
    ],
)
def test_a_family_card_number_is_refused_with_the_reason(text, code):
    assert refusal("kk", text) == code


def test_a_family_card_number_is_kept_as_sixteen_digits():
    assert check("kk", "No. KK 3302.2722.0715.0001", TODAY) == Checked(FAMILY)


def test_a_family_card_older_than_such_numbers_is_remarked():
    assert check("kk", MAN, TODAY) == Checked(MAN, "kk_old")


@pytest.mark.parametrize(
    ("nik", "kk", "answer"),
    [
        (MAN, FAMILY, False),
        (WOMAN, FAMILY, False),
        (MAN, MAN, True),
        (FAMILY, WOMAN, True),
        (FAMILY, MAN, True),
        ("3302 2722 0715 0001", "NIK 3302271708900003", True),
        ("3302271005120001", FAMILY, False),  # a boy of 14: could be either, so no claim
        (MAN, "3302271005750001", False),  # two men's NIKs: something is wrong, but not this
        (MAN, "12", False),
    ],
)
def test_swapped_numbers_are_noticed_only_when_they_show_it(nik, kk, answer):
    assert swapped(nik, kk, TODAY) is answer


@pytest.mark.parametrize(
    "text",
    [
        "081234567890",
        "0812-3456-7890",
        "0812.3456.7890",
        "(0812) 3456 7890",
        "6281234567890",
        "+6281234567890",
        "+62 812-3456-7890",
        "+62 (0) 812 3456 7890",
        "0062 81234567890",
        "81234567890",
        "O8l234567890",
        "whatsapp:+6281234567890",
        "WA saya 0812 3456 7890 ya",
        "hp 081234567890 / telp rumah 0281-641234",
        "０８１２３４５６７８９０",
    ],
)
def test_a_mobile_number_becomes_e164(text):
    assert value("phone", text) == "+6281234567890"


@pytest.mark.parametrize(
    "text",
    [
        "08123",
        "0812345678901234",
        "0281641234",
        "+60123456789",
        "+8190123456789",
        "1234567890",
        "08123456g890",
    ],
)
def test_what_is_no_indonesian_mobile_number_is_refused(text):
    assert refusal("phone", text) == "phone_wrong"


def test_a_phone_answer_without_digits_is_empty():
    assert refusal("phone", "tidak punya") == "phone_empty"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("007/040", "RT 007/RW 040"),
        ("RT 007/RW 040", "RT 007/RW 040"),
        ("RT 3 RW 2", "RT 003/RW 002"),
        ("rt03 rw 02", "RT 003/RW 002"),
        ("rt.003 rw.002", "RT 003/RW 002"),
        ("RT. 003 / RW. 002", "RT 003/RW 002"),
        ("RT3/RW2", "RT 003/RW 002"),
        ("rt 3 / 2", "RT 003/RW 002"),
        ("RT/RW: 003/002", "RT 003/RW 002"),
        ("RW 2 RT 3", "RT 003/RW 002"),
        ("rt tiga rw dua", "RT 003/RW 002"),
        ("3/2", "RT 003/RW 002"),
        ("3-2", "RT 003/RW 002"),
        ("3 2", "RT 003/RW 002"),
        ("rt O3 rw 02", "RT 003/RW 002"),
        ("Jl. Merdeka no 5 RT 3 RW 2 Sumampir", "RT 003/RW 002"),
        ("000/000", "RT 000/RW 000"),
    ],
)
def test_rt_and_rw_are_written_as_on_the_card(text, written):
    assert value("rt_rw", text) == written


@pytest.mark.parametrize("text", ["", "rt 3", "3", "1234/1", "1/2/3", "halo", "rt sana rw sini"])
def test_half_an_rt_rw_is_none(text):
    assert refusal("rt_rw", text) == "rt_rw_unknown"


@pytest.mark.parametrize(
    "text",
    [
        "lingk. IV",
        "Lk 4",
        "lk4",
        "LKIV",
        "lk.iv",
        "4",
        "iv",
        "no 4",
        "Lingkungan IV",
        "ling 04",
        "lingkungan empat",
        "saya di lingkungan 4 pak",
    ],
)
def test_a_lingkungan_is_written_in_roman_as_the_city_does(text):
    assert value("lingkungan", text) == "Lingkungan IV"


@pytest.mark.parametrize("text", ["", "0", "100", "IIII", "lingkungan", "dekat masjid"])
def test_an_unreadable_lingkungan_is_refused(text):
    assert refusal("lingkungan", text) == "lingkungan_unknown"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Slamet bin Ahmad", "Slamet bin Ahmad"),
        ("slamet bin ahmad", "Slamet bin Ahmad"),
        ("SLAMET BIN AHMAD", "Slamet bin Ahmad"),
        ("siti binti saleh", "Siti binti Saleh"),
        ("  Siti \n Aminah ", "Siti Aminah"),
        ("nur'aini", "Nur'aini"),
        ("Nur’aini", "Nur'aini"),
        ("m. yusuf", "M. Yusuf"),
        ("abdul-rahman", "Abdul-Rahman"),
        ("Ni Made van der Berg", "Ni Made van der Berg"),
        ("Yuni Lestari, S.Pd.", "Yuni Lestari, S.Pd."),
        ("yuni 😀❤️", "Yuni"),
        ("\u202eSiti\u202c", "Siti"),
        ("nama saya slamet", "Slamet"),
        ("Nama: Slamet Riyadi", "Slamet Riyadi"),
        ("Anama Budi", "Anama Budi"),
        ("nama saya siti bu", "Siti"),
        ("Siti Aminah ya pak.", "Siti Aminah"),
        ("Ida Ayu Mas", "Ida Ayu Mas"),
        ("Mohamad Salah", "Mohamad Salah"),
        ("Sih", "Sih"),
        ("José", "José"),
        ("李小龙", "李小龙"),
        ("محمد علي", "محمد علي"),
        ("ꦱ꧀ꦭꦩꦼꦠ꧀", "ꦱ꧀ꦭꦩꦼꦠ꧀"),
    ],
)
def test_a_name_is_kept_as_its_bearer_writes_it(text, name):
    assert value("name", text) == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "name_empty"),
        ("😀", "name_empty"),
        ("...", "name_empty"),
        ("budi 2", "name_digits"),
        ("budi ٢", "name_digits"),
        ("x" * 101, "name_long"),
        ("budi/ani", "name_unknown"),
        ("<b>budi</b>", "name_unknown"),
        ("???", "name_unknown"),
    ],
)
def test_what_is_no_name_is_refused(text, code):
    assert refusal("name", text) == code


@pytest.mark.parametrize(
    "text",
    [
        "ga tau", "tidak tahu bu", "salah ya kayaknya", "lupa", "nanti", "nanti ya bu",
        "ini bayar brp", "batal aja deh", "belum ada", "gak punya", "iya", "kenapa?", "apa ya",
    ],
)  # fmt: skip
def test_an_answer_to_something_else_is_no_name(text):
    assert refusal("name", text) == "name_answer"


def test_a_name_of_one_letter_is_accepted_and_remarked():
    assert check("name", "o", TODAY) == Checked("O", "name_short")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", "3"),
        ("2 orang", "2"),
        ("ada 3, pak", "3"),
        ("dua", "2"),
        ("loro", "2"),
        ("tiga orang anak", "3"),
        ("sebelas", "11"),
        ("dua puluh lima", "25"),
        ("seratus dua", "102"),
        ("２", "2"),
        ("l0", "10"),
        ("007", "7"),
        ("2x", "2"),
        ("999", "999"),
    ],
)
def test_a_count_is_read_from_figures_or_words(text, number):
    assert value("number", text) == number


@pytest.mark.parametrize(
    "text",
    ["", "0", "1000", "seribu", "2-3", "-5", "2,5", "1.000", "1 atau 2", "dua tiga", "banyak"],
)
def test_a_count_that_is_none_or_two_is_refused(text):
    assert refusal("number", text) == "number_unknown"


def test_a_text_keeps_its_lines_but_nothing_invisible():
    assert value("text", " satu \u200b dua\r\n\r\n\r\n\r\ntiga\x00 ") == "satu dua\n\ntiga"
    assert value("text", "e\u0301") == "é"
    assert value("text", "👨‍👩‍👧 pindah") == "👨‍👩‍👧 pindah"


def test_an_empty_or_endless_text_is_refused():
    assert refusal("text", " \u200b\u200d\n ") == "text_empty"
    assert refusal("text", "x" * 1001) == "text_long"
    assert value("text", "x" * 1000)


def test_an_unknown_check_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        check("shoe_size", "42", TODAY)


VOCABULARY = """
tgl 17 bulan 8 1990 besok lusa senin depan hari minggu lalu ini lagi dua puluh ribu rt 003 rw / - .
, iv lk nama saya bin agustus agt 31 0 9999 tahun kemarin jam atau
"""
TYPED = st.one_of(
    st.text(),
    st.text(alphabet="0123456789OoIl .-/+()٣２²", max_size=30),
    st.lists(st.sampled_from(VOCABULARY.split())).map(" ".join),
)


def outcome(name: str, text: str) -> Checked | Refused:
    try:
        return check(name, text, TODAY)
    except Refused as refused:
        return refused


@given(name=st.sampled_from(sorted(CHECKS)), text=TYPED)
def test_whatever_is_typed_is_checked_or_refused(name, text):
    match outcome(name, text):
        case Checked(stored):
            assert stored == clean(stored) != ""
        case Refused() as refused:
            assert refused.code.startswith(name.split("_")[0].replace("phrase", "text"))
            assert refused.code.isidentifier()


@given(name=st.sampled_from(sorted(CHECKS)), text=TYPED)
def test_a_stored_answer_checks_to_itself(name, text):
    checked = outcome(name, text)
    if isinstance(checked, Checked):
        assert value(name, checked.value) == checked.value


@given(TYPED)
def test_cleaning_twice_is_cleaning_once(text):
    assert clean(clean(text)) == clean(text)


@given(st.dates(date(1927, 1, 1), TODAY), st.booleans(), st.integers(1, 9999))
def test_every_well_formed_nik_gives_its_birth_date_back(born, woman, serial):
    nik = f"330227{born.day + 40 * woman:02}{born:%m%y}{serial:04}"
    assert value("nik", nik) == nik
    assert nik_birth(nik, TODAY) == (born, "female" if woman else "male")
    assert nik_matches(nik, born)
