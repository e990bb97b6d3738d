"""The health protocol's page over HTTP: who may set it, and what is asked before people move."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desk_office import DeskOffice, opened
from storage import appointments, tickets
from storage.tables import APPOINTMENTS, PROTOCOLS
from talk import MONDAY, rows

HEALTH = "/desk/health"
TOMORROW = "2026-11-24"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path, demanding=()) as office:
        office.hires("sari", "Bu Sari")
        office.hires("rina", "Bu Rina", role="kasi")
        office.hires("camat", "Pak Camat", role="head")
        office.hires("andi", "Pak Andi", "ma", role="head")
        yield office


def comes(office: DeskOffice) -> None:
    """Somebody has an appointment tomorrow at nine."""
    number = office.receives()
    start = MONDAY + timedelta(days=1, hours=1)

    def work(tx):
        ticket = tickets.look(tx, number)
        return appointments.book(
            tx, office_id="pu", ticket_id=ticket.id, person_id=ticket.person_id, start_at=start,
            seats=[1, 2], token=number, now=office.now,
        )  # fmt: skip

    office.database.write(work)


def test_an_officer_neither_sees_the_way_there_nor_the_page(office):
    sari = office.signed_in()
    assert HEALTH not in sari.sees()
    assert sari.http.get(HEALTH).status_code == 403
    assert sari.posts(HEALTH, level="strict", first=TOMORROW, last="").status_code == 403
    assert rows(office.database, PROTOCOLS) == []


@pytest.mark.parametrize("login", ["rina", "camat"])
def test_those_who_lead_set_a_level_for_some_days(office, login):
    chief = office.signed_in(login)
    assert HEALTH in chief.sees()
    answer = chief.posts(HEALTH, level="strict", first=TOMORROW, last=TOMORROW)
    assert answer.status_code == 303
    page = chief.sees(HEALTH)
    assert "Tersimpan" in page
    assert "mulai Selasa 24/11 sampai Selasa 24/11" in page
    assert "<td>Ketat</td><td>1</td><td>bebas</td>" in page
    assert "Hari ini: <strong>Biasa</strong>" in page


def test_before_people_have_to_move_it_is_said_how_many(office):
    comes(office)
    comes(office)
    chief = office.signed_in("rina")
    fields = {"level": "strict", "first": TOMORROW, "last": ""}
    answer = chief.posts(HEALTH, **fields)
    assert answer.status_code == 409
    assert "1 orang perlu pindah jam" in answer.text
    assert rows(office.database, PROTOCOLS) == []
    assert chief.posts(HEALTH, **fields, expected="1").status_code == 303
    states = sorted(row.state for row in rows(office.database, APPOINTMENTS))
    assert states == ["booked", "displaced"]
    assert office.woken == 1


@pytest.mark.parametrize(
    "fields",
    [{"level": "", "first": TOMORROW}, {"level": "basic", "first": ""},
     {"level": "basic", "first": "24/11/2026"}, {"level": "basic", "first": "²", "last": "x"},
     {"level": "basic", "first": TOMORROW, "last": "2026-11-01"},
     {"level": '"><script>', "first": '"><script>'}],
)  # fmt: skip
def test_what_cannot_be_used_is_said(office, fields):
    answer = office.signed_in("rina").posts(HEALTH, **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<script>" not in answer.text.replace("<script src=", "")
    assert rows(office.database, PROTOCOLS) == []


def test_it_holds_for_one_s_own_office_alone(office):
    office.signed_in("andi").posts(HEALTH, level="strict", first="2026-11-23", last="")
    assert "Hari ini: <strong>Ketat</strong>" in office.signed_in("andi").sees(HEALTH)
    assert "Hari ini: <strong>Biasa</strong>" in office.signed_in("camat").sees(HEALTH)
