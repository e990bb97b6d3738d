"""Posters and shared links: whom each brought, what they began and what they sent."""

import pytest

from handlers import sources
from handlers.errors import Rejected
from storage.db import Database
from storage.tables import CONVERSATIONS, SCANS, SOURCES
from talk import MONDAY, Citizen, rows
from talk import house as make_house

PUBLIC = make_house(
    LOKET_WEB__PUBLIC_URL="https://loket.example.go.id", LOKET_TELEGRAM__USERNAME="loket_pu_bot"
)


def hangs(
    database: Database, place: str = "Pasar Segamas", service: str = "ktp_ganti",
    office: str = "pu", kind: str = "poster",
) -> str:  # fmt: skip
    return database.write(
        lambda tx: sources.make(tx, PUBLIC, office, kind, service, place, "sari", MONDAY)
    )


def brought(database: Database, code: str, office: str = "pu") -> tuple[int, int, int]:
    """How many came, started and finished by that source."""
    told = database.read(lambda tx: sources.listed(tx, PUBLIC, office))
    return next((s.came, s.started, s.finished) for s in told if s.code == code)


def citizen(database: Database, address: str = "1", channel: str = "telegram") -> Citizen:
    return Citizen(database, PUBLIC, address, channel)


def test_who_comes_by_a_poster_starts_and_finishes_is_counted_at_each_step(database):
    code = hangs(database)
    assert brought(database, code) == (0, 0, 0)
    slamet = citizen(database).opens(f"pu-ktp_ganti-{code}")
    assert slamet.was_asked("reason"), "the link still leads to the service"
    assert brought(database, code) == (1, 0, 0)
    slamet.says("1")
    assert brought(database, code) == (1, 1, 0)
    slamet.continues()
    assert brought(database, code) == (1, 1, 1)


def test_a_person_counts_once_however_often_they_scan(database):
    code = hangs(database)
    slamet = citizen(database)
    for _ in range(3):
        slamet.opens(f"pu-ktp_ganti-{code}")
    assert brought(database, code) == (1, 0, 0)


def test_who_comes_by_two_posters_counts_for_the_later_one(database):
    market, mosque = hangs(database), hangs(database, "Masjid Al-Ikhlas")
    slamet = citizen(database).opens(f"pu-ktp_ganti-{market}").opens(f"pu-ktp_ganti-{mosque}")
    slamet.continues()
    assert brought(database, market) == (1, 0, 0)
    assert brought(database, mosque) == (1, 1, 1)


def test_a_poster_of_the_whole_office_leads_to_its_menu(database):
    code = hangs(database, service="")
    slamet = citizen(database).opens(f"pu-{code}")
    assert slamet.was_asked("want")
    assert brought(database, code) == (1, 0, 0)


def test_a_request_long_after_the_poster_is_not_its_merit(database):
    code = hangs(database)
    citizen(database).opens(f"pu-ktp_ganti-{code}").waits(days=40).says("1")
    assert brought(database, code) == (1, 0, 0)


def test_the_same_place_gets_the_same_poster_and_another_kind_another_one(database):
    assert hangs(database) == hangs(database, "  Pasar   Segamas ")
    assert hangs(database) != hangs(database, kind="card")
    assert hangs(database) != hangs(database, service="kk")
    assert len(rows(database, SOURCES)) == 3


def test_codes_of_offices_do_not_mix(database):
    ours, theirs = hangs(database), hangs(database, office="ma")
    assert ours == theirs == "k1"
    citizen(database).opens("ma-ktp_ganti-k1")
    assert brought(database, ours) == (0, 0, 0)
    assert brought(database, theirs, "ma") == (1, 0, 0)


@pytest.mark.parametrize("link", ["pu-ktp_ganti-k999", "pu-ktp_ganti-" + "x" * 40, "pu--", "pu-k7"])
def test_a_code_that_was_never_given_out_counts_for_nothing(database, link):
    slamet = citizen(database).opens(link)
    assert slamet.heard
    assert rows(database, SCANS) == []
    assert rows(database, CONVERSATIONS)[0].source_id is None


def test_who_comes_without_a_link_leaves_no_trace_here(database):
    hangs(database)
    citizen(database).submits()
    assert rows(database, SCANS) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "billboard"}, "kind_unknown"),
        ({"service": "sim"}, "service_unknown"),
        ({"place": "  "}, "place_missing"),
        ({"place": "x" * 61}, "place_long"),
    ],
)
def test_a_poster_that_cannot_be_is_refused(database, change, code):
    with pytest.raises(Rejected, match=code):
        hangs(database, **change)


# --- shared links -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "address", "begins"),
    [
        ("telegram", "1", "https://t.me/share/url?url=https%3A%2F%2Ft.me%2Floket_pu_bot"),
        ("web", "w1", "https://wa.me/?text=Urus%20Ganti%20KTP"),
        ("whatsapp", "+6281234567890", "https://t.me/loket_pu_bot?start=pu-ktp_ganti-bagi"),
    ],
)
def test_a_sent_request_can_be_told_to_a_neighbour(database, channel, address, begins):
    slamet = citizen(database, address, channel).submits()
    (button,) = slamet.heard[-1].choices
    assert button.label == "Bagikan ke tetangga"
    assert button.url.startswith(begins)


def test_the_neighbour_is_counted(database):
    citizen(database).submits()
    citizen(database, "2").opens("pu-ktp_ganti-bagi")
    citizen(database, "3").opens("pu-ktp_ganti-info").says("1")
    assert brought(database, "bagi") == (1, 0, 0)
    assert brought(database, "info") == (1, 1, 0)


def test_where_nobody_else_could_open_a_link_none_is_offered(database, house):
    assert Citizen(database, house).submits().heard[-1].choices == ()
