"""Who may sit at the desk: accounts, passwords, invitations, sessions."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from desk_office import PASSWORD, hashed
from handlers import staff
from handlers.errors import Rejected
from storage.db import Database
from talk import MONDAY

IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=12)


@pytest.fixture
def hires(database: Database) -> Callable[..., Any]:
    """Somebody new works at the office: `hires("sari")`."""

    def hire(login: str = "sari", office: str = "pu", name: str = "Bu Sari") -> Any:
        kept = hashed(PASSWORD)
        database.write(lambda tx: staff.add(tx, office, login, name, "officer", kept, MONDAY))
        return database.read(lambda tx: staff.find(tx, login))

    return hire


def who(database: Database, token: str, **later: float) -> staff.Officer | None:
    """Who is signed in with this token, so much later."""
    now = MONDAY + timedelta(**later)
    return database.read(lambda tx: staff.signed_in(tx, token, now, IDLE, LONGEST))


def refused(work: Callable[[], object]) -> str:
    """The code with which a use case declined."""
    with pytest.raises(Rejected) as rejected:
        work()
    return rejected.value.code


# --- accounts -------------------------------------------------------------------------


def test_a_login_belongs_to_one_person_in_the_whole_installation(database, hires):
    hires("sari", "pu")
    assert refused(lambda: hires("Sari ", "ma", "Sari yang lain")) == "login_taken"
    assert [row.office_id for row in database.read(staff.everyone)] == ["pu"]


@pytest.mark.parametrize("login", ["", "ab", "1sari", "sari siti", "sari@pu", "s" * 33, "<b>"])
def test_a_login_is_short_and_plain(hires, login):
    assert refused(lambda: hires(login)) == "login_form"


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "n" * 61])
def test_officers_have_a_name_that_citizens_can_read(hires, name):
    assert refused(lambda: hires("sari", name=name)) == "name_empty"


def test_a_role_is_one_that_is_known(database):
    work = lambda tx: staff.add(tx, "pu", "sari", "Bu Sari", "boss", "x", MONDAY)  # noqa: E731
    assert refused(lambda: database.write(work)) == "role_unknown"
    invite = lambda tx: staff.make_invite(tx, "pu", "boss", "secret", MONDAY)  # noqa: E731
    assert refused(lambda: database.write(invite)) == "role_unknown"


def test_staff_are_listed_by_office(database, hires):
    hires("sari", "pu")
    hires("andi", "ma")
    assert [row.login for row in database.read(staff.everyone)] == ["andi", "sari"]
    assert [row.login for row in database.read(lambda tx: staff.everyone(tx, "pu"))] == ["sari"]


# --- passwords ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("pendek", "password_short"),
        ("123456789", "password_short"),
        ("x" * 201, "password_long"),
        ("aaaaaaaaaaaa", "password_easy"),
        ("1234567890", "password_easy"),
        ("0987654321", "password_easy"),
        ("SARI-sari-sari", "password_easy"),
    ],
)
def test_a_password_that_can_be_guessed_is_refused(password, code):
    assert refused(lambda: staff.hashed(password, "sari", b"s" * 16)) == code


def test_a_password_opens_its_own_account_only(hires):
    account = hires()
    assert staff.matches(account, PASSWORD)
    assert not staff.matches(account, PASSWORD + " ")
    assert not staff.matches(account, "")
    assert not staff.matches(account, "x" * 100_000)


def test_the_same_letters_typed_on_another_keyboard_are_the_same_password(hires):
    decomposed, composed = "cafe\u0301 hijau terbang", "caf\u00e9 hijau terbang"

    class Account:
        password_hash = staff.hashed(decomposed, "sari", b"s" * 16)

    assert staff.matches(Account, composed)


def test_an_unknown_login_is_checked_as_slowly_as_a_known_one(database):
    assert database.read(lambda tx: staff.find(tx, "nobody")) is None
    assert not staff.matches(None, PASSWORD)
    stand_in = staff.NOBODY.split("$")[:4]
    assert stand_in == staff.hashed(PASSWORD, "sari", b"s" * 16).split("$")[:4]
    assert stand_in[1] == "argon2id"


def test_the_table_holds_no_password_cookie_or_link(database, hires):
    hires()
    account = database.read(lambda tx: staff.find(tx, "sari"))
    database.write(lambda tx: staff.sign_in(tx, account, "the-token", "csrf", MONDAY))
    database.write(lambda tx: staff.make_invite(tx, "pu", "officer", "the-secret", MONDAY))
    kept = database.read(
        lambda tx: json.dumps(
            [
                [str(value) for value in row]
                for table in ("staff", "staff_sessions", "invites")
                for row in tx.connection.exec_driver_sql(f"SELECT * FROM {table}")
            ]
        )
    )
    assert PASSWORD not in kept
    assert "the-token" not in kept
    assert "the-secret" not in kept
    assert staff.digest("the-token") in kept


# --- sessions -------------------------------------------------------------------------


def signs_in(database: Database, account: Any, token: str = "token") -> bool:
    return database.write(lambda tx: staff.sign_in(tx, account, token, "csrf", MONDAY))


def test_a_session_knows_its_officer(database, hires):
    signs_in(database, hires())
    officer = who(database, "token")
    assert officer is not None
    assert (officer.login, officer.name, officer.office_id) == ("sari", "Bu Sari", "pu")
    assert officer.csrf == "csrf"
    assert who(database, "another") is None
    assert who(database, "") is None
    assert who(database, staff.digest("token")) is None


def test_a_session_ends_when_nobody_clicks(database, hires):
    signs_in(database, hires())
    assert who(database, "token", minutes=59) is not None
    assert who(database, "token", minutes=60) is None


def test_each_click_keeps_a_session_but_not_beyond_its_day(database, hires):
    signs_in(database, hires())
    for half_hours in range(1, 24):
        then = MONDAY + timedelta(minutes=30 * half_hours)
        assert who(database, "token", minutes=30 * half_hours) is not None
        database.write(lambda tx, then=then: staff.clicked(tx, "token", then))
    assert who(database, "token", hours=12) is None


def test_signing_out_ends_this_browser_only(database, hires):
    account = hires()
    signs_in(database, account, "desk")
    signs_in(database, account, "phone")
    database.write(lambda tx: staff.sign_out(tx, "desk"))
    assert who(database, "desk") is None
    assert who(database, "phone") is not None


def test_disabled_staff_are_out_at_once_and_cannot_come_back(database, hires):
    account = hires()
    signs_in(database, account)
    database.write(lambda tx: staff.disable(tx, "Sari", MONDAY))
    assert who(database, "token") is None
    assert database.read(lambda tx: staff.find(tx, "sari")) is None
    assert (
        refused(lambda: database.write(lambda tx: staff.disable(tx, "sari", MONDAY))) == "unknown"
    )


def test_somebody_disabled_while_the_password_was_checked_does_not_get_in(database, hires):
    account = hires()
    assert staff.matches(account, PASSWORD)
    database.write(lambda tx: staff.disable(tx, "sari", MONDAY))
    assert not signs_in(database, account)
    assert who(database, "token") is None


# --- invitations ----------------------------------------------------------------------


def invited(database: Database) -> None:
    database.write(lambda tx: staff.make_invite(tx, "ma", "kasi", "secret", MONDAY))


def accepts(database: Database, login: str = "andi", **later: float) -> None:
    kept, now = hashed(PASSWORD), MONDAY + timedelta(**later)
    database.write(lambda tx: staff.accept_invite(tx, "secret", login, "Pak Andi", kept, now))


def test_an_invitation_makes_an_account_at_its_office(database):
    invited(database)
    accepts(database)
    account = database.read(lambda tx: staff.find(tx, "andi"))
    assert (account.office_id, account.role, account.name) == ("ma", "kasi", "Pak Andi")


def test_an_invitation_is_used_once(database):
    invited(database)
    accepts(database)
    assert refused(lambda: accepts(database, "budi")) == "invite_gone"
    assert database.read(lambda tx: staff.find(tx, "budi")) is None


def test_an_invitation_lasts_a_day(database):
    invited(database)
    assert refused(lambda: accepts(database, hours=24)) == "invite_gone"
    accepts(database, hours=23, minutes=59)


def test_an_invitation_that_nobody_made_is_no_invitation(database):
    assert refused(lambda: accepts(database)) == "invite_gone"


def test_a_taken_login_leaves_the_invitation_for_another_try(database, hires):
    hires("sari")
    invited(database)
    assert refused(lambda: accepts(database, "sari")) == "login_taken"
    accepts(database, "sari.ma")


def test_of_many_who_follow_one_link_at_once_one_gets_an_account(database):
    invited(database)

    def follow(number: int) -> bool:
        try:
            accepts(database, f"andi{number}")
        except Rejected:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(follow, range(8))) == 1
    assert len(database.read(staff.everyone)) == 1
