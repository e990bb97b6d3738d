"""The counter and the screen over HTTP, without scripts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.paper import qr
from desk_office import DeskOffice, opened
from storage import counter
from storage.tables import ARRIVALS
from talk import rows

COUNTER = "/desk/counter"
ACTS = ("sit", "leave", "next", "again", "done", "missing", "recall", "ahead", "arrive", "draw",
        "screen")  # fmt: skip


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("budi", "Pak Budi")
        office.hires("andi", "Pak Andi", "ma")
        yield office


def field(page: str, name: str, after: str = "") -> str:
    """The value of a hidden field, the first one after some words."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page[page.index(after) :])
    assert found is not None
    return found[1]


def draws(sari: Any, **fields: str) -> str:
    page = sari.sees(COUNTER)
    answer = sari.posts(f"{COUNTER}/draw", draw=field(page, "draw"), **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("drawn=")[2]


def calls(sari: Any) -> str:
    """Press the main button; returns who is here then."""
    page = sari.sees(COUNTER)
    answer = sari.posts(f"{COUNTER}/next", current=field(page, "current"))
    assert answer.status_code == 303, answer.text
    here = re.search(r'class="called">([^<]+)', sari.sees(COUNTER))
    return here[1] if here else ""


@pytest.mark.parametrize("act", ACTS)
def test_no_button_works_for_strangers_or_without_the_session_s_own_token(office, act):
    answer = office.browser().post(f"{COUNTER}/{act}", data={"csrf": ""})
    assert answer.headers["location"].startswith("/desk/sign-in")
    sari = office.signed_in()
    assert sari.http.post(f"{COUNTER}/{act}", data={"csrf": "x"}).status_code == 403
    assert rows(office.database, ARRIVALS) == []


def test_a_button_that_there_is_not_is_not_found(office):
    assert office.signed_in().posts(f"{COUNTER}/nothing").status_code == 404


def test_somebody_comes_is_called_and_served(office):
    sari = office.signed_in()
    number = office.receives()
    assert "Anda di loket berapa?" in sari.sees(COUNTER)
    assert sari.posts(f"{COUNTER}/sit", counter="2").status_code == 303
    answer = sari.posts(f"{COUNTER}/arrive", number=number.lower())
    page = sari.sees(answer.headers["location"])
    assert "<strong>B-001</strong>" in page
    assert "Berikutnya dipanggil." in page
    assert f"/desk/tickets/{number}" in page
    assert calls(sari) == "B-001"
    page = sari.sees(COUNTER)
    assert "Sedang dilayani" in page
    sari.posts(f"{COUNTER}/done", current=field(page, "current"))
    assert "Belum ada yang dipanggil" in sari.sees(COUNTER)
    assert office.woken >= 3


def test_a_form_sent_twice_draws_one_number(office):
    sari = office.signed_in()
    form = field(sari.sees(COUNTER), "draw")
    places = {sari.posts(f"{COUNTER}/draw", draw=form).headers["location"] for _ in range(3)}
    assert places == {f"{COUNTER}?drawn=B-001"}


def test_a_button_pressed_twice_is_told_that_things_changed(office):
    sari = office.signed_in()
    sari.posts(f"{COUNTER}/sit", counter="1")
    for _ in range(2):
        draws(sari)
    assert sari.posts(f"{COUNTER}/next", current="0").status_code == 303
    answer = sari.posts(f"{COUNTER}/next", current="0")
    assert answer.status_code == 409
    assert "Antrean sudah berubah" in answer.text
    assert 'class="called">B-001' in answer.text


def test_what_cannot_be_used_is_said_and_what_was_typed_stays(office):
    sari = office.signed_in()
    answer = sari.posts(f"{COUNTER}/arrive", number='PU-2611-00042-9"><script>')
    assert answer.status_code == 422
    assert "Kode atau nomor itu tidak ada di kantor ini" in answer.text
    assert "<script>" not in answer.text.replace("<script src=", "")
    assert "PU-2611-00042-9" in answer.text
    assert sari.posts(f"{COUNTER}/draw", service="nothing").status_code == 422
    assert sari.posts(f"{COUNTER}/sit", counter="10").status_code == 422
    assert sari.posts(f"{COUNTER}/sit", counter="²").status_code == 422
    assert sari.posts(f"{COUNTER}/next", current="0").status_code == 409


def test_the_poster_at_the_door_leads_to_the_office_s_check_in(office):
    page = office.signed_in().sees(f"{COUNTER}/poster")
    assert "<svg" in page
    assert qr(f"{office.url}/?to=pu-checkin") in page


def test_whoever_sits_down_at_a_counter_takes_it_over(office):
    sari, budi = office.signed_in(), office.signed_in("budi")
    sari.posts(f"{COUNTER}/sit", counter="1")
    assert "<bdi>Bu Sari</bdi></small>" in budi.sees(COUNTER)
    budi.posts(f"{COUNTER}/sit", counter="1")
    assert "Anda di loket berapa?" in sari.sees(COUNTER)


def test_another_office_sees_nothing_of_it(office):
    sari, andi = office.signed_in(), office.signed_in("andi")
    draws(sari)
    page = andi.sees(f"{COUNTER}?drawn=B-001")
    assert "B-001" not in page
    andi.posts(f"{COUNTER}/sit", counter="1")
    arrival = rows(office.database, ARRIVALS)[0].id
    for act in ("recall", "ahead"):
        answer = andi.posts(f"{COUNTER}/{act}", arrival=str(arrival), current="0")
        assert answer.status_code == 409
    assert rows(office.database, ARRIVALS)[0].state == "waiting"


# --- the screen -------------------------------------------------------------------------


def screen(office: DeskOffice, sari: Any) -> str:
    """The address of the screen, after asking for one."""
    sari.posts(f"{COUNTER}/screen")
    token = office.database.read(lambda tx: counter.screen(tx, "pu"))
    assert re.fullmatch(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", token)
    assert f"{office.url}/display/{token}" in sari.sees(COUNTER)
    return f"/display/{token}"


def test_the_screen_needs_no_sign_in_but_its_whole_name(office):
    address = screen(office, office.signed_in())
    tv = office.browser()
    assert tv.get(address).status_code == 200
    for wrong in (address[:-1], f"{address}x", "/display/pu", "/display/%00", "/display/"):
        assert tv.get(wrong).status_code == 404


def test_a_new_name_ends_the_old_one(office):
    sari = office.signed_in()
    old = screen(office, sari)
    new = screen(office, sari)
    assert office.browser().get(old).status_code == 404
    assert office.browser().get(new).status_code == 200


def test_the_screen_shows_numbers_and_counters_and_never_a_name(office):
    sari = office.signed_in()
    address = screen(office, sari)
    number = office.receives(name="Slamet Riyadi")
    sari.posts(f"{COUNTER}/sit", counter="2")
    sari.posts(f"{COUNTER}/arrive", number=number)
    for _ in range(2):
        draws(sari)
    calls(sari)
    answer = office.browser().get(address)
    assert '<span class="number">B-001</span>' in answer.text
    assert "Loket 2" in answer.text
    assert "<strong>2</strong> menunggu" in answer.text
    assert 'data-say="Nomor B satu, silakan ke loket dua"' in answer.text
    assert "08.00" in answer.text
    for secret in ("Slamet", number, "Sari", "KTP"):
        assert secret not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"


def test_called_again_it_is_another_call(office):
    sari = office.signed_in()
    address = screen(office, sari)
    sari.posts(f"{COUNTER}/sit", counter="1")
    draws(sari)
    calls(sari)
    key = re.search(r'data-call="([^"]+)"', office.browser().get(address).text)[1]
    sari.posts(f"{COUNTER}/again", current=field(sari.sees(COUNTER), "current"))
    assert key not in office.browser().get(address).text


@pytest.mark.parametrize(
    ("nth", "said"),
    [(1, "satu"), (10, "sepuluh"), (11, "sebelas"), (12, "dua belas"), (20, "dua puluh"),
     (34, "tiga puluh empat"), (100, "seratus"), (111, "seratus sebelas"),
     (119, "seratus sembilan belas"), (200, "dua ratus"),
     (999, "sembilan ratus sembilan puluh sembilan")],
)  # fmt: skip
def test_numbers_are_read_aloud_as_people_say_them(office, nth, said):
    spoken = office.house.words.say("queue_spoken", series="A", nth=nth, counter=2)
    assert spoken == f"Nomor A {said}, silakan ke loket dua"
