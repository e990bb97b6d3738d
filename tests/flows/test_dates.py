"""Dates as people type them, day first, seen from Wednesday 25 November 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.checks import Checked, Refused, check

TODAY = date(2026, 11, 25)
BORN = "1990-08-17"


def value(name: str, text: str, today: date = TODAY) -> str:
    return check(name, text, today).value


def refusal(name: str, text: str, today: date = TODAY) -> str:
    with pytest.raises(Refused) as refused:
        check(name, text, today)
    return refused.value.code


@pytest.mark.parametrize("name", ["date", "date_past"])
@pytest.mark.parametrize(
    "text",
    [
        "17-8-1990",
        "17/08/1990",
        "17/08/90",
        "17.8.90",
        "17 8 1990",
        "17 - 08 - 1990",
        "17081990",
        "170890",
        "17 agustus 1990",
        "17 Agustus 90",
        "17 agt 90",
        "17 Ags 1990",
        "17 agust 1990",
        "17agustus1990",
        "17-Agt-1990",
        "tgl 17 bulan 8 th 90",
        "tanggal 17 bulan agustus tahun 1990",
        "tahun 1990 bulan 8 tanggal 17",
        "17 agustsu 1990",
        "17 agutus 1990",
        "17 Augustus 1990",
        "17 VIII 1990",
        "tujuh belas agustus 1990",
        "l7-O8-199O",
        "１７－０８－１９９０",
        "1990-08-17",
        "19900817",
        "Banyumas, 17 Agustus 1990",
        "lahir di banyumas tgl 17 agustus 1990 pak",
        "Jum'at Kliwon, 17-8-1990",
        "17 agustus 1990 jam 09.30",
    ],
)
def test_a_birth_date_is_read_in_any_spelling(name, text):
    assert check(name, text, TODAY) == Checked(BORN)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("januari", 1), ("jan", 1), ("djanuari", 1), ("january", 1), ("janurai", 1),
        ("februari", 2), ("feb", 2), ("pebruari", 2), ("peb", 2), ("febuari", 2), ("pebuari", 2),
        ("maret", 3), ("mar", 3), ("mrt", 3), ("march", 3), ("mareet", 3),
        ("april", 4), ("apr", 4), ("arpil", 4), ("mei", 5), ("may", 5),
        ("juni", 6), ("jun", 6), ("djuni", 6), ("juli", 7), ("jul", 7), ("july", 7),
        ("agustus", 8), ("agu", 8), ("ags", 8), ("agt", 8), ("aug", 8), ("agsutus", 8),
        ("september", 9), ("sep", 9), ("sept", 9), ("septmber", 9), ("setpember", 9),
        ("oktober", 10), ("okt", 10), ("oct", 10), ("oktobr", 10), ("october", 10),
        ("november", 11), ("nov", 11), ("nopember", 11), ("nop", 11), ("novmber", 11),
        ("desember", 12), ("des", 12), ("dec", 12), ("desmber", 12), ("december", 12),
    ],
)  # fmt: skip
def test_months_are_known_by_old_short_english_and_mistyped_names(text, month):
    assert value("date", f"3 {text} 1990") == f"1990-{month:02}-03"
    assert value("date", f"3-{text.upper()}-90") == f"1990-{month:02}-03"


def test_the_day_always_comes_first():
    assert value("date", "8/9/2010") == "2010-09-08"
    assert refusal("date", "12/30/1990") == "date_impossible"


@pytest.mark.parametrize(
    "text", ["31 feb 1990", "31/02/1990", "29-2-2001", "31 april", "17/8/0000"]
)
def test_a_day_that_does_not_exist_is_impossible(text):
    assert refusal("date", text) == "date_impossible"


@pytest.mark.parametrize("text", ["", "   ", "😀", "?!"])
def test_nothing_is_empty(text):
    assert refusal("date", text) == "date_empty"


@pytest.mark.parametrize(
    "text",
    [
        "halo",
        "17",
        "1990",
        "agustus 1990",
        "09.30",
        "17.8",
        "3 anak",
        "081234567890",
        "3302271708900003",
        "besok atau lusa",
        "17 agustus atau 18 agustus 1990",
        "sebelum 17 agustus 1990",
        "17 agustus 1990 sampai 20 agustus 1990",
        "minggu ini",
        "malam jumat",
        "5 bulan depan",
        "bukan besok",
        "besok saya ceritakan semuanya",
    ],
)
def test_what_may_mean_two_days_or_none_is_unknown(text):
    assert refusal("date", text) == "date_unknown"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("hari ini", "2026-11-25"),
        ("sekarang", "2026-11-25"),
        ("nanti sore", "2026-11-25"),
        ("besok", "2026-11-26"),
        ("Besok ya pak", "2026-11-26"),
        ("bsk", "2026-11-26"),
        ("besok jam 9 pagi", "2026-11-26"),
        ("insya allah besok", "2026-11-26"),
        ("sesuk", "2026-11-26"),
        ("lusa", "2026-11-27"),
        ("besok lusa", "2026-11-27"),
        ("3 hari lagi", "2026-11-28"),
        ("tiga hari lg", "2026-11-28"),
        ("3 hari ke depan", "2026-11-28"),
        ("seminggu lagi", "2026-12-02"),
        ("2 minggu lagi", "2026-12-09"),
        ("dua pekan lagi", "2026-12-09"),
        ("sebulan lagi", "2026-12-25"),
        ("bulan depan", "2026-12-25"),
        ("minggu depan", "2026-12-02"),
        ("pekan depan", "2026-12-02"),
        ("jumat ini", "2026-11-27"),
        ("hari jumat", "2026-11-27"),
        ("jum'at", "2026-11-27"),
        ("jumat jam 09.00", "2026-11-27"),
        ("kamis besok", "2026-11-26"),
        ("besok kamis", "2026-11-26"),
        ("besok hari senin", "2026-11-30"),
        ("senin depan", "2026-11-30"),
        ("snin dpn", "2026-11-30"),
        ("jumat depan", "2026-12-04"),
        ("jumat minggu depan", "2026-12-04"),
        ("hari minggu", "2026-11-29"),
        ("minggu", "2026-11-29"),
        ("ahad", "2026-11-29"),
        ("hari minggu depan", "2026-12-06"),
        ("selasa", "2026-12-01"),
        ("rabu ini", "2026-11-25"),
        ("hari rabu", "2026-12-02"),
        ("tgl 30", "2026-11-30"),
        ("tanggal 3", "2026-12-03"),
        ("tgl 5 bulan depan", "2026-12-05"),
        ("17 agustus", "2027-08-17"),
        ("17 agustus tahun depan", "2027-08-17"),
        ("25/12", "2026-12-25"),
        ("25-12-26", "2026-12-25"),
        ("17/8/27", "2027-08-17"),
        ("25 november", "2026-11-25"),
    ],
)
def test_a_coming_day_may_be_named_by_its_distance(text, day):
    assert value("date_future", text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("kemarin", "2026-11-24"),
        ("kmaren", "2026-11-24"),
        ("tadi malam", "2026-11-24"),
        ("semalam", "2026-11-24"),
        ("tadi pagi", "2026-11-25"),
        ("kmrn", "2026-11-24"),
        ("wingi", "2026-11-24"),
        ("kemarin lusa", "2026-11-23"),
        ("2 hari yang lalu", "2026-11-23"),
        ("minggu lalu", "2026-11-18"),
        ("seminggu yg lalu", "2026-11-18"),
        ("senin kemarin", "2026-11-23"),
        ("hari senin", "2026-11-23"),
        ("hari rabu", "2026-11-18"),
        ("jumat lalu", "2026-11-20"),
        ("jumat minggu lalu", "2026-11-20"),
        ("17 agustus", "2026-08-17"),
        ("25 desember", "2025-12-25"),
        ("17 agustus tahun lalu", "2025-08-17"),
        ("29 februari", "2024-02-29"),
        ("tgl 30", "2026-10-30"),
        ("1/1/26", "2026-01-01"),
        ("1/1/27", "1927-01-01"),
        ("26/11/26", "1926-11-26"),
    ],
)
def test_an_unfinished_date_in_the_past_is_the_latest_one(text, day):
    assert value("date_past", text) == day


def test_next_monday_is_the_monday_of_next_week_on_every_day_of_this_week():
    monday = date(2026, 11, 23)
    for offset in range(7):
        assert value("date", "senin depan", monday + timedelta(offset)) == "2026-11-30"


def test_any_date_without_a_year_is_the_nearest():
    assert value("date", "20 november") == "2026-11-20"
    assert value("date", "1 januari") == "2027-01-01"


def test_two_figures_for_a_year_are_a_year_people_live_in():
    assert value("date", "1-1-30") == "2030-01-01"
    assert value("date", "1-1-45") == "1945-01-01"


def test_a_birth_date_is_neither_to_come_nor_beyond_memory():
    assert refusal("date_past", "besok") == "date_in_future"
    assert refusal("date_past", "17-8-2027") == "date_in_future"
    assert refusal("date_past", "17-8-1890") == "date_too_far"
    assert value("date_past", "hari ini") == "2026-11-25"
    assert value("date_past", "25-11-1906") == "1906-11-25"
    assert refusal("date_past", "24-11-1906") == "date_too_far"


def test_a_coming_date_is_neither_over_nor_too_far():
    assert refusal("date_future", "kemarin") == "date_in_past"
    assert refusal("date_future", "17-8-1990") == "date_in_past"
    assert refusal("date_future", "17/8/90") == "date_in_past"
    assert refusal("date_future", "17/8/25") == "date_in_past"
    assert value("date_future", "25-11-2028") == "2028-11-25"
    assert refusal("date_future", "26-11-2028") == "date_too_far"
    assert refusal("date_future", "9999 tahun lagi") == "date_too_far"
    assert refusal("date", "17-8-1700") == "date_too_far"


def test_a_weekday_that_disagrees_with_the_date_is_remarked():
    assert check("date_future", "jumat 27 november", TODAY) == Checked("2026-11-27")
    assert check("date_future", "senin 27 november", TODAY) == Checked("2026-11-27", "date_weekday")


FORMS = ["{0:%d-%m-%Y}", "{0.day}/{0.month}/{0.year}", "{0:%d%m%Y}", "{0.day} {1} {0.year}"]
FORMS += ["tgl {0.day} bulan {0.month} th {0.year}", "{0:%Y-%m-%d}", "{0.day}.{0.month}.{0.year}"]
MONTHS = "januari februari maret april mei juni juli agustus september oktober november desember"
WEEKDAYS = "senin selasa rabu kamis jumat sabtu minggu"


@given(st.dates(date(1850, 1, 1), date(2150, 12, 31)), st.sampled_from(FORMS))
def test_every_full_date_reads_back_as_itself(day, form):
    assert value("date", form.format(day, MONTHS.split()[day.month - 1])) == day.isoformat()


@given(st.dates(date(1927, 1, 1), date(2026, 11, 25)))
def test_a_birth_year_of_two_figures_is_found_for_everyone_under_a_hundred(day):
    assert value("date_past", f"{day:%d/%m/%y}") == day.isoformat()


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 6))
def test_a_bare_weekday_is_within_the_coming_or_the_past_seven_days(today, weekday):
    name = WEEKDAYS.split()[weekday]
    ahead = date.fromisoformat(value("date_future", name, today))
    behind = date.fromisoformat(value("date_past", name, today))
    assert ahead.weekday() == behind.weekday() == weekday
    assert 1 <= (ahead - today).days <= 7
    assert 1 <= (today - behind).days <= 7


@pytest.mark.parametrize("text", ["nanti ya bu", "tunggu sebentar", "belum ada"])
def test_a_birth_date_may_be_put_off(text):
    assert refusal("date_past", text) == "date_later"
