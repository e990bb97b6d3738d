"""Broadcasts at the desk over HTTP: written, looked at, sent, stopped, by whoever may."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import talk
from campaign import Campaign
from desk_office import DeskOffice, Officer, opened
from handlers import doors
from handlers.broadcasts import Written
from storage import conversations
from storage.tables import AUDIT, BROADCASTS, OUTBOX

FORM = {
    "title": "Domisili lewat chat", "body": "Halo {name}, surat domisili bisa lewat chat.",
    "purpose": "news", "label": ["Coba sekarang", ""], "service": ["domisili", "kia"],
    "holdout": "5", "every": "",
}  # fmt: skip


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path, house: Any) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path, house, demanding=()) as office:
        office.hires("sari", "Bu Sari")
        office.hires("budi", "Pak Budi", role="kasi")
        office.hires("camat", "Pak Camat", role="head")
        office.hires("medan", "Bu Medan", office="ma", role="head")
        yield office


@pytest.fixture(scope="module")
def house() -> Any:
    return talk.house(LOKET_BROADCASTS__PER_MONTH="2")


@pytest.fixture
def campaign(office: DeskOffice, house: Any) -> Campaign:
    return Campaign(office.database, house, office.now)


def writes(officer: Officer, **changed: Any) -> str:
    """Keep a draft; returns its address."""
    answer = officer.posts("/desk/broadcasts", **{**FORM, **changed})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_draft_is_kept_and_shown_as_people_will_read_it(office, campaign):
    campaign.people(30)
    sari = office.signed_in()
    assert "Belum ada siaran" in sari.sees("/desk/broadcasts")
    page = sari.sees(writes(sari))
    assert "Konsep disimpan" in page
    assert "Halo Bapak/Ibu, surat domisili bisa lewat chat." in page
    assert "Tidak mau info lagi?" in page
    assert "30 warga" in page
    assert "Telegram: 30 pesan" in page
    assert "Kasi atau pimpinan yang mengirimnya." in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"title": ""}, "Beri judul"),
        ({"body": "x" * 1000}, "terlalu panjang untuk WhatsApp"),
        ({"body": "Halo {nik}"}, "Kurung kurawal"),
        ({"label": ["x" * 21], "service": ["kia"]}, "paling panjang 20 huruf"),
        ({"holdout": "viel"}, "Kelompok pembanding antara"),
        ({"seen_after": "kemarin"}, "Tanggalnya belum benar"),
        ({"kelurahan": "sukaramai"}, "tidak dikenal"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_stays(office, changed, words):
    answer = office.signed_in().posts("/desk/broadcasts", **{**FORM, **changed})
    assert answer.status_code == 422
    assert words in answer.text
    assert (changed.get("body") or FORM["body"]) in answer.text


def test_a_draft_is_changed_and_its_segment_is_remembered(office, campaign):
    sari = office.signed_in()
    at = writes(sari, kelurahan=["grendeng"], drafts="any", seen_after="2026-11-01")
    form = sari.sees(f"{at}/write")
    assert re.search(r'value="grendeng" checked', form)
    assert 'value="2026-11-01"' in form
    answer = sari.posts(f"{at}/write", **{**FORM, "title": "Baru"})
    assert answer.headers["location"] == at
    assert "<bdi>Baru</bdi>" in sari.sees(at)


def test_it_is_sent_paused_resumed_and_cancelled_and_all_is_on_record(office, campaign):
    campaign.people(20)
    budi = office.signed_in("budi")
    at = writes(budi)
    for deed, words in (
        ("plan", "Siaran mulai dikirim."),
        ("pause", "Yang belum terkirim menunggu."),
        ("resume", "Siaran mulai dikirim."),
        ("cancel", "Siaran dibatalkan."),
    ):
        answer = budi.posts(f"{at}/{deed}")
        assert answer.status_code == 303, answer.text
        assert words in budi.sees(at)
    assert budi.posts(f"{at}/resume").status_code == 409
    actions = [row.action for row in talk.rows(office.database, AUDIT)]
    assert [each for each in actions if each.startswith("broadcast")] == [
        "broadcast.planned", "broadcast.paused", "broadcast.resumed", "broadcast.cancelled",
    ]  # fmt: skip
    assert "membatalkan siaran" in office.signed_in("camat").sees("/desk/audit")


def test_it_is_planned_for_a_time_of_the_office_s_clock(office, campaign):
    campaign.people(20)
    budi = office.signed_in("budi")
    at = writes(budi)
    budi.posts(f"{at}/plan", at="2026-11-24T09:00")
    assert "Selasa, 24 November, pukul 09.00 WIB" in budi.sees(at)
    (row,) = talk.rows(office.database, BROADCASTS)
    assert row.planned_at == talk.MONDAY + timedelta(days=1, hours=1)
    assert budi.posts(f"{at}/plan", at="besok").status_code == 409


def test_who_may_not_send_is_told_kindly(office, campaign):
    campaign.people(20)
    sari = office.signed_in()
    at = writes(sari)
    assert sari.posts(f"{at}/plan").status_code == 403
    assert talk.rows(office.database, BROADCASTS)[0].state == "draft"


def test_another_office_s_broadcast_is_not_there(office, campaign):
    at = writes(office.signed_in())
    other = office.signed_in("medan")
    assert other.http.get(at).status_code == 404
    assert other.http.get(f"{at}/write").status_code == 404
    for deed in ("plan", "approve", "pause", "cancel", "write", "trial"):
        assert other.posts(f"{at}/{deed}", **FORM, code="12345678").status_code == 404, deed
    assert "Domisili lewat chat" not in other.sees("/desk/broadcasts")
    assert other.http.get("/desk/broadcasts/99999999999999999999").status_code == 404


def test_a_trial_goes_to_the_chat_that_gave_the_code(office, campaign):
    sari = office.signed_in()
    at = writes(sari)
    chat = office.chat(address="777", name="Sari")
    office.database.write(lambda tx: doors.offer_code(tx, chat, "48291375", office.now))
    assert sari.posts(f"{at}/trial", code="1111 1111").status_code == 422
    assert sari.posts(f"{at}/trial", code="4829 1375").status_code == 303
    (message,) = office.heard(chat)
    assert message.text.startswith("Halo Bapak/Ibu Sari, surat domisili")
    assert sari.posts(f"{at}/trial", code="4829 1375").status_code == 422


def test_codes_cannot_be_guessed(office, campaign):
    sari = office.signed_in()
    at = writes(sari)
    tried = [sari.posts(f"{at}/trial", code=f"{number:08}").status_code for number in range(8)]
    assert tried[-1] == 429


def test_progress_and_effect_are_shown(office, campaign):
    campaign.people(300)
    campaign.goes(Written("Domisili", "Halo.", buttons=[("Coba", "domisili")], holdout=20))
    campaign.delivers("failed", "Forbidden: bot was blocked by the user", most=5)
    campaign.delivers(most=200)
    page = office.signed_in().sees(f"/desk/broadcasts/{campaign.number}")
    assert "Giliran 300 dari 300 warga" in page
    assert "Warga memblokir atau menutup chat ini. (5)" in page
    assert "Belum terlihat bedanya" in page
    assert "Coba</bdi>: 0 warga" in page


def test_what_is_on_its_way_in_the_outbox_is_no_personal_data_in_the_address(office, campaign):
    campaign.people(3)
    campaign.goes()
    assert {row.channel for row in talk.rows(office.database, OUTBOX)} == {"telegram"}
    chats = office.database.read(lambda tx: conversations.of_person(tx, 1))
    assert chats[0].address not in office.signed_in().sees(f"/desk/broadcasts/{campaign.number}")
