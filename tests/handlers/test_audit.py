"""The audit log: every deed is there, once, in order, and no change to it goes unnoticed."""

import ast
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader

from bot.desk.pages import FOLDER
from desk_office import PASSWORD, DeskOffice, hashed
from handlers import audit, colleagues, questions, staff, viewing
from handlers.audit import ACTIONS, Head
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.tickets import Actor
from storage.audit import sealed
from storage.db import Database
from storage.files import Keys, Vault
from storage.tables import AUDIT, SEQUENCES
from talk import MONDAY

ROOT = Path(__file__).resolve().parents[2]
_A = AUDIT.c


@pytest.fixture
def office(database: Database, tmp_path: Path) -> DeskOffice:
    """An office with two officers; nothing of it is served."""
    office = DeskOffice(database, Vault(tmp_path / "files", Keys((b"k" * 32,))))
    office.hires("sari", "Bu Sari")
    office.hires("budi", "Pak Budi")
    return office


def does(database: Database, number: int, office: str = "pu") -> None:
    """One deed."""
    now = MONDAY + timedelta(seconds=number)
    database.write(
        lambda tx: audit.record(tx, office, "sari", "ticket.take", f"n{number}", now, was="x")
    )


def verdict(database: Database, office: str = "pu", *kept: Head) -> tuple[str, int]:
    """What is wrong, and with which entry."""
    found = database.read(lambda tx: audit.verify(tx, office, kept))
    return found.wrong, found.seq


def log(database: Database, office: str = "pu") -> list[tuple[str, str, str]]:
    """Who did what to what."""
    wanted = sa.select(AUDIT).where(_A.office_id == office).order_by(_A.seq)
    rows = database.read(lambda tx: list(tx.execute(wanted)))
    return [(row.actor, row.action, row.subject) for row in rows]


def tamper(database: Database, *statements: Any) -> None:
    """What somebody with the password of the database can do."""

    def work(tx: Any) -> None:
        for statement in statements:
            tx.execute(statement)

    database.write(work)


@pytest.fixture
def ten(database: Database) -> Database:
    """An office's chain of ten entries."""
    for number in range(10):
        does(database, number)
    return database


# --- the chain ------------------------------------------------------------------------


def test_a_chain_that_nobody_touched_is_whole(ten):
    found = ten.read(lambda tx: audit.verify(tx, "pu"))
    assert (found.entries, found.wrong) == (10, "")
    assert found.head == ten.read(lambda tx: audit.heads(tx))[0]


def test_an_office_that_did_nothing_has_nothing_to_be_wrong(database):
    assert verdict(database) == ("", 0)


def test_each_office_has_a_chain_of_its_own(ten):
    does(ten, 99, "ma")
    assert [(h.office_id, h.seq) for h in ten.read(audit.heads)] == [("ma", 1), ("pu", 10)]


@pytest.mark.parametrize(
    "values",
    [
        {"actor": "budi"}, {"action": "ticket.reject"}, {"subject": "n8"}, {"detail": "{}"},
        {"at": MONDAY}, {"previous": "0" * 64}, {"hash": "0" * 64},
    ],
    ids=lambda values: next(iter(values)),
)  # fmt: skip
def test_a_changed_entry_is_found(ten, values):
    tamper(ten, sa.update(AUDIT).where(_A.seq == 5).values(**values))
    wrong, seq = verdict(ten)
    assert wrong
    assert seq == 5


def test_an_entry_whose_hash_was_made_to_fit_breaks_the_next_one(ten):
    row = ten.read(lambda tx: tx.execute(sa.select(AUDIT).where(_A.seq == 5)).one())
    new = SimpleNamespace(**{**row._mapping, "actor": "budi"})
    tamper(ten, sa.update(AUDIT).where(_A.seq == 5).values(actor="budi", hash=sealed(new)))
    assert verdict(ten) == ("unlinked", 6)


@pytest.mark.parametrize(("gone", "named"), [(1, 1), (5, 5)])
def test_a_deleted_entry_is_missed(ten, gone, named):
    tamper(ten, sa.delete(AUDIT).where(_A.seq == gone))
    assert verdict(ten) == ("missing", named)


def test_a_gap_that_was_closed_up_is_found(ten):
    tamper(
        ten,
        sa.delete(AUDIT).where(_A.seq == 5),
        *(sa.update(AUDIT).where(_A.seq == n).values(seq=n - 1) for n in range(6, 11)),
    )
    assert verdict(ten) == ("unlinked", 5)


def test_two_entries_that_changed_places_are_found(ten):
    tamper(
        ten,
        sa.update(AUDIT).where(_A.seq == 4).values(seq=99),
        sa.update(AUDIT).where(_A.seq == 5).values(seq=4),
        sa.update(AUDIT).where(_A.seq == 99).values(seq=5),
    )
    assert verdict(ten) == ("unlinked", 4)


@pytest.mark.parametrize(("seq", "wrong"), [(0, "added"), (11, "added"), (12, "missing")])
def test_an_entry_that_was_slipped_in_is_found(ten, seq, wrong):
    last = ten.read(audit.heads)[0]
    new = {
        "office_id": "pu", "seq": seq, "at": MONDAY, "actor": "budi", "action": "ticket.take",
        "subject": "n", "detail": "", "previous": last.hash,
    }  # fmt: skip
    tamper(ten, sa.insert(AUDIT).values(**new, hash=sealed(SimpleNamespace(**new))))
    assert verdict(ten)[0] == wrong


def test_a_tail_that_was_cut_off_is_missed(ten):
    tamper(ten, sa.delete(AUDIT).where(_A.seq > 7))
    assert verdict(ten) == ("cut", 8)


def test_whoever_also_turns_the_counter_back_is_found_by_a_head_kept_elsewhere(ten):
    kept = ten.read(audit.heads)[0]
    tamper(
        ten,
        sa.delete(AUDIT).where(_A.seq > 7),
        sa.update(SEQUENCES).where(SEQUENCES.c.series == "audit").values(last=7),
    )
    assert verdict(ten) == ("", 0)
    assert verdict(ten, "pu", kept) == ("cut", 8)
    for number in range(20, 25):
        does(ten, number)
    assert verdict(ten, "pu", kept) == ("other", 10)


def test_a_chain_that_went_on_still_holds_its_earlier_head(ten):
    kept = ten.read(audit.heads)[0]
    does(ten, 11)
    assert verdict(ten, "pu", kept) == ("", 0)


def test_a_whole_chain_that_is_gone_is_missed(ten):
    tamper(ten, sa.delete(AUDIT))
    assert verdict(ten) == ("cut", 1)
    assert ten.read(audit.offices) == ["pu"]


def test_long_chains_are_walked_in_pieces(database):
    database.write(lambda tx: [
        audit.record(tx, "pu", "sari", "ticket.take", f"n{n}", MONDAY) for n in range(1234)
    ])  # fmt: skip
    found = database.read(lambda tx: audit.verify(tx, "pu"))
    assert (found.entries, found.wrong) == (1234, "")


def test_many_at_once_neither_fork_the_chain_nor_lose_an_entry(database):
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda n: does(database, n, "pu" if n % 3 else "ma"), range(300)))
    for office, amount in (("pu", 200), ("ma", 100)):
        found = database.read(lambda tx, office=office: audit.verify(tx, office))
        assert (found.entries, found.wrong) == (amount, "")
        subjects = {subject for _, _, subject in log(database, office)}
        assert len(subjects) == amount


def test_what_was_rolled_back_leaves_neither_entry_nor_gap(database):
    def fails(tx: Any) -> None:
        audit.record(tx, "pu", "sari", "ticket.take", "n", MONDAY)
        raise Rejected("impossible")

    does(database, 1)
    with pytest.raises(Rejected):
        database.write(fails)
    does(database, 2)
    assert [subject for _, _, subject in log(database)] == ["n1", "n2"]
    assert verdict(database) == ("", 0)


# --- what is written down -------------------------------------------------------------


def test_a_deed_that_nobody_knows_is_refused(database):
    with pytest.raises(ValueError, match="no such action"):
        database.write(lambda tx: audit.record(tx, "pu", "sari", "ticket.eaten", "n", MONDAY))


def test_what_staff_do_to_a_ticket_is_written_down_with_it(office):
    number = office.receives()
    office.moves(number, "take")
    office.moves(number, "send_back", documents=["kk_photo"], note="Slamet Riyadi kabur")
    assert log(office.database)[2:] == [
        ("sari", "ticket.take", number),
        ("sari", "ticket.send_back", number),
    ]


def test_what_citizens_do_is_in_the_history_of_the_ticket_alone(office):
    before = len(log(office.database))
    office.receives()
    assert len(log(office.database)) == before


def test_a_hand_over_and_a_look_at_a_photo_and_an_answer_are_written_down(office):
    number = office.receives()
    office.moves(number, "take")

    def sight(tx: Any) -> Sight:
        account = staff.find(tx, "budi")
        officer = staff.Officer("pu", "budi", account.name, "officer", "", MONDAY)
        return Sight.of(tx, office.house, officer, office.now)

    office.database.write(lambda tx: colleagues.hand(tx, sight(tx), number, "sari", "budi"))
    office.database.write(lambda tx: viewing.look(tx, sight(tx), "file-000002"))
    office.database.write(lambda tx: viewing.look(tx, sight(tx), "file-000002"))
    office.is_asked("Kapan jadi?")
    who = Actor("staff", "budi", "Pak Budi")
    office.database.write(
        lambda tx: questions.reply(tx, office.house, "pu", 1, "Besok.", who, office.now)
    )
    assert log(office.database)[3:] == [
        ("budi", "ticket.take_over", number),
        ("budi", "document.viewed", "file-000002"),
        ("budi", "ticket.answered", "question:1"),
    ]


def test_coming_in_and_being_refused_are_written_down_but_never_what_was_typed(office):
    database = office.database
    account = database.read(lambda tx: staff.find(tx, "sari"))
    database.write(lambda tx: staff.sign_in(tx, account, "token", "csrf", MONDAY))
    database.write(lambda tx: staff.refuse(tx, " Sari", MONDAY))
    database.write(lambda tx: staff.refuse(tx, "kata sandi saya", MONDAY))
    assert log(database)[2:] == [("sari", "access.in", "sari"), ("sari", "access.refused", "sari")]
    assert log(database, "") == [("", "access.refused", "")]


def test_what_happens_to_accounts_is_written_down(office):
    database, kept = office.database, hashed(PASSWORD)
    database.write(lambda tx: staff.make_invite(tx, "pu", "kasi", "secret", MONDAY, by="sari"))
    database.write(lambda tx: staff.accept_invite(tx, "secret", "andi", "Andi", kept, MONDAY))
    database.write(lambda tx: staff.change_password(tx, "andi", kept, MONDAY))
    database.write(lambda tx: staff.disable(tx, "andi", MONDAY, by="budi"))
    name = f"invite:{staff.digest('secret')[:12]}"
    assert log(database)[2:] == [
        ("sari", "staff.invited", name),
        ("andi", "staff.added", "andi"),
        ("console", "staff.password", "andi"),
        ("budi", "staff.disabled", "andi"),
    ]


def test_no_entry_holds_a_citizen_s_data(office):
    number = office.receives(chat=office.chat(phone="+628123456789", name="Slamet"))
    office.moves(number, "take")
    office.moves(number, "reject", note="NIK 3302271708900003 atas nama Slamet Riyadi salah")
    rows = office.database.read(lambda tx: list(tx.execute(sa.select(AUDIT))))
    text = repr(rows)
    for secret in ("3302271708900003", "Slamet", "8123456789", "salah"):
        assert secret not in text


# --- words ----------------------------------------------------------------------------


def test_every_deed_has_words_for_those_who_read_the_log():
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True)
    told: Any = environment.get_template("audit_words.html").module
    assert {f"{kind}.{name}" for kind, names in ACTIONS.items() for name in names} == {
        *told.actions
    }
    assert {*ACTIONS} == {*told.kinds}


def test_every_deed_in_the_code_is_one_of_the_table():
    for path in [*(ROOT / "handlers").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                action = node.args[3]
                if isinstance(action, ast.Constant):
                    kind, _, name = str(action.value).partition(".")
                    assert name in ACTIONS[kind], f"{path}: {action.value}"
