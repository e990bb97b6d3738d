"""Walk-ins over HTTP, without scripts: the forms, the page for photos, who may see what."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desk_office import DeskOffice, grey_photo, opened
from handlers.attachments import Found, judge
from storage import walkins
from storage.tables import ATTACHMENTS
from talk import ANSWERS, LONGEST, rows

PHOTO = {"file": ("foto.jpg", grey_photo(), "image/jpeg")}


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("budi", "Pak Budi")
        office.hires("andi", "Pak Andi", "ma")
        yield office


def begins(officer: Any, **fields: str) -> str:
    """The address of a new walk-in."""
    given = {"service": "domisili", "helper": "self", **fields}
    answer = officer.posts("/desk/walkin", **given)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form."""
    found = re.findall(r'type="hidden" name="(csrf|nonce|asked)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def looks_at_photos(office: DeskOffice) -> None:
    """The fetcher finds every photo good."""

    def work(tx: Any) -> None:
        waiting = sa.select(ATTACHMENTS.c.id).where(ATTACHMENTS.c.state == "waiting")
        for row in tx.execute(waiting).all():
            office.vault.put(row.id, "pu", grey_photo())
            found = Found("stored", "good", "photo", "image/jpeg", "0" * 64, 1000)
            judge(tx, office.house, row.id, found, office.now)

    office.database.write(work)


def answers(office: DeskOffice, officer: Any, address: str) -> None:
    """One question answered, whatever it is."""
    page = officer.sees(address)
    fields = hidden(page)
    tokens = [unescape(each) for each in re.findall(r'name="token" value="([^"]*/[^"]*)"', page)]
    if 'id="text"' in page:
        flow = office.house.catalog("pu").services["domisili"]
        fields["text"] = ANSWERS[flow.step(fields["asked"]).check]
    else:
        fields["token"] = tokens[0]
    assert officer.http.post(address, data=fields).status_code == 303


def until(office: DeskOffice, officer: Any, address: str, sign: str) -> str:
    """Answer until the page shows that; photos come from the phone that scanned the code."""
    phone = office.browser()
    for _ in range(LONGEST):
        page = officer.sees(address)
        if sign in page:
            return str(page)
        if 'id="photo"' in page:
            upload = of(office, address).upload or opens_code(office, officer, address)
            assert phone.post(f"/u/{upload}", files=PHOTO).status_code == 303
            assert "Foto sedang diperiksa" in officer.sees(address)
            looks_at_photos(office)
        else:
            answers(office, officer, address)
    raise AssertionError(officer.sees(address))


def of(office: DeskOffice, address: str) -> Any:
    number = int(address.rpartition("/")[2])
    return office.database.read(lambda tx: walkins.get(tx, number))


def opens_code(office: DeskOffice, officer: Any, address: str) -> str:
    assert officer.posts(f"{address}/code").status_code == 303
    return str(of(office, address).upload)


def test_a_walk_in_goes_from_the_first_question_to_the_queue(office):
    sari = office.signed_in()
    address = begins(sari, phone="0812-3456-7890")
    page = until(office, sari, address, "Permohonan sudah masuk antrean")
    found = re.search(r"PU-2611-\d{5}-\d", page)
    assert found is not None
    assert "Datang langsung" in sari.sees("/desk")
    ticket = sari.sees(f"/desk/tickets/{found[0]}")
    assert "+6281234567890" in ticket
    assert "Petugas menelepon" in ticket
    assert found[0] in sari.posts("/desk/find", number="7890").headers["location"]
    sari.moves(found[0], "take")
    answer = sari.moves(found[0], "finish")
    assert "tidak punya chat: telepon +6281234567890" in sari.sees(answer.headers["location"])


def test_nobody_else_sees_a_draft(office):
    sari = office.signed_in()
    address = begins(sari)
    for login in ("budi", "andi"):
        other = office.signed_in(login)
        assert other.http.get(address).status_code == 404
        for action in ("", "/code", "/drop"):
            assert other.posts(address + action, token="x", nonce="n").status_code == 404
        files = {"file": ("x.jpg", grey_photo(), "image/jpeg")}
        assert other.http.post(f"{address}/photo", files=files).status_code == 404
    assert office.browser().get(address).status_code == 303


def test_what_is_missing_at_the_beginning_is_asked_for(office):
    sari = office.signed_in()
    for fields, words in (
        ({"service": ""}, "Pilih dulu layanannya"),
        ({"helper": "family"}, "Tulis nama keluarga"),
        ({"helper": "family", "name": "Budi", "relation": "anak"}, "atas dasar apa"),
        ({"phone": "12"}, "Nomor HP-nya belum pas"),
    ):
        answer = sari.posts("/desk/walkin", **{"service": "domisili", "helper": "self", **fields})
        assert answer.status_code == 422
        assert words in answer.text


def test_a_photo_without_the_sessions_token_is_not_kept(office):
    sari = office.signed_in()
    address = begins(sari)
    before = len(list(office.vault._folder.rglob("raw-*")))
    answer = sari.http.post(f"{address}/photo", data={"csrf": "x"}, files=PHOTO)
    assert answer.status_code == 403
    assert len(list(office.vault._folder.rglob("raw-*"))) == before


def test_a_photo_form_sent_twice_leaves_one_photo(office):
    sari = office.signed_in()
    address = begins(sari)
    page = until(office, sari, address, 'id="photo"')
    for _ in range(2):
        answer = sari.http.post(f"{address}/photo", data=hidden(page), files=PHOTO)
        assert answer.status_code == 303
    (waiting,) = (row for row in rows(office.database, ATTACHMENTS) if row.state == "waiting")
    (kept,) = office.vault._folder.rglob("raw-*")
    assert kept.name == waiting.remote["upload"]


def test_the_page_for_photos_takes_pictures_only_and_ends_after_half_an_hour(office):
    sari = office.signed_in()
    address = begins(sari)
    secret, phone = opens_code(office, sari, address), office.browser()
    page = phone.get(f"/u/{secret}")
    assert 'capture="environment"' in page.text
    assert "csrf" not in page.text
    pdf = {"file": ("x.pdf", b"%PDF-1.7 ...", "application/pdf")}
    refused = phone.post(f"/u/{secret}", files=pdf)
    assert refused.status_code == 422
    assert "Kirim foto saja" in refused.text
    again = opens_code(office, sari, address)
    assert phone.get(f"/u/{secret}").status_code == 404
    office.waits(minutes=31)
    assert phone.get(f"/u/{again}").status_code == 404
    assert phone.post(f"/u/{again}", files=PHOTO).status_code == 404


def test_what_was_typed_is_shown_as_it_was_typed(office):
    sari = office.signed_in()
    hostile = '<script>alert("x")</script>'
    address = begins(sari, helper="family", name=hostile, relation="anak", mandate="lisan")
    assert hostile not in sari.sees(address)
    assert "&lt;script&gt;" in sari.sees(address)
