"""What is asked beside the matter is answered in a word or two, and then the matter goes on."""

from dataclasses import replace

import pytest

from flows.asides import Aside, Asides
from flows.load import load
from flows.mistakes import Mistakes
from flows.model import Session, Step
from pieces import WORDS, Talker
from talk import MONDAY

ASIDES = Asides(
    {
        "cost": Aside(Step("cost", "info", "Gratis.", ""), has=("bayar berapa",)),
        "human": Aside(Step("human", "info", "", ""), has=("bicara petugas",)),
    },
    slang={"brp": "berapa", "ngomong": "bicara"},
)


@pytest.fixture
def chat(house):
    return Talker(house.catalogs["pu"], house.context("pu", False, False, MONDAY))


@pytest.fixture
def begun(chat):
    """Half-way through a new identity card: the NIK is asked for."""
    chat.opens("ktp_ganti").says("KTP hilang").says("saya sendiri").says("ya").says("setuju")
    assert chat.at == "ktp_ganti/nik"
    return chat


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ini bayar brp ya bu?", "cost"),
        ("berapa saya harus BAYAR", "cost"),
        ("mau ngomong sama petugasnya", "human"),
        ("bayar", None),
        ("berapa", None),
        ("", None),
        ("\u202e 😀", None),
    ],
)
def test_a_sentence_asks_for_what_all_its_words_say(text, name):
    assert ASIDES.find(text) == name


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("ini bayar brp?", "ask cost"),
        ("gratis ya bu?", "ask cost"),
        ("jam buka?", "ask hours"),
        ("kapan kantor buka", "ask hours"),
        ("alamat kantor", "ask address"),
        ("sudah 2 minggu KTP saya belum jadi!!", "ask complaint"),
        ("kurang lama, udah 2 hari", "ask complaint"),
        ("saya marah nih pak", "ask complaint"),
        ("mau komplain", "ask complaint"),
        ("mau lapor pungli", "ask bribe"),
        ("paspor", "ask passport"),
        ("mau bikin paspor", "ask passport"),
        ("SKCK", "ask police"),
        ("perpanjang sim", "ask police"),
        ("bansos", "ask welfare"),
        ("PBB", "ask land_tax"),
        ("buku nikah", "ask marriage_book"),
        ("akta kelahiran", "ask birth"),
        ("bikin akta kematian dimana", "ask death"),
        ("surat keterangan usaha", "ask not_yet"),
        ("ini robot ya?", "ask robot"),
        ("saya ga bisa baca bu", "ask reading"),
        ("bpjs", "ask health_insurance"),
        ("kartu prakerja", "ask job_seeker"),
    ],
)
def test_a_question_beside_the_matter_has_its_short_answer(chat, text, heard):
    assert chat.says(text).heard == [heard]
    assert chat.opens().says(text).heard == [heard], "at the menu as well"


def test_the_menu_still_hears_its_numbers_after_a_short_answer(chat):
    chat.opens().says("jam buka?")
    assert chat.says("1").heard == ["ask service"]


@pytest.mark.parametrize("text", ["ini bayar brp?", "kantor buka jam berapa", "kok lama"])
def test_in_the_middle_of_a_request_the_question_comes_again(begun, text):
    begun.says(text)
    assert begun.heard[1:] == ["ask nik"]
    assert begun.says("3302271708900003").heard == ["ask name"]


def test_a_question_about_money_is_no_name(begun):
    begun.says("3302271708900003")
    assert begun.says("ini bayar brp").heard == ["ask cost", "ask name"]


def test_an_answer_with_a_question_in_it_is_the_answer(begun):
    assert begun.says("3302271708900003 ini bayar berapa").heard == ["ask name"]


def test_what_is_done_elsewhere_is_not_told_in_the_middle_of_a_request(begun):
    assert begun.says("buku nikah").heard == ["wrong_nik_empty"]


@pytest.mark.parametrize(
    "text",
    [
        "mau ngomong sama orang",
        "saya mau bicara sama orang beneran",
        "mana petugasnya",
        "petugasnya mana",
        "bisa bicara dengan petugas",
        "ngomong sama orang",
        "mau ngomong sama petugas",
        "admin",
        "telepon",
        "nomor telepon kantor",
    ],
)
def test_a_human_is_reached_in_one_s_own_words(begun, text):
    assert begun.says(text).heard == ["ask message"]


def test_what_is_written_to_an_officer_is_for_the_officer(begun):
    begun.says("petugas")
    assert begun.says("sudah 2 minggu kok belum jadi, bayar berapa?").heard == ["finish officer"]


def test_the_requirements_come_before_anything_is_asked(chat):
    assert chat.says("syarat kk").heard == ["ask needed", "ask yes"]
    assert chat.effects[0].flow.id == "kk"


def test_in_the_middle_of_a_request_they_are_those_of_the_request(begun):
    assert begun.says("syaratnya apa saja").heard == ["ask needed", "ask nik"]
    assert begun.effects[0].flow.id == "ktp_ganti"


def test_requirements_of_nothing_are_no_answer(chat):
    assert chat.says("syaratnya apa").heard == ["ask want"]


def test_who_waits_for_news_and_says_yes_is_not_greeted_anew(chat):
    assert chat.says("oke").heard == ["ask want"]
    chat.session = Session()
    chat.context = replace(chat.context, given={**chat.context.given, "consent": "yes"})
    assert chat.says("oke siap").heard == ["ask fine"]
    assert [choice.token for choice in chat.choices] == ["status", "menu"]


@pytest.mark.parametrize("text", ["jam buka", "alamat kantor"])
def test_before_an_office_is_chosen_none_is_spoken_of(house, text):
    chat = Talker(house.catalogs[""], house.context("", False, False, MONDAY))
    assert chat.says(text).heard == ["ask office"]


def test_every_spelling_of_an_aside_is_understood(house):
    catalog = house.catalogs["pu"]
    spelled = [(name, each) for name, a in catalog.asides.all.items() for each in a.words]
    assert [(name, each) for name, each in spelled if catalog.keywords.find(each) != name] == []
    phrases = [(name, each) for name, a in catalog.asides.all.items() for each in a.has]
    assert [each for name, each in phrases if catalog.asides.find(each) is None] == []


def test_no_way_to_name_a_service_is_taken_for_an_aside(house):
    catalog = house.catalogs["pu"]
    asides = catalog.asides
    named = [each for one in catalog.suggestions.values() for each in one.hint.words]
    assert [e for e in named if catalog.keywords.find(e) in asides.all or asides.find(e)] == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[x]\nwords = ['a b c']", "says nothing"),
        ("[x]\nask = 'A'\nheard = 'always'", "heard = 'always'"),
        ("[x]\nask = 'A'\nbuttons = ['nobody']", "no command 'nobody'"),
        ("[x]\ninstead = 'nobody'", "no command 'nobody'"),
        ("[x]\nask = '{summary}'", "{summary} is unknown"),
        ("[x]\nask = 'A'\nwhen = 1", "unknown key 'when'"),
        ("[menu]\nask = 'A'", "a command has that name"),
        ("[x]\nask = 1", "x.ask must be a text"),
    ],
)
def test_a_mistake_in_the_file_is_told(text, wrong):
    with pytest.raises(Mistakes) as mistakes:
        load({"talks/words.toml": WORDS, "talks/asides.toml": text}, {})
    assert wrong in str(mistakes.value)
