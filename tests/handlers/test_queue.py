"""What the desk shows, on each kind of database."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desk_office import DeskOffice, Photo
from handlers import dossier, questions, queue
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.filters import Filters
from handlers.staff import Officer
from handlers.tickets import Actor
from storage import attachments
from storage.db import Database
from storage.files import Keys, Vault


@pytest.fixture
def office(database: Database, tmp_path: Path) -> DeskOffice:
    opened = DeskOffice(database, Vault(tmp_path / "files", Keys((b"k" * 32,))))
    opened.hires("sari", "Bu Sari")
    opened.hires("budi", "Pak Budi")
    return opened


def sees(office: DeskOffice, show: Callable[..., Any], *args: Any, by: str = "sari") -> Any:
    """What an officer of the first office is shown."""
    name = {"sari": "Bu Sari", "budi": "Pak Budi"}[by]
    officer = Officer("pu", by, name, "officer", "csrf", office.now)
    return office.database.write(
        lambda tx: show(tx, Sight.of(tx, office.house, officer, office.now), *args)
    )


def listed(
    office: DeskOffice, tab: str = "work", service: str = "", after: Any = None, most: int = 30
) -> Any:
    return sees(office, queue.show, tab, Filters(service=service), after, most)


def numbers(shown: Any) -> list[str]:
    return [line.number for line in shown.lines]


def test_the_oldest_promise_comes_first(office):
    office.waits(hours=3)
    late = office.receives()
    office.now -= timedelta(hours=2)
    early = office.receives()
    assert numbers(listed(office)) == [early, late]


def test_every_ticket_stands_on_exactly_one_page(office):
    wanted = {office.waits(minutes=n % 2).receives() for n in range(8)}
    seen, after = [], None
    while True:
        shown = listed(office, after=after, most=3)
        seen += numbers(shown)
        after = shown.more
        if after is None:
            break
    assert len(seen) == 8
    assert set(seen) == wanted


def test_closed_tickets_are_paged_from_the_last_change_back(office):
    closed = [office.receives() for _ in range(3)]
    for number in closed:
        office.waits(minutes=5).moves(number, "reject", note="Bukan di sini.")
    first = listed(office, "closed", most=2)
    second = listed(office, "closed", after=first.more, most=2)
    assert numbers(first) + numbers(second) == closed[::-1]
    assert second.more is None


def test_tabs_are_counted_for_the_chosen_service(office):
    office.receives()
    office.receives("domisili", photos={})
    ready = office.receives()
    office.moves(ready, "take")
    office.moves(ready, "finish")
    assert listed(office).counts == {"work": 2, "waiting": 0, "ready": 1, "closed": 0}
    shown = listed(office, service="domisili")
    assert shown.counts == {"work": 1, "waiting": 0, "ready": 0, "closed": 0}
    assert len(shown.lines) == 1


def test_what_was_closed_is_counted_up_to_five_hundred(office):
    number = office.receives()
    office.moves(number, "reject", note="Bukan di sini.")
    table = queue.tickets.TICKETS

    def multiply(tx: Any, first: int, last: int) -> None:
        row = queue.tickets.look(tx, number)._asdict()
        copies = [{**row, "id": n, "number": str(n)} for n in range(first, last + 1)]
        tx.execute(table.insert(), copies)

    office.database.write(lambda tx: multiply(tx, 1001, 1499))
    assert (listed(office).counts["closed"], listed(office).uncounted) == (500, False)
    office.database.write(lambda tx: multiply(tx, 2000, 2000))
    assert (listed(office).counts["closed"], listed(office).uncounted) == (500, True)


def test_only_what_the_office_owes_can_be_late(office):
    owed, waiting = office.receives(), office.receives()
    office.moves(waiting, "send_back", documents=["police"])
    office.waits(days=8)
    assert [line.late for line in listed(office).lines] == [True]
    assert numbers(listed(office)) == [owed]
    assert [line.late for line in listed(office, "waiting").lines] == [False]
    assert listed(office).late == 1


def test_a_replaced_photo_is_doubted_no_more(office):
    chat = office.chat()
    number = office.receives(
        chat=chat, photos={"police": [Photo("blurred")], "kk_photo": [Photo()]}
    )
    assert listed(office).lines[0].doubtful == 1
    better = office.stores(Photo(), chat)

    def replace(tx: Any) -> None:
        row = queue.tickets.look(tx, number)
        answers = {**row.answers, "police": [better]}
        queue.tickets.correct(tx, row.id, answers, [], office.now)
        attachments.link(tx, [better], row.id)

    office.database.write(replace)
    assert listed(office).lines[0].doubtful == 0
    shown = sees(office, dossier.show, number)
    assert [file.id for file in shown.papers.documents[0].files] == [better]
    assert [file.verdict for file in shown.papers.replaced] == ["blurred"]


def test_the_first_ticket_to_work_on_is_one_that_nobody_else_has(office):
    first, second = office.receives(), office.waits(minutes=30).receives()
    office.moves(first, "take", by="budi")
    assert listed(office).first == second
    assert sees(office, queue.first, by="budi") == first
    office.moves(second, "take", by="telegram:77")
    assert listed(office).first == ""
    kinds = {line.number: line.holder.kind for line in listed(office).lines}
    assert kinds == {first: "staff", second: "chat"}


def test_a_ticket_of_a_service_that_is_gone_can_still_be_read(office):
    number = office.receives()

    def rename(tx: Any) -> None:
        tx.connection.exec_driver_sql("UPDATE tickets SET service = 'gone'")

    office.database.write(rename)
    shown = sees(office, dossier.show, number)
    assert shown.title == "gone"
    assert {"3302271708900003", "Slamet Riyadi"} <= {answer.value for answer in shown.answers}
    assert len(shown.papers.replaced) == 2
    assert shown.main is None
    assert numbers(listed(office)) == [number]


def test_long_numbers_are_read_in_groups_of_four(office):
    shown = sees(office, dossier.show, office.receives())
    given = {answer.label: answer for answer in shown.answers}
    assert given["NIK"].digits == ["3302", "2717", "0890", "0003"]
    assert given["Nama"].digits == []
    assert given["Kelurahan"].value == "Grendeng"


def test_a_reply_reaches_the_chat_of_the_question_once(office):
    chat = office.is_asked("Buka jam berapa?")
    asked = listed(office).questions[0].id

    def replies(text: str, to: str = "pu") -> None:
        actor = Actor("staff", "sari", "Bu Sari")
        office.database.write(
            lambda tx: questions.reply(tx, office.house, to, asked, text, actor, office.now)
        )

    for text, code in (("", "reply_empty"), (" \u200b", "reply_empty"), ("a" * 3001, "reply_long")):
        with pytest.raises(Rejected, match=code):
            replies(text)
    with pytest.raises(Rejected, match="answered"):
        replies("Dari kantor lain", to="ma")
    replies("Jam 7.15 sampai 15.30, Bu.")
    with pytest.raises(Rejected, match="answered"):
        replies("Sekali lagi")
    expected = office.house.words.say(
        "officer_reply", text="Jam 7.15 sampai 15.30, Bu.", name="Bu Sari"
    )
    assert [message.text for message in office.heard(chat)] == [expected]
    assert listed(office).questions == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("Forbidden: bot was blocked by the user", "left"),
        ("Forbidden: user is deactivated", "left"),
        ("Chat not found", "gone"),
        ("telegram is not configured", "channel"),
        ("TimedOut", "other"),
    ],
)
def test_a_lost_message_says_why_in_a_word(office, error, reason):
    chat = office.chat()
    number = office.receives(chat=chat)
    office.loses("KTP sudah jadi", error, chat=chat)
    lost = listed(office).lost
    assert [(each.text, each.reason, each.number) for each in lost] == [
        ("KTP sudah jadi", reason, number)
    ]
    office.waits(days=15)
    assert listed(office).lost == []
