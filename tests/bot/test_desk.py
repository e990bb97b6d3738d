"""The staff desk over HTTP, without scripts: who gets in, what is shown, what may be done."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.desk.limits import RULES, Limiter, Rule
from desk_office import PASSWORD, DeskOffice, Photo, opened
from flows.model import Tapped
from handlers import staff
from handlers.inbound import Inbound, receive
from handlers.message import Message
from handlers.queue import CODES
from storage import outbox, tickets, views
from talk import MONDAY

HOSTILE = '<script>alert("x")</script>'
ESCAPED = "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;"
MISSING = "PU-2611-00042-7"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    """Bu Sari and Pak Budi work at one office, Pak Andi at another."""
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("budi", "Pak Budi")
        office.hires("andi", "Pak Andi", "ma")
        yield office


def history(office: DeskOffice, number: str) -> list[Any]:
    def work(tx: Any) -> list[Any]:
        return tickets.events(tx, tickets.look(tx, number).id)

    return office.database.read(work)


def looks(office: DeskOffice, number: str) -> list[Any]:
    """Who looked at this ticket's files."""

    def work(tx: Any) -> list[Any]:
        return views.of_ticket(tx, tickets.look(tx, number).id)

    return office.database.read(work)


def status(office: DeskOffice, number: str) -> str:
    return str(office.database.read(lambda tx: tickets.look(tx, number)).status)


def name_of(address: str) -> str:
    """The id of the file at this address."""
    return address.rpartition("/")[2].partition("?")[0]


def files(page: str) -> list[str]:
    """The addresses of the photos and PDFs on a page, each once."""
    return list(dict.fromkeys(re.findall(r'"(/desk/files/[^"]+)"', page)))


# --- who gets in ----------------------------------------------------------------------

ODD = ["%00", "%0d%0aset-cookie:x", "..%2f..%2fetc", "'--", "x" * 3000, "%F0%9F%98%80", "*"]
PAGES = ["/desk", "/desk?tab=closed", f"/desk/tickets/{MISSING}", "/desk/files/file-000001"]
FORMS = [
    "/desk/find",
    "/desk/questions/1",
    f"/desk/tickets/{MISSING}/move",
    f"/desk/tickets/{MISSING}/hand",
    f"/desk/tickets/{MISSING}/notes",
    "/desk/sign-out",
]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_shown_to_strangers(office, path):
    answer = office.browser().get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/desk/sign-in")
    assert answer.text == ""


@pytest.mark.parametrize("path", FORMS)
def test_no_form_is_taken_from_strangers(office, path):
    answer = office.browser().post(path, data={"csrf": "", "move": "take"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/desk/sign-in")


@pytest.mark.parametrize(
    "path",
    ["/desk/", "/desk/nothing", "/desk/assets/base.html", "/desk/assets/%2e%2e%2fbase.html"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_there_is_not_found_in_kind_words(office, method, path):
    answer = office.browser().request(method, path)
    assert answer.status_code == 404
    assert "Tidak ditemukan" in answer.text


def test_signing_in_leads_on_to_the_ticket_that_was_wanted(office):
    number = office.receives()
    browser = office.browser()
    asked = browser.get(f"/desk/tickets/{number}")
    page = browser.get(asked.headers["location"])
    wanted = re.search(r'name="next" value="([^"]+)"', page.text)[1]
    answer = browser.post(
        "/desk/sign-in", data={"login": " Sari ", "password": PASSWORD, "next": wanted}
    )
    assert answer.headers["location"] == f"/desk/tickets/{number}"


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/desk/sign-out",
     "javascript:alert(1)", "/desk/tickets/PU-2611-00042-7/../../x", "/desk/tickets/NO"],
)  # fmt: skip
def test_signing_in_never_leads_to_another_place(office, wanted):
    fields = {"login": "sari", "password": PASSWORD, "next": wanted}
    answer = office.browser().post("/desk/sign-in", data=fields)
    assert answer.headers["location"] == "/desk"


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(office):
    def answer(login: str) -> tuple[int, str]:
        got = office.browser().post("/desk/sign-in", data={"login": login, "password": "x" * 12})
        return got.status_code, got.text.replace(login, "LOGIN")

    office.database.write(lambda tx: staff.disable(tx, "budi", office.now))
    wrong = answer("sari")
    assert wrong[0] == 422
    assert "belum cocok" in wrong[1]
    assert answer("nobody") == wrong
    assert answer("budi") == wrong


def tries(
    browser: httpx.Client, login: str = "sari", password: str = "wrong", **headers: str
) -> int:
    data = {"login": login, "password": password}
    return browser.post("/desk/sign-in", data=data, headers=headers).status_code


def test_each_failure_makes_the_next_attempt_wait_longer(office):
    browser = office.browser()
    assert [tries(browser) for _ in range(6)] == [422] * 5 + [429]
    answer = browser.post("/desk/sign-in", data={"login": "sari", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"
    assert "Coba lagi 2 detik lagi" in answer.text
    office.waits(seconds=2)
    assert [tries(browser), tries(browser)] == [422, 429]
    office.waits(seconds=2)
    assert tries(browser) == 429
    office.waits(seconds=2)
    assert tries(browser, password=PASSWORD) == 303


def test_one_login_under_attack_leaves_the_others_alone(office):
    browser = office.browser()
    for _ in range(6):
        tries(browser)
    assert tries(browser) == 429
    assert tries(browser, "budi", PASSWORD) == 303


def test_one_address_trying_many_logins_has_to_wait(sqlite_url, tmp_path):
    strict = Limiter({**RULES, "address": Rule(2, timedelta(minutes=1), timedelta(minutes=1))})
    with opened(sqlite_url, tmp_path, limiter=strict) as office:
        office.hires()
        browser = office.browser()

        def guesses(*said: str) -> list[int]:
            """One guess from each address that the proxy on this machine names."""
            return [tries(browser, f"guess{n}", **{"x-forwarded-for": one})
                    for n, one in enumerate(said)]  # fmt: skip

        assert guesses("6.6.6.6", "6.6.6.6", "6.6.6.6") == [422, 422, 429]
        assert tries(browser, password=PASSWORD, **{"x-forwarded-for": "6.6.6.6"}) == 429
        assert tries(browser, password=PASSWORD, **{"x-forwarded-for": "6.6.6.6, 7.7.7.7"}) == 303
        assert guesses("2001:db8::1", "2001:db8::2", "2001:db8::3") == [422, 422, 429]
        assert guesses("2001:db8:0:1::1", "nonsense") == [422, 422]


def test_the_wait_grows_to_its_longest_and_is_forgotten_after_an_hour():
    limiter, now, waits = Limiter(), MONDAY, []
    for _ in range(19):
        wait = limiter.attempt([("login", "sari")], now)
        waits.append(wait.total_seconds())
        now += wait
    assert waits == [0, 0, 0, 0, 0, 2, 0, 4, 0, 8, 0, 16, 0, 32, 0, 60, 0, 60, 0]
    now += timedelta(hours=1)
    assert [limiter.attempt([("login", "sari")], now) for _ in range(5)] == [timedelta()] * 5


def test_a_right_password_forgives_its_login_and_gives_the_address_one_try_back():
    limiter = Limiter({kind: Rule(2, timedelta(minutes=1), timedelta(hours=1)) for kind in RULES})
    keys = [("login", "sari"), ("address", "6.6.6.6")]
    for _ in range(10):
        assert limiter.attempt(keys, MONDAY) == timedelta()
        limiter.forgive(keys, MONDAY)
    limiter.attempt([("login", "a"), keys[1]], MONDAY)
    limiter.attempt([("login", "b"), keys[1]], MONDAY)
    assert limiter.attempt([("login", "c"), keys[1]], MONDAY) > timedelta()


def test_a_planted_cookie_does_not_become_a_session(office):
    browser = office.browser()
    browser.cookies.set("loket_desk", "planted")
    tries(browser, password=PASSWORD)
    attacker = office.browser()
    attacker.cookies.set("loket_desk", "planted")
    assert attacker.get("/desk").status_code == 303


def test_signing_in_again_ends_the_session_before(office):
    officer = office.signed_in()
    before = officer.http.cookies["loket_desk"]
    assert tries(officer.http, password=PASSWORD) == 303
    assert officer.http.cookies["loket_desk"] != before
    old = office.browser()
    old.cookies.set("loket_desk", before)
    assert old.get("/desk").status_code == 303


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(office):
    answer = office.browser().post("/desk/sign-in", data={"login": "sari", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(
        r"loket_desk=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", cookie, re.IGNORECASE
    )


def test_over_https_the_cookie_is_bound_to_this_very_host(sqlite_url, tmp_path):
    with opened(sqlite_url, tmp_path, public_url="https://loket.example.go.id") as office:
        office.hires()
        data = {"login": "sari", "password": PASSWORD}
        answer = office.browser().post("/desk/sign-in", data=data)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-loket_desk=")
        assert "; Secure" in cookie
        assert "; Path=/;" in cookie
        assert "domain" not in cookie.lower()
        token = cookie.partition("=")[2].partition(";")[0]
        signed_in = office.browser().get("/desk", headers={"cookie": f"__Host-loket_desk={token}"})
        assert signed_in.status_code == 200
        other = office.browser().get("/desk", headers={"cookie": f"loket_desk={token}"})
        assert other.status_code == 303


def test_a_form_from_another_site_cannot_sign_anybody_in(office):
    browser = office.browser()
    assert tries(browser, password=PASSWORD, **{"sec-fetch-site": "cross-site"}) == 403
    assert tries(browser, password=PASSWORD, **{"sec-fetch-site": "same-site"}) == 403
    assert tries(browser, password=PASSWORD, **{"sec-fetch-site": "same-origin"}) == 303


def test_after_signing_out_the_session_is_over(office):
    officer = office.signed_in()
    token = officer.http.cookies["loket_desk"]
    answer = officer.posts("/desk/sign-out")
    assert answer.headers["location"] == "/desk/sign-in"
    assert "Anda sudah keluar" in officer.http.get("/desk/sign-in").text
    officer.http.cookies.set("loket_desk", token)
    assert officer.http.get("/desk").status_code == 303


def test_a_session_ends_when_nobody_clicks(office):
    officer = office.signed_in()
    for _ in range(3):
        office.waits(minutes=50)
        assert officer.http.get("/desk").status_code == 200
    office.waits(minutes=60)
    assert officer.http.get("/desk").status_code == 303


def test_a_page_that_refreshes_itself_does_not_keep_the_session(office):
    officer = office.signed_in()
    for _ in range(5):
        office.waits(minutes=10)
        answer = officer.http.get("/desk", headers={"Loket-Refresh": "1"})
        assert answer.status_code == 200
    office.waits(minutes=10)
    assert officer.http.get("/desk").status_code == 303


def test_a_session_lasts_a_working_day_at_most(office):
    officer = office.signed_in()
    for _ in range(23):
        office.waits(minutes=30)
        officer.sees()
    office.waits(minutes=30)
    assert officer.http.get("/desk").status_code == 303


def test_disabled_staff_are_out_at_once(office):
    officer, number = office.signed_in(), office.receives()
    token = officer.csrf
    office.database.write(lambda tx: staff.disable(tx, "sari", office.now))
    assert officer.http.get("/desk").status_code == 303
    answer = officer.http.post(f"/desk/tickets/{number}/move", data={"csrf": token, "move": "take"})
    assert answer.headers["location"] == f"/desk/sign-in?next=/desk/tickets/{number}"
    assert status(office, number) == "submitted"


@pytest.mark.parametrize("token", ["", "wrong", "wr\u00f6ng", None])
@pytest.mark.parametrize("form", ["/desk/find", "/desk/questions/1", "move", "/desk/sign-out"])
def test_a_form_without_the_token_of_this_session_changes_nothing(office, form, token):
    officer, number = office.signed_in(), office.receives()
    office.is_asked("Buka jam berapa?")
    path = f"/desk/tickets/{number}/move" if form == "move" else form
    data = {"move": "take", "text": "Jam 8", "number": number}
    answer = officer.http.post(path, data=data if token is None else {**data, "csrf": token})
    assert answer.status_code == 403
    assert status(office, number) == "submitted"
    assert "Buka jam berapa?" in officer.sees()


def test_the_token_of_another_session_is_no_better_than_none(office):
    sari, budi, number = office.signed_in(), office.signed_in("budi"), office.receives()
    data = {"csrf": budi.csrf, "move": "take"}
    assert sari.http.post(f"/desk/tickets/{number}/move", data=data).status_code == 403


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"x=" + b"a" * 70_000, 413), (b"&".join([b"a=1"] * 200), 400), (b"\xff\xfe", 400)],
)
def test_a_form_that_nobody_filled_in_is_refused(office, body, code):
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert office.browser().post("/desk/sign-in", content=body, headers=kind).status_code == code


# --- what every page says to the browser ------------------------------------------------


def test_every_answer_carries_the_headers_that_keep_a_page_private(office):
    officer, number = office.signed_in(), office.receives()
    office.invites("secret")
    stranger = office.browser()
    answers = [
        officer.http.get("/desk"),
        officer.http.get(f"/desk/tickets/{number}"),
        officer.http.get("/desk/tickets/nothing"),
        officer.posts("/desk/find", number="x"),
        officer.moves(number, "take"),
        officer.http.post("/desk/find", data={"csrf": "wrong"}),
        stranger.get("/desk"),
        stranger.get("/desk/sign-in"),
        stranger.get("/desk/invite/secret"),
        stranger.get("/desk/invite/nothing"),
        stranger.get("/desk/nothing"),
    ]
    for answer in answers:
        headers = answer.headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, answer.url
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", answer.text), answer.url


def test_style_and_script_are_kept_under_an_address_that_names_their_content(office):
    page = office.browser().get("/desk/sign-in").text
    addresses = re.findall(r'"(/desk/assets/[^"]+)"', page)
    assert {address.partition("?")[0] for address in addresses} == {
        "/desk/assets/desk.css", "/desk/assets/counter.css", "/desk/assets/desk.js",
        "/desk/assets/icon.svg",
    }  # fmt: skip
    for address in addresses:
        answer = office.browser().get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_people_write_is_shown_as_text(office):
    office.hires("hostile", HOSTILE)
    chat = office.chat()
    number = office.receives(name=HOSTILE, nik=HOSTILE, kelurahan=HOSTILE, chat=chat)
    office.receives(name=HOSTILE)
    office.is_asked(HOSTILE, chat=chat)
    office.loses(HOSTILE, HOSTILE, chat=chat)
    officer = office.signed_in("hostile")
    officer.moves(number, "take")
    officer.judges(number, "police", "refused", note=HOSTILE)
    officer.moves(number, "send_back", note=HOSTILE)
    pages = [
        officer.sees(),
        officer.sees("/desk?tab=waiting"),
        officer.sees(f"/desk/tickets/{number}"),
        officer.posts("/desk/find", number=HOSTILE).text,
        officer.posts("/desk/questions/1", text=HOSTILE * 200).text,
        officer.moves(number, "reject", note=HOSTILE * 50).text,
        office.browser().post("/desk/sign-in", data={"login": HOSTILE, "password": "x"}).text,
    ]
    for page in pages:
        assert HOSTILE not in page
        assert ESCAPED in page


def test_a_bug_is_told_kindly_and_without_its_details(office, caplog):
    officer, number = office.signed_in(), office.receives(photos={"kk_photo": [Photo()]})
    address = files(officer.sees(f"/desk/tickets/{number}"))[0]
    office.vault.delete(name_of(address))
    answer = officer.http.get(address)
    assert answer.status_code == 500
    assert "Ada yang tidak beres" in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "Missing" in caplog.text


# --- invitations ----------------------------------------------------------------------


def accepts(browser: httpx.Client, secret: str = "secret", **changed: str) -> httpx.Response:
    fields = {"login": "rina", "name": "Bu Rina", "password": PASSWORD, "again": PASSWORD}
    return browser.post(f"/desk/invite/{secret}", data={**fields, **changed})


def test_an_invitation_leads_to_an_account(office):
    office.invites("secret")
    browser = office.browser()
    assert 'name="again"' in browser.get("/desk/invite/secret").text
    assert accepts(browser).headers["location"] == "/desk/sign-in"
    assert "Akun sudah jadi" in browser.get("/desk/sign-in").text
    assert "Akun sudah jadi" not in browser.get("/desk/sign-in").text
    assert tries(browser, "rina", PASSWORD) == 303
    assert "Bu Rina" in browser.get("/desk").text


def test_a_replayed_invitation_is_gone(office):
    office.invites("secret")
    browser = office.browser()
    accepts(browser)
    assert accepts(browser, login="eve").status_code == 404
    page = browser.get("/desk/invite/secret")
    assert page.status_code == 404
    assert "sudah tidak berlaku" in page.text
    assert browser.get("/desk/invite/never-made").text == page.text


def test_looking_at_an_invitation_does_not_use_it_up(office):
    office.invites("secret")
    for _ in range(3):
        assert office.browser().get("/desk/invite/secret").status_code == 200
    office.waits(hours=24)
    assert office.browser().get("/desk/invite/secret").status_code == 404


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"again": "something else"}, "belum sama"),
        ({"password": "short", "again": "short"}, "terlalu pendek"),
        ({"login": "sari"}, "sudah dipakai"),
        ({"login": "Bu Rina"}, "huruf kecil"),
        ({"name": " "}, "Tulis nama Anda"),
    ],
)
def test_a_form_that_cannot_be_used_keeps_the_invitation_and_what_was_typed(office, changed, words):
    office.invites("secret")
    browser = office.browser()
    answer = accepts(browser, **changed)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{changed.get("name", "Bu Rina")}"' in answer.text
    assert PASSWORD not in answer.text
    assert accepts(browser).status_code == 303


# --- the queue ------------------------------------------------------------------------


def test_the_queue_shows_what_needs_an_officer_with_the_oldest_promise_first(office):
    late = office.receives(name="Yuni Astuti")
    office.waits(days=2)
    doubted = office.receives(
        name="Slamet Riyadi", photos={"police": [Photo("blurred")], "kk_photo": [Photo()]}
    )
    foreign = office.receives(office="ma", kelurahan="sukaramai_i", name="Togar Siregar")
    page = office.signed_in().sees()
    assert page.index(late) < page.index(doubted)
    assert "Terlambat" in page
    assert "1 foto diragukan" in page
    assert "2 perlu dikerjakan" in page
    assert "Yuni Astuti" in page
    assert foreign not in page
    assert "Togar Siregar" not in page


def test_an_empty_queue_says_so_kindly(office):
    officer = office.signed_in()
    for tab in ("work", "waiting", "ready", "closed"):
        assert "big" in officer.sees(f"/desk?tab={tab}")
    assert "Tidak ada yang menunggu" in officer.sees()
    assert "Kerjakan yang paling mendesak" not in officer.sees()


def test_a_tab_and_a_service_narrow_the_queue(office):
    ktp, domisili = office.receives(), office.receives("domisili", photos={})
    office.moves(ktp, "send_back", documents=["police"])
    officer = office.signed_in()
    assert domisili in officer.sees("/desk?service=domisili")
    assert domisili not in officer.sees("/desk?service=kk")
    assert ktp in officer.sees("/desk?tab=waiting&service=ktp_ganti")
    assert ktp not in officer.sees("/desk?tab=work")


@pytest.mark.parametrize(
    "query", ["tab=nothing", "service=nothing", "tab=work&service=<script>", "tab="]
)
def test_a_tab_that_is_not_there_is_not_found(office, query):
    assert office.signed_in().http.get(f"/desk?{query}").status_code == 404


def test_the_next_page_begins_where_this_one_ended(office):
    numbers = [office.receives() for _ in range(32)]
    officer = office.signed_in()
    first = officer.sees()
    more = re.search(r'href="(/desk\?[^"]*after=[^"]+)">Berikutnya', first)[1].replace("&amp;", "&")
    second = officer.sees(more)
    shown = [
        re.findall(r'class="line" href="/desk/tickets/([^"]+)"', page) for page in (first, second)
    ]
    assert [len(page) for page in shown] == [30, 2]
    assert shown[0] + shown[1] == numbers
    assert "Berikutnya" not in second
    assert "Ke awal" in second


@pytest.mark.parametrize("after", ["x", "1", "-", "99999999999999999-1", "1-99999999999999999999"])
def test_a_page_that_is_no_place_is_the_first_one(office, after):
    number = office.receives()
    assert number in office.signed_in().sees(f"/desk?after={after}")


def test_a_ticket_is_found_by_its_number_however_it_is_typed(office):
    number = office.receives()
    officer = office.signed_in()
    for typed in (number, number.replace("-", ""), f" {number.lower()} "):
        answer = officer.posts("/desk/find", number=typed)
        assert answer.headers["location"] == f"/desk/tickets/{number}"
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    answer = officer.posts("/desk/find", number=wrong)
    assert answer.status_code == 422
    assert "salah atau tertukar" in answer.text
    assert f'value="{wrong}"' in answer.text


@pytest.mark.parametrize("typed", ["yuni ast", "YUNI", "900004", "4432", "081299994432"])
def test_one_ticket_that_fits_is_opened(office, typed):
    office.receives()
    chat = office.chat(phone="+6281299994432")
    number = office.receives(chat=chat, name="Yuni Astuti", nik="3302275708900004")
    answer = office.signed_in().posts("/desk/find", number=typed)
    assert answer.headers["location"] == f"/desk/tickets/{number}"


def test_several_that_fit_are_listed_with_the_newest_first(office):
    numbers = [office.receives(name=f"Slamet {HOSTILE}") for _ in range(22)]
    officer = office.signed_in()
    answer = officer.posts("/desk/find", number="slamet")
    assert answer.status_code == 200
    shown = re.findall(r'class="line[^"]*" href="/desk/tickets/([^"]+)"', answer.text)
    assert shown == numbers[:1:-1]
    assert "Ini 20 yang terbaru" in answer.text
    assert HOSTILE not in answer.text
    assert ESCAPED in answer.text
    assert 'value="slamet"' in answer.text


@pytest.mark.parametrize("typed", ["Togar", "togar siregar", "000007", "3302271708000007"])
def test_another_office_s_citizens_are_not_found_here(office, typed):
    office.receives(
        office="ma", kelurahan="sukaramai_i", name="Togar Siregar", nik="3302271708000007"
    )
    answer = office.signed_in().posts("/desk/find", number=typed)
    assert answer.status_code == 422
    assert "Tidak ada yang cocok di kantor ini" in answer.text


@pytest.mark.parametrize("typed", ["", "s", "123", "?", "- -", "%"])
def test_too_little_to_search_for_is_explained(office, typed):
    office.receives()
    answer = office.signed_in().posts("/desk/find", number=typed)
    assert answer.status_code == 422
    assert "Tulis sebagian nama" in answer.text


def test_another_office_s_number_is_unknown_here(office):
    foreign = office.receives(office="ma", kelurahan="sukaramai_i")
    answer = office.signed_in().posts("/desk/find", number=foreign)
    assert answer.status_code == 422
    assert "tidak ada di kantor ini" in answer.text


def test_a_question_is_answered_in_the_chat_where_it_was_asked(office):
    chat = office.is_asked("Buka jam berapa?")
    officer = office.signed_in()
    assert "Buka jam berapa?" in officer.sees()
    answer = officer.posts("/desk/questions/1", text="Jam 7.15, Bu.\r\nSampai 15.30.")
    assert answer.headers["location"] == "/desk#pertanyaan"
    words = office.house.words.say(
        "officer_reply", text="Jam 7.15, Bu.\nSampai 15.30.", name="Bu Sari"
    )
    assert [message.text for message in office.heard(chat)] == [words]
    assert office.woken == 1
    assert "Balasan dikirim" in officer.sees()
    assert "Balasan dikirim" not in officer.sees()


def test_a_question_answered_by_a_colleague_is_not_answered_twice(office):
    chat = office.is_asked("Buka jam berapa?")
    sari, budi = office.signed_in(), office.signed_in("budi")
    budi.posts("/desk/questions/1", text="Jam 7.15.")
    answer = sari.posts("/desk/questions/1", text="Jam 8.")
    assert answer.status_code == 409
    assert "sudah dijawab rekan lain" in answer.text
    assert len(office.heard(chat)) == 1


def test_a_reply_that_cannot_be_sent_is_kept(office):
    office.is_asked("Buka jam berapa?")
    office.is_asked("Bisa diwakilkan?")
    officer = office.signed_in()
    answer = officer.posts("/desk/questions/2", text="panjang " * 400)
    assert answer.status_code == 422
    assert "terlalu panjang" in answer.text
    assert "panjang panjang" in answer.text
    assert officer.posts("/desk/questions/2", text="  ").status_code == 422


@pytest.mark.parametrize("question", ["2", "99999999999999999999999", "0"])
def test_a_question_of_another_office_cannot_be_answered(office, question):
    office.is_asked("Buka jam berapa?")
    chat = office.is_asked("Horas, buka jam berapa?", "ma")
    answer = office.signed_in().posts(f"/desk/questions/{question}", text="Jam 8.")
    assert answer.status_code == 409
    assert office.heard(chat) == []


def test_a_message_that_did_not_arrive_is_listed_with_the_reason_in_plain_words(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    office.loses("KTP sudah jadi.", "Forbidden: bot was blocked by the user", chat=chat)
    office.loses("Rahasia kantor lain", "Chat not found", "ma")
    page = office.signed_in().sees()
    assert "Warga memblokir atau menutup chat ini." in page
    assert "KTP sudah jadi." in page
    assert f'<a href="/desk/tickets/{number}">{number}</a>' in page
    assert "Forbidden" not in page
    assert "Rahasia kantor lain" not in page


# --- one ticket -----------------------------------------------------------------------


def test_a_ticket_shows_everything_that_was_given(office):
    number = office.receives(
        photos={"police": [Photo("dark")], "kk_photo": [Photo(media_type="application/pdf")]}
    )
    page = office.signed_in().sees(f"/desk/tickets/{number}")
    for words in ("Ganti KTP", "Slamet Riyadi", "KTP hilang", "Grendeng", "Diragukan: gelap",
                  "Asli ditunjukkan nanti", "Unduh PDF", "mengirim permohonan"):  # fmt: skip
        assert words in page
    assert "".join(re.findall(r"<span>(\d{4})</span>", page)) == "33022717089000033302270102150004"
    assert len(files(page)) == 2


def test_answers_that_do_not_fit_each_other_are_explained(office):
    swapped = {"nik": "3302270102150004", "kk": "3302271708900003"}
    number = office.receives(**swapped)
    page = office.signed_in().sees(f"/desk/tickets/{number}")
    assert "NIK dan nomor KK mungkin tertukar" in page
    assert 'class="doubted"' in page
    assert "nik_kk" not in page


@pytest.mark.parametrize("deed", ["", "/move", "/hand", "/notes"])
def test_another_office_s_ticket_is_not_found_like_one_that_never_was(office, deed):
    foreign = office.receives(office="ma", kelurahan="sukaramai_i")
    officer = office.signed_in()

    def answer(number: str) -> tuple[int, str]:
        path = f"/desk/tickets/{number}{deed}"
        if deed:
            got = officer.posts(path, move="take", holder="", to="sari", text="Halo")
        else:
            got = officer.http.get(path)
        return got.status_code, got.text

    assert answer(foreign)[0] == 404
    assert answer(foreign) == answer(MISSING) == answer("nonsense")
    assert status(office, foreign) == "submitted"


def test_ten_thousand_numbers_cannot_be_told_apart_by_their_answers(office):
    office.receives(office="ma", kelurahan="sukaramai_i")
    officer = office.signed_in()
    answers = {
        officer.http.get(f"/desk/tickets/MA-2611-{n:05}-{digit}").text
        for n in range(1, 4)
        for digit in range(10)
    }
    assert len(answers) == 1


def test_taking_a_ticket_makes_it_mine_and_tells_the_colleagues(office):
    number = office.receives()
    sari = office.signed_in()
    answer = sari.moves(number, "take")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/desk/tickets/{number}"
    page = sari.sees(f"/desk/tickets/{number}")
    assert "Anda yang kerjakan" in page
    assert "Sedang diperiksa" in page
    assert "Anda yang kerjakan" not in sari.sees(f"/desk/tickets/{number}")
    assert "Anda kerjakan" in sari.sees()
    assert "Bu Sari" in office.signed_in("budi").sees()
    group = office.house.office("pu").staff_chat
    alerts = office.database.read(lambda tx: outbox.sent_to(tx, "telegram", group))
    assert "Bu Sari" in Message.of(alerts[-1].payload).text


def test_the_second_taker_is_told_who_has_it(office):
    number = office.receives()
    sari, budi = office.signed_in(), office.signed_in("budi")
    sari.moves(number, "take")
    answer = budi.moves(number, "take")
    assert answer.status_code == 409
    assert "sudah diambil lebih dulu" in answer.text
    assert "Bu Sari" in answer.text
    assert [event.actor for event in history(office, number)] == ["citizen", "sari"]


def test_a_ticket_goes_its_way_and_the_citizen_hears_each_step(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    officer = office.signed_in()
    officer.moves(number, "take")
    officer.moves(number, "finish", note="Ambil di Loket 2.")
    assert "Ambil di Loket 2." in office.heard(chat)[-1].text
    assert "minta warga menunjukkan aslinya" in officer.sees(f"/desk/tickets/{number}")
    officer.shows(number, "police", "kk_photo")
    officer.moves(number, "hand_over")
    assert status(office, number) == "collected"
    assert len(office.heard(chat)) == 2
    assert "Tidak ada yang perlu dikerjakan" in officer.sees(f"/desk/tickets/{number}")
    assert office.woken == 3


def test_nobody_is_turned_away_without_a_reason(office):
    number = office.receives()
    officer = office.signed_in()
    answer = officer.moves(number, "reject", note="  ")
    assert answer.status_code == 422
    assert "Tulis dulu alasannya" in answer.text
    assert officer.moves(number, "reject", note="a" * 1001).status_code == 422
    assert officer.moves(number, "reject", note="Alamatnya di kecamatan lain.").status_code == 303
    assert status(office, number) == "rejected"


def test_a_move_that_came_too_late_shows_how_the_ticket_stands(office):
    number = office.receives()
    officer = office.signed_in()
    office.moves(number, "withdraw", by="budi")
    answer = officer.moves(number, "reject", note="Alamatnya di kecamatan lain.")
    assert answer.status_code == 409
    assert "sudah berubah" in answer.text
    assert "Dibatalkan" in answer.text


@pytest.mark.parametrize("move", ["resubmit", "nothing", "", "finish"])
def test_a_move_that_is_not_offered_cannot_be_made(office, move):
    number = office.receives()
    assert office.signed_in().moves(number, move).status_code == 409
    assert status(office, number) == "submitted"


def test_every_move_on_a_page_can_be_made_and_no_other(office):
    number = office.receives()
    officer = office.signed_in()

    def offered() -> set[str]:
        page = officer.sees(f"/desk/tickets/{number}")
        return set(re.findall(r'name="move" value="(\w+)"', page))

    assert offered() == {"take", "reject", "withdraw"}
    officer.moves(number, "take")
    assert offered() == {"finish", "reject", "withdraw"}
    officer.judges(number, "police", "refused", reason="stamp")
    assert offered() == {"send_back", "reject", "withdraw"}
    officer.judges(number, "police", "accepted")
    officer.moves(number, "finish")
    assert offered() == {"hand_over", "expire"}
    officer.moves(number, "expire")
    assert offered() == {"reopen"}


def test_after_a_ticket_is_done_the_next_one_is_offered(office):
    first, second = office.receives(), office.waits(minutes=10).receives()
    officer = office.signed_in()
    assert f'href="/desk/tickets/{first}">Kerjakan yang paling mendesak' in officer.sees()
    officer.moves(first, "take")
    officer.moves(first, "finish")
    page = officer.sees(f"/desk/tickets/{first}")
    assert f'href="/desk/tickets/{second}">Lanjut ke permohonan berikutnya' in page


# --- among colleagues -------------------------------------------------------------------


def holder(page: str) -> str:
    """The one whom a page's forms would take the ticket from."""
    return re.search(r'name="holder" value="([^"]*)"', page)[1]


def test_a_colleague_s_ticket_is_taken_over_from_its_page(office):
    number = office.receives()
    sari, budi = office.signed_in(), office.signed_in("budi")
    sari.moves(number, "take")
    page = budi.sees(f"/desk/tickets/{number}")
    assert "Ambil alih, saya kerjakan" in page
    answer = budi.posts(f"/desk/tickets/{number}/hand", holder=holder(page), to="budi")
    assert answer.headers["location"] == f"/desk/tickets/{number}"
    page = budi.sees(f"/desk/tickets/{number}")
    assert "sekarang Anda yang kerjakan" in page
    assert "Ambil alih" not in page
    assert "mengambil alih" in page
    assert "<bdi>Pak Budi</bdi>" in sari.sees(f"/desk/tickets/{number}")
    assert office.woken == 2


def test_a_ticket_is_handed_to_a_colleague_of_this_office_only(office):
    number = office.receives()
    sari = office.signed_in()
    sari.moves(number, "take")
    page = sari.sees(f"/desk/tickets/{number}")
    assert '<option value="budi">Pak Budi</option>' in page
    assert "Pak Andi" not in page
    answer = sari.posts(f"/desk/tickets/{number}/hand", holder="sari", to="andi")
    assert answer.status_code == 422
    assert "tidak ada di kantor ini" in answer.text
    answer = sari.posts(f"/desk/tickets/{number}/hand", holder="sari", to="budi")
    assert answer.status_code == 303
    page = sari.sees(f"/desk/tickets/{number}")
    assert "menyerahkan ke <bdi>Pak Budi</bdi>" in page


def test_the_second_of_two_is_told_who_has_it_now(office):
    office.hires("rina", "Bu Rina")
    number = office.receives()
    office.moves(number, "take")
    budi, rina = office.signed_in("budi"), office.signed_in("rina")
    before = holder(rina.sees(f"/desk/tickets/{number}"))
    budi.posts(f"/desk/tickets/{number}/hand", holder=before, to="budi")
    answer = rina.posts(f"/desk/tickets/{number}/hand", holder=before, to="rina")
    assert answer.status_code == 409
    assert "sudah diambil lebih dulu" in answer.text
    assert "Yang mengerjakan: <bdi>Pak Budi</bdi>" in answer.text


def test_a_note_is_read_by_colleagues_as_it_was_written(office):
    number = office.receives()
    sari, budi = office.signed_in(), office.signed_in("budi")
    answer = sari.posts(f"/desk/tickets/{number}/notes", text=HOSTILE)
    assert answer.headers["location"] == f"/desk/tickets/{number}#history"
    page = budi.sees(f"/desk/tickets/{number}")
    assert HOSTILE not in page
    assert ESCAPED in page
    assert "<bdi>Bu Sari</bdi></strong> menulis catatan untuk rekan" in page


def test_a_note_that_is_too_long_is_kept_in_its_field(office):
    number = office.receives()
    answer = office.signed_in().posts(f"/desk/tickets/{number}/notes", text="panjang " * 150)
    assert answer.status_code == 422
    assert "terlalu panjang" in answer.text
    assert "panjang panjang" in answer.text


# --- files ----------------------------------------------------------------------------


def test_another_office_s_file_is_not_found_like_one_that_never_was(office):
    foreign = office.receives(office="ma", kelurahan="sukaramai_i")
    theirs = office.signed_in("andi")
    address = files(theirs.sees(f"/desk/tickets/{foreign}"))[0]
    assert theirs.http.get(address).status_code == 200
    officer = office.signed_in()
    answers = [officer.http.get(path) for path in (address, "/desk/files/nothing-here")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    assert [seen.login for seen in looks(office, foreign)] == ["andi"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("place", ["tickets", "files", "invite", "questions", "nothing"])
def test_an_odd_address_is_not_found(office, place, odd):
    officer = office.signed_in()
    assert officer.http.get(f"/desk/{place}/{odd}").status_code == 404
    assert officer.posts(f"/desk/{place}/{odd}/move", move="take").status_code == 404


def test_a_file_of_no_ticket_and_a_kind_we_do_not_know_are_not_shown(office):
    chat = office.chat()
    loose = office.stores(Photo(), chat)
    officer = office.signed_in()
    assert officer.http.get(f"/desk/files/{loose}").status_code == 404
    number = office.receives(photos={"kk_photo": [Photo(media_type="text/html")]})
    address = files(officer.sees(f"/desk/tickets/{number}"))[0]
    assert officer.http.get(address).status_code == 404


def test_every_look_at_a_photo_is_written_down(office):
    number = office.receives(photos={"kk_photo": [Photo()]})
    officer = office.signed_in()
    address = files(officer.sees(f"/desk/tickets/{number}"))[0]
    for _ in range(3):
        officer.http.get(address)
    assert [seen.login for seen in looks(office, number)] == ["sari"] * 3
    page = officer.sees(f"/desk/tickets/{number}")
    assert "Siapa yang membuka foto (3)" in page


def test_whom_to_call_stands_beside_what_did_not_arrive_until_somebody_did(office):
    chat = office.chat(phone="+6281234567890", name="Yuni <b>Astuti</b>")
    office.loses("KTP sudah jadi.", "63016", chat=chat)
    sari, budi = office.signed_in(), office.signed_in("budi")
    page = sari.sees()
    assert "lebih dari 24 jam tidak menulis" in page
    assert '<a href="tel:+6281234567890">+6281234567890</a>' in page
    assert "Yuni &lt;b&gt;Astuti&lt;/b&gt;" in page
    answer = sari.posts("/desk/lost/1")
    assert answer.headers["location"] == "/desk#lost"
    page = sari.sees()
    assert "sudah dihubungi." in page
    assert "KTP sudah jadi." not in page
    late = budi.posts("/desk/lost/1")
    assert late.status_code == 409
    assert "sudah ditangani rekan lain" in late.text


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_a_platform_has_words_for_officers(office, code):
    office.loses("KTP sudah jadi.", code)
    page = office.signed_in().sees()
    assert code not in page


def test_another_office_s_lost_message_stays_where_it_is(office):
    office.loses("Rahasia", "63016", "ma")
    assert office.signed_in().posts("/desk/lost/1").status_code == 409


# --- appointments -----------------------------------------------------------------------


def test_the_ticket_says_when_somebody_comes_to_collect(office):
    chat = office.chat()
    number = office.receives(chat=chat)
    office.moves(number, "take")
    office.moves(number, "finish")
    slot = next(c.token for c in office.heard(chat)[-1].choices if c.label.startswith("Sel"))
    tap = Inbound(chat.channel, "tap-1", chat.address, Tapped(slot))
    office.database.write(lambda tx: receive(tx, office.house, tap, office.now))
    page = office.signed_in().sees(f"/desk/tickets/{number}")
    assert "janji datang: Selasa, 24 November" in page
    assert "membuat janji ambil" in page
