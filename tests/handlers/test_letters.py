"""Letters: numbered when they are issued and never before, confirmed by a page, taken back."""

from datetime import date
from typing import Any

import pytest

from handlers import letters, results, tickets
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.letterhead import Letterhead, initials
from handlers.staff import Officer
from handlers.tickets import Actor
from storage import letters as register
from storage import tickets as ticket_rows
from talk import MONDAY
from talk import house as make_house

PUBLIC = make_house(LOKET_WEB__PUBLIC_URL="https://loket.example.go.id")
SARI = Officer("pu", "sari", "Bu Sari", "officer", "csrf", MONDAY)
ANDI = Officer("ma", "andi", "Pak Andi", "officer", "csrf", MONDAY)


def sight(citizen: Any, officer: Officer = SARI) -> Any:
    return lambda tx: Sight.of(tx, PUBLIC, officer, citizen.now)


def issued(citizen: Any, number: str, officer: Officer = SARI) -> Any:
    see = sight(citizen, officer)
    row = citizen.database.write(lambda tx: letters.issue(tx, see(tx), number))
    return citizen.database.read(lambda tx: register.get(tx, row))


def moved(citizen: Any, number: str, *names: str) -> None:
    actor = Actor("staff", "sari", "Bu Sari")
    for name in names:
        citizen.database.write(
            lambda tx, n=name: tickets.move(tx, PUBLIC, "pu", number, n, actor, citizen.now)
        )


def requested(citizen: Any, service: str = "domisili") -> str:
    citizen.submits(service)
    moved(citizen, citizen.ticket, "take")
    return citizen.ticket


def test_letters_are_numbered_in_the_order_of_issue_without_gaps(meet):
    numbers = []
    for address in ("1", "2", "3"):
        citizen = meet(address)
        number = requested(citizen)
        numbers.append(issued(citizen, number).number)
        with pytest.raises(Rejected, match="letter_there"):
            issued(citizen, number)
    assert numbers == ["470/001/XI/2026", "470/002/XI/2026", "470/003/XI/2026"]
    lines = citizen.database.read(lambda tx: register.register(tx, "pu", 2026))
    assert [line.sequence for line in lines] == [1, 2, 3]


def test_each_series_and_each_year_counts_for_itself(meet):
    one, other, later = meet("1"), meet("2"), meet("3")
    assert issued(one, requested(one)).number == "470/001/XI/2026"
    assert issued(other, requested(other, "sktm")).number == "460/001/XI/2026"
    later.waits(days=60)
    assert issued(later, requested(later)).number == "470/001/I/2027"


def test_a_draft_takes_no_number(citizen):
    number = requested(citizen)
    see = sight(citizen)
    for _ in range(3):
        paper = citizen.database.read(lambda tx: letters.draft(tx, see(tx), number))
        assert (paper.data["draft"], paper.data["number"], paper.token) == (True, "", "")
    assert issued(citizen, number).sequence == 1


def test_a_letter_printed_again_after_a_crash_is_the_same(citizen):
    number = requested(citizen)
    row, see = issued(citizen, number), sight(citizen)
    first = citizen.database.read(lambda tx: letters.printed(tx, see(tx), row.id))
    citizen.waits(days=3)
    again = sight(citizen)
    assert citizen.database.read(lambda tx: letters.printed(tx, again(tx), row.id)) == first
    assert first.data["answers"]["name"] == "Yuni Astuti"
    assert first.data["until"] == "22 Mei 2027"


def test_a_letter_is_issued_only_while_the_request_is_in_hand(citizen):
    citizen.submits("domisili")
    with pytest.raises(Rejected, match="impossible"):
        issued(citizen, citizen.ticket)


def test_a_service_without_a_letter_has_none(citizen):
    number = requested(citizen, "ktp_ganti")
    with pytest.raises(Rejected, match="no_letter"):
        issued(citizen, number)


def test_another_office_issues_nothing(citizen):
    number = requested(citizen)
    with pytest.raises(Rejected, match="unknown"):
        issued(citizen, number, ANDI)


def test_the_page_confirms_a_letter_and_tells_only_initials(citizen):
    row = issued(citizen, requested(citizen))
    found = citizen.database.read(lambda tx: letters.confirm(tx, PUBLIC, row.token, citizen.now))
    assert (found.number, found.state, found.initials) == ("470/001/XI/2026", "valid", "Y. A.")
    assert found.office == "Kecamatan Purwokerto Utara"
    for personal in ("Yuni", "Astuti", "3302271708900003", "Kenanga"):
        assert personal not in repr(found)
    citizen.waits(days=181)
    over = citizen.database.read(lambda tx: letters.confirm(tx, PUBLIC, row.token, citizen.now))
    assert over.state == "over"
    unknown = citizen.database.read(lambda tx: letters.confirm(tx, PUBLIC, "A" * 12, citizen.now))
    assert unknown is None


def test_a_revoked_letter_says_so_and_a_new_one_gets_the_next_number(citizen):
    number = requested(citizen)
    row, see = issued(citizen, number), sight(citizen)
    with pytest.raises(Rejected, match="revocation_missing"):
        citizen.database.write(lambda tx: letters.revoke(tx, see(tx), number, "  "))
    citizen.database.write(lambda tx: letters.revoke(tx, see(tx), number, "Alamat salah"))
    found = citizen.database.read(lambda tx: letters.confirm(tx, PUBLIC, row.token, citizen.now))
    assert found.state == "revoked"
    assert issued(citizen, number).number == "470/002/XI/2026"


def test_the_register_names_no_citizen(citizen):
    number = requested(citizen)
    row, see = issued(citizen, number), sight(citizen)
    (line,) = citizen.database.read(lambda tx: letters.register(tx, see(tx), 2026))
    assert (line.number, line.ticket, line.state) == (row.number, number, "issued")
    assert "Yuni" not in repr(line)
    other = sight(citizen, ANDI)
    assert citizen.database.read(lambda tx: letters.register(tx, other(tx), 2026)) == []


# --- handed over in chat --------------------------------------------------------------------


def filed(citizen: Any, number: str) -> None:
    row = issued(citizen, number)
    citizen.database.write(lambda tx: register.filed(tx, row.id, f"letter-{row.token}"))


def sent(citizen: Any, number: str) -> str:
    see = sight(citizen)
    citizen.database.write(lambda tx: results.send(tx, see(tx), number))
    citizen.hears()
    return citizen.last.partition("/r/")[2].split()[0]


def moves(citizen: Any, number: str) -> list[str]:
    def work(tx):
        return [e.move for e in ticket_rows.events(tx, ticket_rows.look(tx, number).id)]

    return citizen.database.read(work)


def test_a_letter_reaches_the_chat_as_a_link_that_ends(citizen):
    number = requested(citizen)
    filed(citizen, number)
    secret = sent(citizen, number)
    assert "https://loket.example.go.id/r/" in citizen.last
    shown = citizen.database.read(lambda tx: results.look(tx, PUBLIC, secret, citizen.now))
    assert (shown.number, shown.title) == ("470/001/XI/2026", "Surat Keterangan Domisili")
    assert "result_opened" not in moves(citizen, number)
    for _ in range(2):
        file, office, _ = citizen.database.write(lambda tx: results.take(tx, secret, citizen.now))
    assert (file[:7], office) == ("letter-", "pu")
    assert moves(citizen, number).count("result_opened") == 1
    citizen.waits(days=15)
    assert citizen.database.read(lambda tx: results.look(tx, PUBLIC, secret, citizen.now)) is None
    with pytest.raises(Rejected, match="gone"):
        citizen.database.write(lambda tx: results.take(tx, secret, citizen.now))


def test_the_link_of_a_revoked_letter_opens_nothing(citizen):
    number = requested(citizen)
    filed(citizen, number)
    secret, see = sent(citizen, number), sight(citizen)
    citizen.database.write(lambda tx: letters.revoke(tx, see(tx), number, "Salah nama"))
    assert citizen.database.read(lambda tx: results.look(tx, PUBLIC, secret, citizen.now)) is None


def test_a_letter_that_is_not_in_the_vault_is_not_sent(citizen):
    number = requested(citizen)
    issued(citizen, number)
    with pytest.raises(Rejected, match="unprinted"):
        sent(citizen, number)


@pytest.mark.parametrize(
    ("names", "said"),
    [(["Yuni Astuti"], "Y. A."), (["slamet"], "S."), (["A B", "C D"], "A. B., C. D."), ([""], "")],
)
def test_initials_are_first_letters(names, said):
    assert initials(names) == said


def test_an_office_writes_its_numbers_as_it_likes():
    head = Letterhead(number="{sequence:02}/{code}/{office}/{month}/{year}")
    assert head.numbered("470", 7, date(2026, 8, 1), "PU") == "07/470/PU/VIII/2026"
