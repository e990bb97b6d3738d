"""Every page of the desk for every role: who may, and who is told kindly that they may not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.desk import routes
from desk_office import DeskOffice, opened
from flows.numbers import number
from handlers import audit
from handlers.rights import RIGHTS, ROLES, manages, may
from talk import MONDAY

LEADERS = {"head", "admin"}
RESTRICTED = {
    ("POST", "/desk/tickets/{number}/letter/revoke"): LEADERS | {"kasi"},
    ("GET", "/desk/audit"): LEADERS,
    ("GET", "/desk/health"): LEADERS | {"kasi"},
    ("POST", "/desk/health"): LEADERS | {"kasi"},
    ("POST", "/desk/calendar/close"): LEADERS | {"kasi"},
    ("POST", "/desk/calendar/closures/{closure:int}/lift"): LEADERS | {"kasi"},
    ("POST", "/desk/broadcasts/{broadcast:int}/{deed}"): LEADERS | {"kasi"},
    ("GET", "/desk/staff"): LEADERS,
    ("GET", "/desk/privacy"): LEADERS,
    ("GET", "/desk/privacy/{request:int}"): LEADERS,
    ("POST", "/desk/privacy/{request:int}"): LEADERS,
    ("POST", "/desk/privacy/{request:int}/copy"): LEADERS,
    ("GET", "/desk/tickets/{number}/looks"): LEADERS,
    ("POST", "/desk/staff/invite"): LEADERS,
    ("POST", "/desk/staff/{login}/role"): LEADERS,
    ("POST", "/desk/staff/{login}/section"): LEADERS,
    ("POST", "/desk/staff/{login}/{deed}"): LEADERS,
}  # fmt: skip
"""Every page that is not for everybody at the desk."""
PUBLIC = (
    "/desk/sign-in", "/desk/invite/", "/desk/assets/", "/desk/{rest", "/desk/sign-out",
    "/p/", "/u/", "/s/", "/v/", "/r/", "/d/", "/display/",
)  # fmt: skip
MISSING = number("PU", "2611", 99999)
PLACES = {
    "{number}": MISSING, "{file}": "file-000001", "{question:int}": "1", "{message:int}": "1",
    "{closure:int}": "1", "{appointment:int}": "1",
    "{login}": "nobody", "{deed}": "disable", "{name}": "x", "{request:int}": "1",
    "{person:int}": "1", "{walkin:int}": "1", "{service}": "ktp_ganti", "{step}": "kk_photo",
    "{broadcast:int}": "1", "{talk:int}": "999", "{document}": "police", "{act}": "sit",
    "{code}": "k1",
}  # fmt: skip


@pytest.fixture(scope="module")
def office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    folder = tmp_path_factory.mktemp("rights")
    path = folder / "loket.db"
    path.write_bytes(sqlite_template.read_bytes())
    with opened(f"sqlite:///{path}", folder, demanding=()) as office:
        for role in ROLES:
            office.hires(role, f"Bu {role}", role=role)
        office.hires("lain", "Pak Lain", "ma", role="head")
        yield office


def every_route() -> list[tuple[str, str]]:
    """(method, path) of every page that needs somebody signed in."""
    found = []
    for route in routes(None):  # type: ignore[arg-type]  # only their addresses are looked at
        if not route.path.startswith(PUBLIC):
            methods = (route.methods or set()) - {"HEAD"}
            found += [(method, route.path) for method in sorted(methods)]
    return found


def filled(path: str) -> str:
    for place, value in PLACES.items():
        path = path.replace(place, value)
    assert "{" not in path, f"say in PLACES what {path} may be"
    return path


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_open_to_the_roles_of_the_table_and_to_no_other(office, role):
    officer = office.signed_in(role)
    csrf = officer.csrf
    for method, path in every_route():
        answer = officer.http.request(method, filled(path), data={"csrf": csrf, "role": "officer"})
        allowed = role in RESTRICTED.get((method, path), ROLES)
        assert (answer.status_code != 403) == allowed, (method, path, answer.status_code)
        if not allowed:
            assert "bukan untuk akun Anda" in answer.text


def test_strangers_get_no_page_at_all(office):
    browser = office.browser()
    for method, path in every_route():
        answer = browser.request(method, filled(path), data={"csrf": ""})
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/desk/sign-in")


def test_what_the_table_does_not_name_nobody_may():
    assert not any(may(role, "fly") for role in ROLES)
    assert not any(may("", right) for right in RIGHTS)


def test_a_head_makes_no_administrator():
    assert manages("admin", "admin")
    assert manages("head", "kasi")
    assert not manages("head", "admin")
    assert not any(manages(role, other) for role in ("officer", "kasi") for other in ROLES)


# --- the log --------------------------------------------------------------------------


def test_the_log_says_who_did_what_and_shows_no_other_office(office):
    number = office.receives()
    office.moves(number, "take", by="officer")
    office.moves(office.receives(office="ma"), "take", by="lain", office="ma")
    page = office.signed_in("head").sees("/desk/audit")
    assert "Bu officer" in page
    assert "mulai mengerjakan" in page
    assert number in page
    assert "MA-" not in page
    assert office.signed_in("lain").sees("/desk/audit").count("mulai mengerjakan") == 1


def test_the_log_is_sifted_by_kind_person_and_ticket(office):
    number = office.receives()
    office.moves(number, "take", by="kasi")
    head = office.signed_in("head")
    assert number not in head.sees("/desk/audit?kind=access")
    assert number in head.sees("/desk/audit?kind=ticket&actor=kasi")
    assert "mencoba" not in head.sees(f"/desk/audit?subject={number}")
    assert "Tidak ada catatan" in head.sees("/desk/audit?subject=%3Cb%3E")
    assert head.http.get("/desk/audit?kind=nothing").status_code == 404


def test_the_log_is_read_page_by_page(office):
    def many(tx):
        for each in range(120):
            audit.record(tx, "pu", "sari", "ticket.take", f"subject-{each}", MONDAY)

    office.database.write(many)
    head, seen, path = office.signed_in("head"), 0, "/desk/audit?actor=sari"
    for amount in (50, 50, 20):
        page = head.sees(path)
        assert page.count("<li>") == amount
        seen += amount
        last = page.rpartition("catatan nomor ")[2].partition("<")[0]
        path = f"/desk/audit?kind=&actor=sari&subject=&before={last}"
        assert ("Lebih lama" in page) == (seen < 120)
