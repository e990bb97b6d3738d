"""Who works on a ticket, and what officers write about it: on each kind of database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desk_office import DeskOffice
from handlers import colleagues, dossier, staff
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.message import Message
from handlers.staff import Officer
from storage import outbox, tickets
from storage.db import Database
from storage.files import Keys, Vault
from storage.tables import OUTBOX

NAMES = {"sari": "Bu Sari", "budi": "Pak Budi", "rina": "Bu Rina"}


@pytest.fixture
def office(database: Database, tmp_path: Path) -> DeskOffice:
    opened = DeskOffice(database, Vault(tmp_path / "files", Keys((b"k" * 32,))))
    for login, name in NAMES.items():
        opened.hires(login, name)
    opened.hires("andi", "Pak Andi", "ma")
    return opened


@pytest.fixture
def held(office: DeskOffice) -> str:
    """A ticket that Bu Sari works on."""
    number = office.receives()
    office.moves(number, "take")
    return number


def does(office: DeskOffice, work: Callable[..., Any], *args: Any, by: str = "sari") -> Any:
    officer = Officer("pu", by, NAMES[by], "officer", "csrf", office.now)
    return office.database.write(
        lambda tx: work(tx, Sight.of(tx, office.house, officer, office.now), *args)
    )


def refused(*args: Any, **how: Any) -> str:
    with pytest.raises(Rejected) as rejected:
        does(*args, **how)
    return rejected.value.code


def holder(office: DeskOffice, number: str) -> str:
    return str(office.database.read(lambda tx: tickets.look(tx, number)).officer)


def last_alert(office: DeskOffice) -> str:
    group = office.house.office("pu").staff_chat
    rows = office.database.read(lambda tx: outbox.sent_to(tx, "telegram", group))
    return Message.of(rows[-1].payload).text


def test_a_ticket_is_taken_over_and_the_history_says_by_whom(office, held):
    office.waits(minutes=5)
    does(office, colleagues.hand, held, "sari", "budi", by="budi")
    assert holder(office, held) == "budi"
    shown = does(office, dossier.show, held).history[-1]
    assert (shown.move, shown.who.name, shown.whom.name) == ("take_over", "Pak Budi", "Pak Budi")
    assert last_alert(office) == f"🔁 {held} sekarang dikerjakan Pak Budi. Sebelumnya Bu Sari."


def test_a_ticket_is_handed_to_a_colleague_by_a_third(office, held):
    does(office, colleagues.hand, held, "sari", "budi", by="rina")
    assert holder(office, held) == "budi"
    shown = does(office, dossier.show, held).history[-1]
    assert (shown.move, shown.who.name, shown.whom.name) == ("hand_to", "Bu Rina", "Pak Budi")
    assert last_alert(office).endswith("Dialihkan oleh Bu Rina.")


def test_what_the_staff_chat_hears_names_no_citizen(office, held):
    does(office, colleagues.hand, held, "sari", "budi")
    said = last_alert(office)
    assert held in said
    assert "Slamet" not in said
    assert "3302" not in said


def test_of_two_at_once_one_gets_it_and_the_other_is_told(office, held):
    def take_over(login: str) -> str:
        try:
            does(office, colleagues.hand, held, "sari", login, by=login)
        except Rejected as rejected:
            return rejected.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take_over, ("budi", "rina"))) == ["done", "taken"]
    assert [e.move for e in does(office, dossier.show, held).history].count("take_over") == 1


def test_a_page_that_names_an_earlier_holder_hands_nothing_on(office, held):
    does(office, colleagues.hand, held, "sari", "budi")
    assert refused(office, colleagues.hand, held, "sari", "rina") == "taken"
    assert refused(office, colleagues.hand, held, "budi", "budi") == "taken"
    assert holder(office, held) == "budi"


@pytest.mark.parametrize("login", ["andi", "nobody", "", "telegram:1"])
def test_a_ticket_stays_with_the_staff_of_its_office(office, held, login):
    assert refused(office, colleagues.hand, held, "sari", login) == "colleague_unknown"


def test_nobody_is_handed_a_ticket_after_they_left(office, held):
    office.database.write(lambda tx: staff.disable(tx, "budi", office.now))
    assert refused(office, colleagues.hand, held, "sari", "budi") == "colleague_unknown"
    assert does(office, dossier.show, held).others == [("rina", "Bu Rina")]


def test_a_new_or_closed_ticket_is_not_handed_on(office, held):
    new = office.receives()
    assert refused(office, colleagues.hand, new, "", "budi") == "impossible"
    office.moves(held, "reject", note="Bukan di sini.")
    assert refused(office, colleagues.hand, held, "sari", "budi") == "impossible"
    assert does(office, dossier.show, held).others == ()
    assert not does(office, dossier.show, held, by="budi").foreign


def test_another_office_s_ticket_is_unknown(office):
    foreign = office.receives(office="ma", kelurahan="sukaramai_i")
    assert refused(office, colleagues.hand, foreign, "", "sari") == "unknown"
    assert refused(office, colleagues.write, foreign, "Halo") == "unknown"


def test_a_note_stands_in_the_history_where_it_was_written(office, held):
    office.waits(minutes=5)
    does(office, colleagues.write, held, " Sudah telepon  Dukcapil.\r\n\r\n\r\nBesok lagi. ")
    office.waits(minutes=5).moves(held, "finish")
    history = does(office, dossier.show, held, by="budi").history
    assert [line.move for line in history] == ["submit", "take", "note", "finish"]
    assert history[2].note == "Sudah telepon Dukcapil.\n\nBesok lagi."
    assert history[2].who.name == "Bu Sari"


@pytest.mark.parametrize(
    ("text", "code"), [("", "note_empty"), (" \n\u200b", "note_empty"), ("a" * 1001, "note_long")]
)
def test_a_note_has_words_but_not_too_many(office, held, text, code):
    assert refused(office, colleagues.write, held, text) == code


def test_a_note_is_never_told_to_the_citizen(office, meet):
    citizen = meet().submits("ktp_ganti")
    does(office, colleagues.write, citizen.ticket, "RAHASIA di antara kita")
    citizen.says("status")
    assert citizen.ticket in citizen.last
    office.moves(citizen.ticket, "take")
    does(office, colleagues.hand, citizen.ticket, "sari", "budi")
    office.moves(citizen.ticket, "reject", note="Bukan di sini.")
    citizen.says("status")
    rows = office.database.read(lambda tx: list(tx.execute(sa.select(OUTBOX.c.payload))))
    assert len(rows) > 5
    assert not any("RAHASIA" in row.payload for row in rows)
    said = [message.text for message in office.heard(citizen)]
    assert not any("Pak Budi" in text for text in said)
