"""An officer's account over HTTP: the code from the phone, and where they are signed in."""

import re
from base64 import b32decode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.desk.agents import describe
from desk_office import PASSWORD, DeskOffice, Officer, opened
from handlers import totp
from storage.db import Database

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        office.hires("sari", "Bu Sari")
        office.hires("camat", "Pak Camat", role="head")
        office.hires("admin", "Bu Admin", role="admin")
        yield office


def secret_on(page: str) -> bytes:
    """What an app is told."""
    groups = re.findall(r"<span>([A-Z2-7]{4})</span>", page)
    return b32decode("".join(groups))


def code(office: DeskOffice, secret: bytes, later: int = 0) -> str:
    return totp.code(secret, totp.step(office.now) + later)


def form(page: httpx.Response) -> dict[str, str]:
    """The token of the form on a page."""
    return {"csrf": re.search(r'name="csrf" value="([^"]+)"', page.text)[1]}


def sets_up(office: DeskOffice, officer: Officer) -> tuple[bytes, list[str]]:
    """The way from the account page to the recovery codes."""
    answer = officer.posts("/desk/account/factor", password=PASSWORD)
    assert answer.headers["location"] == "/desk/account/factor"
    secret = secret_on(officer.sees("/desk/account/factor"))
    answer = officer.posts("/desk/account/factor/confirm", code=code(office, secret))
    assert answer.status_code == 200, answer.text
    return secret, re.findall(r"<li>([A-Z2-7-]{19})</li>", answer.text)


def shows_password(office: DeskOffice, login: str = "sari", **headers: str) -> httpx.Client:
    browser = office.browser()
    data = {"login": login, "password": PASSWORD}
    assert browser.post("/desk/sign-in", data=data, headers=headers).status_code == 303
    return browser


def enters(browser: httpx.Client, typed: str, **more: str) -> httpx.Response:
    fields = form(browser.get("/desk/sign-in/code"))
    return browser.post("/desk/sign-in/code", data={**fields, "code": typed, **more})


# --- turning it on ----------------------------------------------------------------------


def test_an_officer_turns_it_on_and_gets_ten_codes_on_paper_once(office):
    officer = office.signed_in()
    assert "Nyalakan" in officer.sees("/desk/account")
    secret, papers = sets_up(office, officer)
    assert len(secret) == 20
    assert len(set(papers)) == 10
    page = officer.sees("/desk/account")
    assert "Menyala" in page
    assert "Kode cadangan tersisa: 10" in page
    for path in ("/desk/account", "/desk"):
        assert not any(paper in officer.sees(path) for paper in papers)
    again = officer.http.get("/desk/account/factor")
    assert again.headers["location"] == "/desk/account"


def test_a_wrong_first_code_changes_nothing(office):
    officer = office.signed_in()
    officer.posts("/desk/account/factor", password=PASSWORD)
    answer = officer.posts("/desk/account/factor/confirm", code="000000")
    assert answer.status_code == 422
    assert "belum cocok" in answer.text
    assert len(secret_on(answer.text)) == 20
    assert shows_password(office).get("/desk").status_code == 200


@pytest.mark.parametrize("path", ["/desk/account/factor", "/desk/account/factor/off"])
def test_whoever_finds_an_open_browser_needs_the_password(office, path):
    officer = office.signed_in()
    if path.endswith("off"):
        sets_up(office, officer)
    for _ in range(5):
        answer = officer.posts(path, password="not the password")
        assert answer.status_code == 422
        assert "Kata sandinya belum cocok" in answer.text
    assert "Terlalu banyak percobaan" in officer.posts(path, password=PASSWORD).text
    office.waits(minutes=2)
    assert officer.posts(path, password=PASSWORD).status_code == 303


def test_the_secret_is_sealed_in_the_database(office, sqlite_url):
    secret, _ = sets_up(office, office.signed_in())
    database = Database(sqlite_url)
    rows = database.read(
        lambda tx: list(tx.connection.exec_driver_sql("SELECT * FROM second_factors"))
    )
    database.close()
    assert totp.groups(secret)[0] not in str(rows)
    assert secret.hex() not in str(rows)


# --- signing in with it -----------------------------------------------------------------


def test_after_the_password_nothing_is_shown_without_the_code(office):
    number = office.receives()
    secret, _ = sets_up(office, office.signed_in())
    office.waits(minutes=1)
    browser = shows_password(office)
    for path in ("/desk", "/desk/account", "/desk/account/factor", "/desk/files/file-000001"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in/code")
    asked = browser.get(f"/desk/tickets/{number}")
    assert asked.headers["location"] == f"/desk/sign-in/code?next=/desk/tickets/{number}"
    token = form(browser.get("/desk/sign-in/code"))
    for path in ("find", "account/factor", "account/factor/off", "account/others",
                 f"tickets/{number}/move"):  # fmt: skip
        answer = browser.post(f"/desk/{path}", data={**token, "move": "take", "password": PASSWORD})
        assert answer.headers["location"].startswith("/desk/sign-in/code"), path
    answer = enters(browser, code(office, secret), next=f"/desk/tickets/{number}")
    assert answer.headers["location"] == f"/desk/tickets/{number}"
    assert browser.get(f"/desk/tickets/{number}").status_code == 200
    assert browser.get("/desk/sign-in/code").headers["location"] == "/desk"


def test_the_code_never_leads_to_another_place(office):
    secret, _ = sets_up(office, office.signed_in())
    office.waits(minutes=1)
    answer = enters(shows_password(office), code(office, secret), next="//evil.example")
    assert answer.headers["location"] == "/desk"


def test_a_code_that_was_used_is_refused(office):
    secret, _ = sets_up(office, office.signed_in())
    assert "sudah dipakai" in enters(shows_password(office), code(office, secret)).text
    office.waits(seconds=30)
    typed = code(office, secret)
    assert enters(shows_password(office), f"{typed[:3]} {typed[3:]}").status_code == 303
    answer = enters(shows_password(office), typed)
    assert answer.status_code == 422
    assert "sudah dipakai" in answer.text


def test_clocks_may_differ_by_half_a_minute(office):
    secret, _ = sets_up(office, office.signed_in())
    office.waits(minutes=5)
    for later, status in ((-2, 422), (2, 422), (-1, 303), (0, 303), (1, 303)):
        assert enters(shows_password(office), code(office, secret, later)).status_code == status


def test_guessing_codes_takes_longer_and_longer_also_with_the_password_anew(office):
    secret, _ = sets_up(office, office.signed_in())
    office.waits(minutes=1)
    for _ in range(5):
        assert enters(shows_password(office), "000000").status_code == 422
    answer = enters(shows_password(office), code(office, secret))
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "2"
    assert "Coba lagi 2 detik lagi" in answer.text
    office.waits(seconds=2)
    assert enters(shows_password(office), code(office, secret)).status_code == 303


def test_a_recovery_code_opens_once_and_is_counted(office):
    _, papers = sets_up(office, office.signed_in())
    browser = shows_password(office)
    assert enters(browser, papers[0].lower().replace("-", " ")).status_code == 303
    assert "Kode cadangan tersisa: 9" in browser.get("/desk/account").text
    answer = enters(shows_password(office), papers[0])
    assert answer.status_code == 422
    assert "belum cocok" in answer.text


def test_the_code_s_form_needs_the_token_of_its_browser(office):
    secret, _ = sets_up(office, office.signed_in())
    office.waits(minutes=1)
    browser, other = shows_password(office), shows_password(office)
    data = {**form(other.get("/desk/sign-in/code")), "code": code(office, secret)}
    assert browser.post("/desk/sign-in/code", data=data).status_code == 403


def test_half_a_sign_in_can_be_given_up_and_ends_by_itself(office):
    sets_up(office, office.signed_in())
    browser = shows_password(office)
    answer = browser.post("/desk/sign-out", data=form(browser.get("/desk/sign-in/code")))
    assert answer.headers["location"] == "/desk/sign-in"
    assert browser.get("/desk/sign-in/code").headers["location"] == "/desk/sign-in"
    waiting = shows_password(office)
    office.waits(minutes=15)
    assert waiting.get("/desk/sign-in/code").headers["location"] == "/desk/sign-in"


def test_strangers_are_not_asked_for_a_code(office):
    for method in ("GET", "POST"):
        answer = office.browser().request(method, "/desk/sign-in/code")
        assert answer.headers["location"] == "/desk/sign-in"


# --- those who cannot do without --------------------------------------------------------


@pytest.mark.parametrize("login", ["camat", "admin"])
def test_head_and_admin_set_it_up_before_anything_else(office, login):
    number = office.receives()
    browser = shows_password(office, login)
    for path in ("/desk", f"/desk/tickets/{number}", "/desk/account", "/desk/sign-in/code"):
        assert browser.get(path).headers["location"] in ("/desk/account/factor", "/desk")
    page = browser.get("/desk/account/factor")
    assert "selain kata sandi diperlukan kode dari HP" in page.text
    answer = browser.post(f"/desk/tickets/{number}/move", data={**form(page), "move": "take"})
    assert answer.headers["location"] == "/desk/account/factor"
    browser.post("/desk/account/factor", data=form(page))
    page = browser.get("/desk/account/factor")
    typed = {**form(page), "code": code(office, secret_on(page.text))}
    answer = browser.post("/desk/account/factor/confirm", data=typed)
    assert "Simpan kode cadangan ini" in answer.text
    assert browser.get("/desk").status_code == 200
    page = browser.get("/desk/account")
    assert "Matikan" not in page.text
    off = browser.post("/desk/account/factor/off", data={**form(page), "password": PASSWORD})
    assert off.status_code == 422
    assert "tidak bisa dimatikan" in off.text


def test_an_officer_turns_it_off_again(office):
    officer = office.signed_in()
    sets_up(office, officer)
    answer = officer.posts("/desk/account/factor/off", password=PASSWORD)
    assert answer.headers["location"] == "/desk/account"
    assert shows_password(office).get("/desk").status_code == 200


# --- where one is signed in -------------------------------------------------------------


def test_other_browsers_are_listed_and_sent_away(office):
    officer = Officer(shows_password(office, **{"user-agent": CHROME}))
    phone = shows_password(office, **{"user-agent": PHONE})
    page = officer.sees("/desk/account")
    assert "Chrome, Windows</strong> <span" in page
    assert "Samsung Internet, Android</strong></p>" in page
    answer = officer.posts("/desk/account/others")
    assert answer.headers["location"] == "/desk/account"
    assert phone.get("/desk").status_code == 303
    page = officer.sees("/desk/account")
    assert "Perangkat lain sudah dikeluarkan" in page
    assert "Samsung" not in page
    assert "Keluar dari perangkat lain" not in page


def test_a_browser_that_is_over_is_not_listed(office):
    shows_password(office, **{"user-agent": PHONE})
    office.waits(minutes=61)
    assert "Samsung" not in office.signed_in().sees("/desk/account")


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (CHROME, "Chrome, Windows"),
        (PHONE, "Samsung Internet, Android"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox, Linux",
        ),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_described_in_two_words(agent, said):
    assert describe(agent) == said
