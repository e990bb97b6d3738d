"""Second factors: begun, confirmed, used once, lost; on each kind of database."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from desk_office import PASSWORD, hashed
from handlers import second_factor, staff
from handlers.errors import Rejected
from handlers.staff import Officer
from storage.db import Database
from talk import MONDAY

PAPERS = [f"AAAA-AAAA-AAAA-AAA{letter}" for letter in "ABCDEFGHIJ"]
OTHERS = [paper.replace("AAAA-", "CCCC-") for paper in PAPERS]
DAY = timedelta(hours=12)


class Person:
    """Somebody at the desk with a browser, the edge's part played by hand."""

    def __init__(self, database: Database, role: str, login: str = "sari") -> None:
        self.database, self.login = database, login
        kept = hashed(PASSWORD)
        database.write(lambda tx: staff.add(tx, "pu", login, "Bu Sari", role, kept, MONDAY))
        self.officer = Officer("pu", login, "Bu Sari", role, "csrf", MONDAY)

    def does(self, work: Callable[..., Any], *args: Any) -> Any:
        return self.database.write(lambda tx: work(tx, self.officer, *args))

    def shows_password(self, token: str) -> None:
        account = self.database.read(lambda tx: staff.find(tx, self.login))
        self.database.write(lambda tx: staff.sign_in(tx, account, token, "csrf", MONDAY, "Chrome"))

    def stage(self, token: str, **later: float) -> str:
        """How far this browser is: "", "setup", "code" or "in"."""
        now = MONDAY + timedelta(**later)
        inside = self.database.read(lambda tx: staff.signed_in(tx, token, now, DAY, DAY))
        half = self.database.read(lambda tx: staff.halfway(tx, token, now))
        assert not (inside and half)
        return "in" if inside else half[1] if half else ""

    def sets_up(self, token: str = "first", sealed: str = "sealed", step: int = 100) -> None:
        self.does(second_factor.begin, sealed)
        self.does(second_factor.confirm, token, sealed, step, PAPERS, MONDAY)

    def enters(self, token: str, step: int | None = None, paper: str = "") -> str:
        try:
            self.does(second_factor.enter, token, "sealed", step, paper, MONDAY)
        except Rejected as rejected:
            return rejected.code
        return "in"


@pytest.fixture
def sari(database: Database) -> Person:
    return Person(database, "officer")


def test_an_officer_without_one_is_in_with_the_password(sari):
    sari.shows_password("first")
    assert sari.stage("first") == "in"


@pytest.mark.parametrize("role", ["admin", "head"])
def test_some_roles_are_led_to_set_one_up_first(database, role):
    person = Person(database, role)
    person.shows_password("first")
    assert person.stage("first") == "setup"
    assert person.stage("first", minutes=15) == ""
    person.sets_up("first")
    assert person.stage("first") == "in"
    person.shows_password("second")
    assert person.stage("second") == "code"


@pytest.mark.parametrize("role", ["officer", "kasi"])
def test_others_may_and_then_are_asked(database, role):
    person = Person(database, role)
    person.sets_up()
    person.shows_password("second")
    assert person.stage("second") == "code"
    assert person.stage("second", minutes=15) == ""
    assert person.enters("second", 101) == "in"
    assert person.stage("second") == "in"


def test_one_that_was_only_begun_is_not_asked_for(sari):
    sari.does(second_factor.begin, "sealed")
    sari.shows_password("first")
    assert sari.stage("first") == "in"


def test_a_code_works_once_in_whichever_browser(sari):
    sari.sets_up(step=100)
    for token in ("one", "two", "three"):
        sari.shows_password(token)
    assert sari.enters("one", 100) == "code_used"
    assert sari.enters("one", 102) == "in"
    assert sari.enters("two", 102) == "code_used"
    assert sari.enters("two", 101) == "code_used"
    assert sari.enters("two", 103) == "in"
    assert sari.stage("three") == "code"


def test_of_two_browsers_with_one_code_one_gets_in(sari):
    sari.sets_up()
    for token in ("one", "two"):
        sari.shows_password(token)
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda token: sari.enters(token, 101), ("one", "two"))
        assert sorted(answers) == ["code_used", "in"]


def test_a_recovery_code_works_once(sari):
    sari.sets_up()
    for token in ("one", "two"):
        sari.shows_password(token)
    assert sari.enters("one", paper=PAPERS[3]) == "in"
    assert sari.enters("two", paper=PAPERS[3]) == "code_wrong"
    assert sari.enters("two", paper="BBBB-BBBB-BBBB-BBBB") == "code_wrong"
    assert sari.enters("two") == "code_wrong"
    assert sari.does(second_factor.find).papers == 9


def test_a_colleague_s_recovery_code_is_no_better_than_none(database, sari):
    sari.sets_up()
    budi = Person(database, "officer", "budi")
    budi.does(second_factor.begin, "sealed")
    budi.does(second_factor.confirm, "x", "sealed", 100, OTHERS, MONDAY)
    budi.shows_password("two")
    assert budi.enters("two", paper=PAPERS[0]) == "code_wrong"


def test_a_new_phone_replaces_the_old_one_only_when_it_is_confirmed(sari):
    sari.sets_up()
    sari.does(second_factor.begin, "other")
    assert sari.does(second_factor.find).secret == "sealed"
    with pytest.raises(Rejected, match="stale"):
        sari.does(second_factor.confirm, "first", "another", 200, PAPERS, MONDAY)
    sari.does(second_factor.confirm, "first", "other", 200, OTHERS, MONDAY)
    assert sari.does(second_factor.find).secret == "other"
    assert sari.does(second_factor.find).papers == 10
    sari.shows_password("one")
    assert sari.enters("one", 201) == "code_wrong"
    assert sari.enters("one", paper=PAPERS[0]) == "code_wrong"


def test_it_can_be_turned_off_where_the_role_allows(database, sari):
    sari.sets_up()
    sari.does(second_factor.drop, MONDAY)
    sari.shows_password("one")
    assert sari.stage("one") == "in"
    head = Person(database, "head", "camat")
    head.sets_up()
    with pytest.raises(Rejected, match="factor_needed"):
        head.does(second_factor.drop, MONDAY)


def test_a_reset_signs_out_and_leaves_the_password(sari):
    sari.sets_up()
    sari.shows_password("one")
    sari.enters("one", 101)
    sari.database.write(lambda tx: second_factor.reset(tx, " Sari ", MONDAY))
    assert sari.stage("one") == ""
    sari.shows_password("two")
    assert sari.stage("two") == "in"
    with pytest.raises(Rejected, match="unknown"):
        sari.database.write(lambda tx: second_factor.reset(tx, "nobody", MONDAY))


def test_another_password_signs_out_whoever_knew_the_old_one(sari):
    sari.shows_password("one")
    kept = hashed("rumah biru di bukit")
    sari.database.write(lambda tx: staff.change_password(tx, " Sari ", kept, MONDAY))
    assert sari.stage("one") == ""
    account = sari.database.read(lambda tx: staff.find(tx, "sari"))
    assert staff.matches(account, "rumah biru di bukit")
    with pytest.raises(Rejected, match="unknown"):
        sari.database.write(lambda tx: staff.change_password(tx, "nobody", kept, MONDAY))


def test_recovery_codes_are_kept_as_hashes(sari):
    sari.sets_up()
    kept = sari.database.read(
        lambda tx: json.dumps(
            [
                [str(value) for value in row]
                for row in tx.connection.exec_driver_sql("SELECT * FROM recovery_codes")
            ]
        )
    )
    assert "AAAA" not in kept


def test_an_officer_sees_where_they_are_signed_in_and_can_end_it(database, sari):
    budi = Person(database, "officer", "budi")
    for token in ("desk", "phone"):
        sari.shows_password(token)
    budi.shows_password("else")
    shown = sari.does(staff.browsers, "desk", MONDAY, DAY, DAY)
    assert sorted(each.here for each in shown) == [False, True]
    assert {each.agent for each in shown} == {"Chrome"}
    sari.does(staff.sign_out_others, "desk", MONDAY)
    assert [sari.stage(token) for token in ("desk", "phone")] == ["in", ""]
    assert budi.stage("else") == "in"
