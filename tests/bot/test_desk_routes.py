"""Every page of the desk × every role × own and foreign office: a table, held against the app.

A new page without a line in TABLE fails, and so does a line without a page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.desk import routes
from desk_office import DeskOffice, opened
from handlers.rights import RIGHTS, ROLES, may
from storage import attachments, outbox, questions, tickets

ELSEWHERE = 404
"""Another office's things are not there, like those that never were."""


@dataclass(frozen=True)
class Line:
    """How a page answers.

    own    the status to whoever may, about a thing of their own office
    other  the status about another office's thing; None when the page is about no such thing
    right  what a role needs (rights.RIGHTS), or "" when the page is open to everybody
    form   what is filled in besides the token
    stranger  the status of a page for everybody to whoever is not signed in, if that differs
    """

    own: int
    other: int | None = None
    right: str = "work"
    form: tuple[tuple[str, str], ...] = ()
    stranger: int | None = None


def about(own: int, **form: str) -> Line:
    """A page about a ticket, a file, a question or a message of an office."""
    return Line(own, ELSEWHERE, form=tuple(form.items()))


def public(own: int) -> Line:
    return Line(own, right="")


NONE_SUCH = Line(404, ELSEWHERE)
"""A page about things that neither office has here: their own tests have them."""

TABLE = {
    ("GET", "/desk"): Line(200),
    ("POST", "/desk/find"): Line(422, form=(("number", "Siapa"),)),
    ("POST", "/desk/questions/{question:int}"): Line(303, 409, form=(("text", "Ya."),)),
    ("POST", "/desk/lost/{message:int}"): Line(303, 409),
    ("GET", "/desk/tickets/{number}"): about(200),
    ("POST", "/desk/tickets/{number}/move"): about(303, move="take"),
    ("POST", "/desk/tickets/{number}/hand"): about(409, holder="", to="officer"),
    ("POST", "/desk/tickets/{number}/notes"): about(303, text="Sudah ditelepon."),
    ("POST", "/desk/tickets/{number}/papers/{document}"): about(
        303, version="{file}", decision="accepted"
    ),
    ("POST", "/desk/tickets/{number}/originals/{document}"): about(303, shown="yes"),
    ("GET", "/desk/tickets/{number}/files/{file}"): about(200),
    ("GET", "/desk/tickets/{number}/slip"): about(200),
    ("POST", "/desk/tickets/{number}/collect"): about(409, collector="self"),
    ("POST", "/desk/scan"): Line(422, form=(("code", "nothing"),)),
    ("GET", "/desk/files/{file}"): about(200),
    ("GET", "/desk/audit"): Line(200, right="audit"),
    ("GET", "/desk/tickets/{number}/letter"): about(404),
    ("POST", "/desk/tickets/{number}/letter"): about(422),
    ("POST", "/desk/tickets/{number}/letter/send"): about(422),
    ("POST", "/desk/tickets/{number}/letter/revoke"): Line(422, ELSEWHERE, right="letters"),
    ("POST", "/desk/tickets/{number}/signed"): about(403),
    ("POST", "/desk/tickets/{number}/signed/send"): about(422),
    ("POST", "/desk/tickets/{number}/signed/phone"): about(200),
    ("POST", "/desk/tickets/{number}/signed/drop"): about(422),
    ("GET", "/desk/walkin"): Line(200),
    ("POST", "/desk/walkin"): Line(422),
    ("GET", "/desk/walkin/{walkin:int}"): NONE_SUCH,
    ("POST", "/desk/walkin/{walkin:int}"): NONE_SUCH,
    ("POST", "/desk/walkin/{walkin:int}/photo"): NONE_SUCH,
    ("POST", "/desk/walkin/{walkin:int}/code"): NONE_SUCH,
    ("POST", "/desk/walkin/{walkin:int}/drop"): NONE_SUCH,
    ("GET", "/desk/calendar"): Line(200),
    ("GET", "/desk/calendar/week"): Line(200),
    ("POST", "/desk/calendar/close"): Line(422, right="close"),
    ("POST", "/desk/calendar/closures/{closure:int}/lift"): replace(NONE_SUCH, right="close"),
    ("POST", "/desk/calendar/appointments/{appointment:int}/came"): NONE_SUCH,
    ("POST", "/desk/questions/{question:int}/talk"): about(303),
    ("POST", "/desk/tickets/{number}/talk"): about(303),
    ("GET", "/desk/talks/{talk:int}"): NONE_SUCH,
    ("POST", "/desk/talks/{talk:int}/say"): NONE_SUCH,
    ("POST", "/desk/talks/{talk:int}/file"): NONE_SUCH,
    ("POST", "/desk/talks/{talk:int}/take"): NONE_SUCH,
    ("POST", "/desk/talks/{talk:int}/end"): NONE_SUCH,
    ("GET", "/desk/talks/files/{file}"): NONE_SUCH,
    ("GET", "/desk/replies"): Line(200),
    ("POST", "/desk/replies"): Line(422),
    ("POST", "/desk/replies/drop"): Line(303),
    ("GET", "/desk/counter"): Line(200),
    ("POST", "/desk/counter/{act}"): Line(404),
    ("GET", "/desk/counter/poster"): Line(200),
    ("GET", "/desk/letters"): Line(200),
    ("GET", "/desk/posters"): Line(200),
    ("POST", "/desk/posters"): Line(422),
    ("GET", "/desk/posters/{code}.pdf"): Line(404),
    ("GET", "/desk/help/{service}"): Line(200),
    ("GET", "/desk/broadcasts"): Line(200),
    ("POST", "/desk/broadcasts"): Line(422),
    ("GET", "/desk/broadcasts/new"): Line(200),
    ("GET", "/desk/broadcasts/files/{file}"): NONE_SUCH,
    ("GET", "/desk/broadcasts/{broadcast:int}"): NONE_SUCH,
    ("GET", "/desk/broadcasts/{broadcast:int}/write"): NONE_SUCH,
    ("POST", "/desk/broadcasts/{broadcast:int}/write"): Line(422),
    ("POST", "/desk/broadcasts/{broadcast:int}/trial"): NONE_SUCH,
    ("POST", "/desk/broadcasts/{broadcast:int}/{deed}"): replace(NONE_SUCH, right="send"),
    ("GET", "/desk/health"): Line(200, right="health"),
    ("POST", "/desk/health"): Line(422, right="health"),
    ("GET", "/desk/privacy"): Line(200, right="privacy"),
    ("GET", "/desk/privacy/{request:int}"): replace(NONE_SUCH, right="privacy"),
    ("POST", "/desk/privacy/{request:int}"): replace(NONE_SUCH, right="privacy"),
    ("POST", "/desk/privacy/{request:int}/copy"): replace(NONE_SUCH, right="privacy"),
    ("GET", "/desk/tickets/{number}/looks"): Line(200, ELSEWHERE, right="privacy"),
    ("GET", "/desk/staff"): Line(200, right="staff"),
    ("POST", "/desk/staff/invite"): Line(200, right="staff", form=(("role", "officer"),)),
    ("POST", "/desk/staff/{login}/role"): replace(NONE_SUCH, right="staff"),
    ("POST", "/desk/staff/{login}/section"): replace(NONE_SUCH, right="staff"),
    ("POST", "/desk/staff/{login}/{deed}"): replace(NONE_SUCH, right="staff"),
    ("POST", "/desk/account/doors"): Line(422),
    ("POST", "/desk/account/doors/close"): Line(303),
    ("GET", "/desk/account"): Line(200),
    ("POST", "/desk/account/others"): Line(303),
    ("GET", "/desk/account/factor"): Line(303),
    ("POST", "/desk/account/factor"): Line(422),
    ("POST", "/desk/account/factor/confirm"): Line(409),
    ("POST", "/desk/account/factor/off"): Line(422),
    ("GET", "/desk/sign-in"): Line(303, right="", stranger=200),
    ("POST", "/desk/sign-in"): public(422),
    ("GET", "/desk/sign-in/code"): Line(303),
    ("POST", "/desk/sign-in/code"): Line(303),
    ("POST", "/desk/sign-out"): Line(303),
    ("GET", "/desk/invite/{secret}"): public(404),
    ("POST", "/desk/invite/{secret}"): public(404),
    ("GET", "/desk/assets/{name}"): public(404),
    **{(method, "/desk/{rest:path}"): public(404)
       for method in ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")},
}  # fmt: skip


def every_route() -> list[tuple[str, str]]:
    """(method, path) of the desk's pages; those outside it are open to who holds their secret."""
    all_routes = routes(None)  # type: ignore[arg-type]  # only their addresses are looked at
    return [
        (method, route.path)
        for route in all_routes
        if route.path.startswith("/desk")
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


ABOUT = [key for key, line in TABLE.items() if line.other is not None]


def test_the_table_has_every_page_and_no_other():
    assert sorted(TABLE) == sorted(every_route())


def test_the_table_names_only_rights_that_there_are():
    assert {line.right for line in TABLE.values()} <= {"", *RIGHTS}


# --- the office -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    folder = tmp_path_factory.mktemp("routes")
    path = folder / "loket.db"
    path.write_bytes(sqlite_template.read_bytes())
    with opened(f"sqlite:///{path}", folder, demanding=()) as office:
        for role in ROLES:
            office.hires(role, f"Bu {role}", role=role)
        yield office


class Things:
    """A new ticket with its file, a question and a lost message of one office."""

    def __init__(self, office: DeskOffice, at: str) -> None:
        kelurahan = {"pu": "grendeng", "ma": "sukaramai_i"}[at]
        number = office.receives(office=at, kelurahan=kelurahan)
        office.is_asked("Buka jam berapa?", at)
        office.loses("Sudah jadi", "Forbidden", at)

        def found(tx: Any) -> tuple[str, int, int]:
            ticket = tickets.look(tx, number)
            return (
                attachments.of_ticket(tx, ticket.id)[0].id,
                questions.unanswered(tx, at)[-1].id,
                outbox.undelivered(tx, at)[-1].id,
            )

        file, question, message = office.database.read(found)
        self.places = {
            "{number}": number, "{file}": file, "{question:int}": str(question),
            "{message:int}": str(message), "{document}": "police", "{secret}": "nothing",
            "{name}": "nothing", "{rest:path}": "nothing", "{walkin:int}": "77",
            "{closure:int}": "77", "{appointment:int}": "77", "{talk:int}": "77",
            "{request:int}": "77", "{act}": "nothing", "{login}": "nobody", "{deed}": "disable",
            "{broadcast:int}": "77", "{code}": "x", "{service}": "ktp_ganti",
        }  # fmt: skip

    def fill(self, text: str) -> str:
        for place, value in self.places.items():
            text = text.replace(place, value)
        assert "{" not in text, f"say in Things what {text} may be"
        return text


def asks(http: httpx.Client, key: tuple[str, str], things: Things, csrf: str) -> httpx.Response:
    method, path = key
    form = {name: things.fill(value) for name, value in TABLE[key].form}
    return http.request(method, things.fill(path), data={"csrf": csrf, **form})


# --- who gets what --------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_of_its_own_office_what_the_table_says(office, role):
    officer, mine = office.signed_in(role), Things(office, "pu")
    csrf, wrong = officer.csrf, {}
    for key, line in TABLE.items():
        answer = asks(officer.http, key, mine, csrf)
        if key[1] in ("/desk/sign-out", "/desk/sign-in"):
            officer = office.signed_in(role)
            csrf = officer.csrf
        expected = line.own if not line.right or may(role, line.right) else 403
        if answer.status_code != expected:
            wrong[key] = (answer.status_code, expected)
    assert wrong == {}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_gets_anything_of_another_office(office, role):
    officer = office.signed_in(role)
    csrf, theirs = officer.csrf, Things(office, "ma")
    before = office.database.read(lambda tx: tickets.look(tx, theirs.places["{number}"]))
    for key in ABOUT:
        answer = asks(officer.http, key, theirs, csrf)
        allowed = may(role, TABLE[key].right)
        assert answer.status_code == (TABLE[key].other if allowed else 403), (key, answer.text)
        assert theirs.places["{number}"] not in re.sub("<title>.*?</title>", "", answer.text)
    after = office.database.read(lambda tx: tickets.look(tx, theirs.places["{number}"]))
    assert after == before


def test_whoever_is_not_signed_in_gets_nothing_but_what_is_public(office):
    browser = office.waits(hours=2).browser()  # what the roles tried to sign in with is forgotten
    for things, (key, line) in product([Things(office, at) for at in ("pu", "ma")], TABLE.items()):
        answer = asks(browser, key, things, "")
        assert answer.status_code == (303 if line.right else line.stranger or line.own), key
        if line.right:
            assert answer.headers["location"].startswith("/desk/sign-in"), key
            assert answer.text == ""


@pytest.mark.parametrize("role", ROLES)
def test_no_form_is_taken_without_the_token_of_the_session(office, role):
    officer, mine = office.signed_in(role), Things(office, "pu")
    for key, line in TABLE.items():
        if key[0] == "POST" and line.right:
            # the photo of a walk-in is large: whose it is, is looked up before the form is read
            assert asks(officer.http, key, mine, "wrong").status_code in (403, 404), key
