"""Finding tickets by name, NIK and phone, on each kind of database."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from desk_office import DeskOffice
from handlers import search
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.staff import Officer
from storage import conversations, tickets
from storage import search as stored
from storage.db import Database
from storage.files import Keys, Vault
from talk import Citizen


@pytest.fixture
def office(database: Database, tmp_path: Path) -> DeskOffice:
    return DeskOffice(database, Vault(tmp_path / "files", Keys((b"k" * 32,))))


def found(office: DeskOffice, typed: str, most: int = 0) -> Any:
    """The numbers that fit, or why there are none."""
    officer = Officer("pu", "sari", "Bu Sari", "officer", "csrf", office.now)
    try:
        got = office.database.read(
            lambda tx: search.find(tx, Sight.of(tx, office.house, officer, office.now), typed)
        )
    except Rejected as rejected:
        return rejected.code
    return [line.number for line in got.lines]


@pytest.mark.parametrize(
    "typed",
    ["slamet", "SLAMET", "Sla", "riy", "riyadi slamet", "sl ri", "Slamet R", "  slamet,  riyadi. ",
     "Slámet", "ｓｌａｍｅｔ"],
)  # fmt: skip
def test_a_name_is_found_by_the_beginnings_of_its_words(office, typed):
    number = office.receives(name="Slamet Riyadi")
    office.receives(name="Yuni Astuti")
    assert found(office, typed) == [number]


@pytest.mark.parametrize("typed", ["lamet", "slamet yuni", "slametriyadi", "slamett", "zz", "%a"])
def test_what_is_not_in_the_name_does_not_fit(office, typed):
    office.receives(name="Slamet Riyadi")
    office.receives(name="Yuni Astuti")
    assert found(office, typed) in ("search_none", "search_short")


def test_names_with_signs_and_accents_are_found_without_them(office):
    number = office.receives(name="Nur'aini Sa’adah-José")
    for typed in ("nuraini", "nur'aini", "Nur'", "jose", "JOSÉ"):
        assert found(office, typed) == [number], typed


def test_bride_and_groom_are_both_found(office):
    number = office.receives(
        "dispensasi_nikah", photos={}, groom_name="Slamet Widodo", bride_name="Yuni Astuti",
        groom_nik="3302271708980003", bride_nik="3302276104000002", phone="081234567890",
    )  # fmt: skip
    for typed in ("widodo", "astuti", "980003", "4000002", "000002", "67890", "0812-3456-7890"):
        assert found(office, typed) == [number], typed


@pytest.mark.parametrize(
    "typed",
    ["0003", "00003", "900003", "8900003", "3302271708900003", "3302 2717 0890 0003", "slamet 0003",
     "0003 slam"],
)  # fmt: skip
def test_a_nik_is_found_by_its_last_digits(office, typed):
    number = office.receives(name="Slamet Riyadi", nik="3302271708900003")
    office.receives(name="Yuni Astuti", nik="3302275708900104")
    assert found(office, typed) == [number]


@pytest.mark.parametrize("typed", ["003", "9999", "3302", "3302271708910003", "yuni 0003"])
def test_other_digits_do_not_fit(office, typed):
    office.receives(name="Slamet Riyadi", nik="3302271708900003")
    assert found(office, typed) in ("search_none", "search_short")


@pytest.mark.parametrize(
    "typed", ["4432", "994432", "99994432", "081299994432", "+62 812-9999-4432", "6281299994432"]
)
def test_a_verified_phone_is_found_by_its_last_digits(office, typed):
    number = office.receives(chat=office.chat(phone="+6281299994432"))
    office.receives()
    assert found(office, typed) == [number]


def test_a_phone_that_is_shared_later_finds_the_tickets_of_before(office, meet):
    citizen: Citizen = meet().submits("ktp_ganti")
    assert found(office, "994432") == "search_none"
    row = office.database.read(lambda tx: tickets.look(tx, citizen.ticket))

    def share(tx: Any) -> None:
        person = conversations.verify(tx, row.person_id, "+6281299994432")
        stored.add_phone(tx, person, "+6281299994432")
        stored.add_phone(tx, person, "+6281299994432")

    office.database.write(share)
    assert found(office, "994432") == [citizen.ticket]


def test_a_request_from_a_chat_is_found_by_what_was_answered(office, meet):
    citizen = meet().submits("ktp_ganti")
    assert found(office, "yuni astuti") == [citizen.ticket]
    assert found(office, "0003") == [citizen.ticket]


def test_the_newest_twenty_are_shown(office):
    numbers = [office.receives() for _ in range(23)]
    assert found(office, "slamet") == numbers[:2:-1]
    assert found(office, "0003") == numbers[:2:-1]


def test_another_office_s_tickets_do_not_fit(office):
    foreign = office.receives(office="ma", kelurahan="sukaramai_i")
    for typed in ("slamet", "0003", "3302271708900003"):
        assert found(office, typed) == "search_none"
    assert found(office, foreign) == "number_unknown"


def test_a_ticket_has_one_key_for_each_word_and_number(office):
    office.receives(chat=office.chat(phone="+6281299994432"), name="Slamet Slamet Riyadi")
    rows = office.database.read(lambda tx: [r.key for r in tx.execute(stored.TICKET_KEYS.select())])
    assert sorted(rows) == ["#3000098071722033", "+234499992", "riyadi", "slamet"]


NAMES = ("Siti Wati", "Siti Budi", "Budi Wati Sitinjak", "Siti Siti", "Wahyu Budi", "Nur Sitorus")


WANTED = (
    "siti", "s", "siti wati", "wati siti", "b s", "siti siti", "sit wa", "siti nur", "zz",
    "sitor nur",
)  # fmt: skip


def test_common_and_rare_names_are_found_alike(office):
    for name in NAMES * 2:
        office.receives(name=name)
    office.receives(name="Siti Wati", office="ma", kelurahan="sukaramai_i")
    every = office.database.read(lambda tx: list(tx.execute(tickets.TICKETS.select())))

    def fits(row: Any, wanted: list[str]) -> bool:
        named = stored.words(row.answers["name"])
        return row.office_id == "pu" and all(
            any(word.startswith(each) for word in named) for each in wanted
        )

    for wanted in map(str.split, WANTED):
        expected = sorted((row.id for row in every if fits(row, wanted)), reverse=True)
        for few, back, most in product((0, 2, 100), (1, 6, 1000), (1, 3, 50)):
            ways = {"few": few, "back": back}
            rows = office.database.read(
                lambda tx, w=wanted, m=most, by=ways: stored.find(tx, "pu", w, m, **by)
            )
            assert [row.id for row in rows] == expected[:most], (wanted, ways, most)


# --- by number --------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", " {} ", "plain", "lower"])
def test_a_number_is_found_with_or_without_dashes(office, form):
    number = office.receives()
    typed = {"plain": number.replace("-", ""), "lower": number.lower()}.get(
        form, form.format(number)
    )
    assert found(office, typed) == [number]


@pytest.mark.parametrize("typed", ["PU-2611-00001-45", "PU-2611", "XX-2611-00001-4"])
def test_what_is_no_number_finds_nothing(office, typed):
    office.receives()
    assert found(office, typed) in ("search_none", "number_wrong")


def test_a_mistyped_number_and_another_office_s_are_told_apart_only_by_the_check_digit(office):
    number, foreign = office.receives(), office.receives(office="ma", kelurahan="sukaramai_i")
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert found(office, wrong) == "number_wrong"
    assert found(office, foreign) == "number_unknown"
