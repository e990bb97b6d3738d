"""The public pages: whatever a conversation asks for stands on them, and anybody can read them."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest
from fastapi import FastAPI

from bot.info_page import pages
from flows import checklist
from flows.cases import cases
from flows.facts import facts
from flows.model import State
from handlers.brochure import brochure, untold
from paths import SERVICES, Place
from talk import MONDAY, house

PUBLIC = {
    "LOKET_WEB__PUBLIC_URL": "https://loket.example.go.id",
    "LOKET_TELEGRAM__USERNAME": "loket_pu_bot",
}
OFFICES = ("pu", "ma")
EVERY = [(office, service) for office in OFFICES for service in SERVICES]


class Day:
    """A clock that a test can move."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        return self.now


class Web:
    """The pages over HTTP, as somebody outside asks for them."""

    def __init__(self, clock: Day | None = None, **environment: str) -> None:
        self.app = FastAPI()
        self.app.include_router(pages(house(**(environment or PUBLIC)), clock or Day()))

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            way = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=way, base_url="http://test") as client:
                return await client.get(
                    path, headers={k.replace("_", "-"): v for k, v in headers.items()}
                )

        return asyncio.run(ask())


@pytest.fixture(scope="module")
def web() -> Web:
    return Web()


def read(answer: httpx.Response) -> str:
    """What is written on a page."""
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


# --- nothing that the conversation asks for is missing ----------------------------------


@pytest.mark.parametrize(("office", "service"), EVERY)
def test_every_document_on_every_path_stands_on_the_page(web, office, service):
    place, text = Place(office, service), read(web.get(f"/info/{office}/{service}"))
    asked = set()
    for turn, _, _ in place.nodes():
        if turn.state is not None:
            needed = checklist.requirements(place.flow, turn.state, place.context)
            asked |= {step.name for step in needed}
    assert asked
    assert [name for name in asked if name not in text] == []


@pytest.mark.parametrize(("office", "service"), EVERY)
def test_the_list_under_its_headings_is_what_the_engine_asks_for_on_each_path(office, service):
    place = Place(office, service)
    told = cases(place.flow, {"office": office, "area": place.office.area})
    walked = 0
    for turn, _, answered in place.nodes():
        if turn.state is not None or answered is None or answered.kind != "review":
            continue
        walked += 1
        answers = turn.effects[-1].answers
        known = facts(place.flow, answers, place.context)
        documents = {s.id for s in place.flow.steps if s.kind == "document" and s.id in answers}
        meant = {
            step.id
            for case in told
            if all(_met(known.get(each.key), each.values) for each in case.conditions)
            for step in case.documents
        }
        assert meant == documents
    assert walked


def _met(value: object, allowed: tuple[str, ...]) -> bool:
    return value in allowed if not isinstance(value, tuple) else bool({*value} & {*allowed})


@pytest.mark.parametrize(("office", "service"), EVERY)
def test_no_document_stands_there_that_this_office_never_asks_for(office, service):
    place = Place(office, service)
    asked = checklist.requirements(place.flow, State(service), place.context)
    shown = brochure(place.house, place.office, service)
    assert {d.id for each in shown.needed for d in each.documents} == {s.id for s in asked}


def test_every_condition_has_its_words():
    assert list(untold(house())) == []


def test_who_comes_for_one_thing_finds_the_whole_list_and_what_comes_on_top(web):
    text = read(web.get("/info/pu/ktp_ganti"))
    assert "Kalau KTP hilang Surat kehilangan dari kantor polisi, asli" in text
    assert "Kalau diwakilkan, tambah Surat kuasa bermeterai dari pemilik KTP, asli" in text


# --- what else is told ------------------------------------------------------------------


def test_a_service_for_which_one_has_to_come_says_so(web):
    assert "Orangnya harus datang satu kali" in read(web.get("/info/pu/ktp_rekam"))
    assert "Orangnya harus datang" not in read(web.get("/info/pu/ktp_ganti"))


def test_an_unconfirmed_value_is_marked_and_its_source_named(web):
    page = web.get("/info/pu/ktp_ganti").text
    assert "1 hari kerja<sup" in page
    assert "belum dipastikan Kecamatan Purwokerto Utara" in page
    assert "vntv.net</a>, dibaca 22 November 2026" in page


def test_the_address_the_hours_and_the_way_on_a_map_are_there(web):
    page = web.get("/info/pu/kk")
    assert "Senin-Kamis 07.15-15.30, Jumat 07.15-15.15" in read(page)
    assert "https://www.google.com/maps/search/?api=1&amp;query=Kantor%20Kecamatan" in page.text


def test_chats_begin_at_the_service_and_say_that_they_came_from_here(web):
    page = unescape(web.get("/info/pu/kk").text)
    assert 'href="https://t.me/loket_pu_bot?start=pu-kk-info"' in page
    assert 'href="https://loket.example.go.id/?to=pu-kk-info"' in page
    assert "wa.me/?text=" in page, "a neighbour can be told"


def test_a_machine_of_its_own_names_no_address_that_others_cannot_open():
    web = Web(LOKET_WEB__PORT="1")
    page = web.get("/info/pu/kk").text
    assert 'href="/?to=pu-kk-info"' in page
    assert "canonical" not in page
    assert "Bagikan" not in page
    assert web.get("/sitemap.xml").status_code == 404


SEASON = (
    '[{ from = 2026-11-20, until = 2026-11-27, name = "Ramadan", hours = { mon = "08.00-14.00" } }]'
)
OUTING = (
    '[{ date = 2026-11-24, hours = "08.00-11.00", place = "Pasar Segamas", services = ["kia"]}]'
)


def test_seasons_and_service_elsewhere_are_told_until_they_are_over():
    clock = Day()
    days = {"LOKET_OFFICES__PU__SEASONS": SEASON, "LOKET_OFFICES__PU__MOBILE": OUTING}
    web = Web(clock, **PUBLIC, **days)
    text = read(web.get("/info/pu"))
    assert "Ramadan, 20 November 2026 sampai 27 November 2026: Senin 08.00-14.00" in text
    assert "Selasa 24/11 08.00-11.00, Pasar Segamas: Kartu Anak (KIA)" in text
    clock.now += timedelta(days=7)
    text = read(web.get("/info/pu"))
    assert "Ramadan" not in text
    assert "Pasar Segamas" not in text


def test_the_lessons_can_be_read_and_the_practice_run_begins_there(web):
    page = web.get("/info/belajar")
    for lesson in house().lessons:
        assert lesson.title in read(page)
        assert lesson.text.split("\n")[0] in read(page)
    assert 'href="https://t.me/loket_pu_bot?start=practice"' in page.text


# --- found, fast, safe ------------------------------------------------------------------


def test_search_engines_find_every_page_and_not_the_desk(web):
    robots = web.get("/robots.txt").text
    assert "Disallow: /desk" in robots
    assert "Sitemap: https://loket.example.go.id/sitemap.xml" in robots
    urls = re.findall(r"<loc>https://loket.example.go.id(.*?)</loc>", web.get("/sitemap.xml").text)
    assert len(urls) == len(set(urls)) > len(EVERY)
    for url in urls:
        page = web.get(url).text
        assert f'<link rel="canonical" href="https://loket.example.go.id{url}">' in page
        assert 20 < len(re.findall(r"<title>(.*)</title>", page)[0]) < 100
        assert 20 < len(re.findall(r'name="description" content="([^"]*)"', page)[0]) < 400


def test_a_service_is_described_for_machines(web):
    page = web.get("/info/pu/kk").text
    told = json.loads(re.findall(r'ld\+json">(.*?)</script>', page)[0])
    assert told["@type"] == "GovernmentService"
    assert told["provider"]["name"] == "Kecamatan Purwokerto Utara"


def test_a_page_is_small_and_is_not_sent_twice(web):
    page = web.get("/info/pu/ktp_ganti", accept_encoding="gzip")
    assert page.headers["content-encoding"] == "gzip"
    assert int(page.headers["content-length"]) < 6000
    again = web.get("/info/pu/ktp_ganti", if_none_match=page.headers["etag"])
    assert again.status_code == 304


def test_no_script_runs_on_the_pages(web):
    for path in ("/info", "/info/pu", "/info/pu/kk"):
        answer = web.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert re.findall(r"<script(?! type=\"application/ld\+json\")", answer.text) == []
        assert " style=" not in answer.text
        assert "onclick" not in answer.text


@pytest.mark.parametrize("path", ["nowhere", "pu/nowhere", "pu/kk/x", "..%2f..%2fetc", "%00"])
def test_what_is_not_there_is_said_to_be_not_there(web, path):
    answer = web.get(f"/info/{path}")
    assert answer.status_code == 404
    assert "Halaman ini tidak ada" in answer.text


def test_the_pages_are_made_once_a_day():
    clock = Day()
    web = Web(clock)
    first = web.get("/info/pu").headers["etag"]
    clock.now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert web.get("/info/pu").headers["etag"] == first
    clock.now += timedelta(days=1)
    assert web.get("/info/pu").headers["etag"] != first
