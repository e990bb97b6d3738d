"""What citizens ask about their data: in chat, decided by staff, gone for good."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.eraser import delete_files
from bot.gate import Gate
from handlers import colleagues, erasure, privacy
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.staff import Officer
from handlers.tickets import Actor, move
from staff_at_work import Member
from storage import conversations, outbox
from storage import privacy as requests
from storage.db import Database
from storage.files import Keys, Missing, Vault
from storage.tables import (
    ATTACHMENTS,
    COLLECTIONS,
    CONSENTS,
    DATA_REQUESTS,
    INBOX,
    LETTERS,
    METADATA,
    PEOPLE,
    TICKETS,
    WALKINS,
    Utc,
)
from talk import MONDAY, STAFF_CHAT, Citizen, rows, ticks

PHONE = "+6281234567890"
SECRETS = (b"3302271708900003", b"Yuni Astuti", b"6281234567890", b"Yuni")
HEAD = Officer("pu", "camat", "Pak Camat", "head", "", MONDAY)


def sight(citizen: Citizen, officer: Officer = HEAD) -> Sight:
    return citizen.database.read(lambda tx: Sight.of(tx, citizen.house, officer, citizen.now))


def decides(citizen: Citizen, keep: dict[str, str] | None = None, officer: Officer = HEAD) -> None:
    see = sight(citizen, officer)
    row = rows(citizen.database, DATA_REQUESTS)[-1]
    citizen.database.write(lambda tx: erasure.decide(tx, see, row.id, keep or {}))
    citizen.hears()


def delivers(citizen: Citizen) -> None:
    """Everything that was promised is sent."""

    def work(tx: Any) -> None:
        tx.execute(sa.update(outbox.OUTBOX).values(state="sent", settled_at=citizen.now))

    citizen.database.write(work)


def asks(citizen: Citizen, words: str = "hapus data", answer: str = "Ya, hapus") -> Citizen:
    return citizen.says(words).chooses(answer)


def open_requests(citizen: Citizen) -> list[tuple[str, str]]:
    return [(row.kind, row.state) for row in rows(citizen.database, DATA_REQUESTS)]


def alerts(citizen: Citizen) -> str:
    found = citizen.database.read(lambda tx: outbox.sent_to(tx, "telegram", STAFF_CHAT))
    return "\n".join(row.payload for row in found if "\U0001f510" in row.payload)


# --- a copy ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["data saya", "Data saya dong", "dataku", "minta data saya", "dta saya"]
)
def test_who_asks_for_their_data_is_told_what_comes_before_it_is_made(citizen, words):
    citizen.says(words)
    assert "Buat salinannya sekarang?" in citizen.last
    assert open_requests(citizen) == []


def test_a_copy_comes_as_a_link_that_works_once_within_a_day(meet, house):
    public = replace(house, pages_url="https://loket.test/", secret=lambda: "a-secret-token")
    citizen = Citizen(meet().database, public)
    citizen.submits()
    asks(citizen, "data saya", "Ya, buatkan")
    (button,) = citizen.heard[-1].choices
    assert button.url == "https://loket.test/d/a-secret-token"
    assert open_requests(citizen) == [("export", "done")]
    name, now = privacy.kept("a-secret-token"), citizen.now
    database = citizen.database
    assert database.read(lambda tx: requests.link(tx, name, now))
    assert database.read(lambda tx: requests.link(tx, name, now + timedelta(hours=24))) is None
    assert database.write(lambda tx: requests.use(tx, name, now)) is not None
    assert database.write(lambda tx: requests.use(tx, name, now)) is None


def test_where_no_link_can_be_opened_staff_make_the_copy(citizen):
    citizen.submits()
    asks(citizen, "data saya", "Ya, buatkan")
    assert "Petugas menyiapkannya paling lambat Kamis, 26 November" in citizen.last
    assert open_requests(citizen) == [("export", "open")]
    assert "minta salinan" in alerts(citizen)


@pytest.mark.parametrize("words", ["data saya", "hapus data", "cabut persetujuan"])
def test_who_changes_their_mind_keeps_everything(citizen, words):
    citizen.submits().says(words).chooses("Tidak jadi")
    assert "tidak ada yang berubah" in citizen.last
    assert open_requests(citizen) == []


# --- erasing: asked for ---------------------------------------------------------------


def test_erasing_is_put_on_the_desk_with_its_72_hours(citizen):
    citizen.submits()
    asks(citizen)
    (row,) = rows(citizen.database, DATA_REQUESTS)
    assert (row.office_id, row.kind, row.state) == ("pu", "erase", "open")
    assert row.due_at - row.asked_at == timedelta(hours=72)
    assert "Petugas memutuskannya paling lambat Kamis, 26 November" in citizen.last
    told = alerts(citizen)
    assert "minta datanya dihapus" in told
    assert "Yuni" not in told


def test_asking_twice_is_one_wish(citizen):
    citizen.submits()
    asks(citizen)
    first = citizen.last
    asks(citizen)
    assert citizen.last == first
    assert len(open_requests(citizen)) == 1


def test_staff_are_reminded_a_day_before_and_every_morning_after_the_limit(citizen):
    citizen.submits()
    asks(citizen)
    ticks(citizen, hours=48)
    assert "tinggal sehari" in alerts(citizen)
    ticks(citizen, hours=24)
    assert alerts(citizen).count("sudah lewat") == 1
    ticks(citizen, hours=24)
    assert alerts(citizen).count("sudah lewat") == 2
    decides(citizen)
    ticks(citizen, hours=48)
    assert alerts(citizen).count("sudah lewat") == 2


def test_what_lies_at_two_offices_is_decided_by_each(citizen):
    citizen.submits().submits(office="ma")
    asks(citizen)
    assert sorted(row.office_id for row in rows(citizen.database, DATA_REQUESTS)) == ["ma", "pu"]


def test_taking_the_consent_back_counts_at_once_and_drops_what_was_not_sent(citizen):
    citizen.submits().starts("domisili").continues(until="name")
    asks(citizen, "cabut persetujuan", "Ya, tarik")
    assert rows(citizen.database, CONSENTS)[-1].given is False
    assert rows(citizen.database, PEOPLE)[0].consent == ""
    row = citizen.database.read(lambda tx: conversations.peek(tx, "telegram", "1"))
    assert row is not None
    assert row.session == ""
    assert open_requests(citizen) == [("withdraw", "open")]


# --- erasing: decided -----------------------------------------------------------------


def test_what_was_under_way_ends_and_the_citizen_is_told_once(citizen):
    citizen.submits()
    number = citizen.ticket
    asks(citizen)
    before = len(citizen.heard)
    decides(citizen)
    (row,) = rows(citizen.database, TICKETS)
    assert (row.number, row.status, row.answers) == (number, "withdrawn", {})
    assert [message.text for message in citizen.heard[before:]] == [
        "✅ Data Bapak/Ibu di Kecamatan Purwokerto Utara sudah dihapus semua.\n"
        "Isi chat di HP Bapak/Ibu bisa dihapus sendiri.\n"
        "Perlu kami lagi? Tulis saja di sini kapan pun."
    ]


def test_what_the_law_keeps_stays_and_the_citizen_reads_why(citizen):
    citizen.submits()
    kept = citizen.ticket
    citizen.submits("domisili")
    asks(citizen)
    decides(citizen, {kept: "Sudah jadi arsip kependudukan."})
    one, other = rows(citizen.database, TICKETS)
    assert one.answers["name"] == "Yuni Astuti"
    assert other.answers == {}
    assert f"• {kept}: Sudah jadi arsip kependudukan." in citizen.last
    delivers(citizen)
    ticks(citizen, hours=3)
    row = citizen.database.read(lambda tx: conversations.peek(tx, "telegram", "1"))
    assert row is not None  # the office still has to reach them about it
    assert open_requests(citizen) == [("erase", "done")]


@pytest.mark.parametrize(("reason", "code"), [(" ", "reason_missing"), ("x" * 201, "reason_long")])
def test_nothing_is_kept_without_a_reason(citizen, reason, code):
    citizen.submits()
    asks(citizen)
    with pytest.raises(Rejected) as rejected:
        decides(citizen, {citizen.ticket: reason})
    assert rejected.value.code == code
    assert open_requests(citizen) == [("erase", "open")]
    assert rows(citizen.database, TICKETS)[0].answers["name"] == "Yuni Astuti"


def test_of_two_who_decide_one_is_told_and_another_office_sees_nothing(citizen):
    citizen.submits()
    asks(citizen)
    with pytest.raises(Rejected, match="unknown"):
        decides(citizen, officer=replace(HEAD, office_id="ma"))
    decides(citizen)
    with pytest.raises(Rejected, match="stale"):
        decides(citizen)


def test_the_address_waits_until_the_last_message_has_arrived(citizen):
    citizen.submits()
    asks(citizen)
    decides(citizen)
    ticks(citizen, hours=3)
    assert citizen.database.read(lambda tx: conversations.peek(tx, "telegram", "1")) is not None
    delivers(citizen)
    ticks(citizen, hours=3)
    assert citizen.database.read(lambda tx: conversations.peek(tx, "telegram", "1")) is None
    assert open_requests(citizen) == [("erase", "done")]


def test_who_begins_anew_meanwhile_goes_on_undisturbed(citizen):
    citizen.submits()
    asks(citizen)
    decides(citizen)
    citizen.starts("domisili").continues(until="name")
    delivers(citizen)
    ticks(citizen, hours=3)
    assert citizen.was_asked("name")


def test_another_chat_of_the_same_person_keeps_its_name_and_its_requests(meet):
    phone, other = meet(PHONE, "whatsapp"), meet("7")
    phone.submits()
    other.submits().shares_phone(PHONE)
    assert len(rows(phone.database, PEOPLE)) == 1
    asks(phone)
    decides(phone)
    delivers(phone)
    ticks(phone, hours=3)
    one, two = rows(phone.database, TICKETS)
    assert (one.answers, two.answers["name"]) == ({}, "Yuni Astuti")
    assert one.person_id != two.person_id
    kept, blank = rows(phone.database, PEOPLE)
    assert kept.phone == PHONE
    assert (blank.phone, blank.name) == ("", "")


# --- and not a byte is left -----------------------------------------------------------


def everything(database: Database) -> bytes:
    """All that is in all tables."""
    parts = []
    for table in METADATA.sorted_tables:
        wanted = sa.select(*(sa.cast(column, sa.Text) for column in table.columns))
        parts += database.read(lambda tx, q=wanted: [repr(tuple(row)) for row in tx.execute(q)])
    return "\n".join(parts).encode()


def on_disk(database: Database) -> bytes:
    """The database file itself, after VACUUM; nothing for PostgreSQL, whose tables must do."""
    if not database.sqlite:
        return b""
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        connection.rollback()
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = Path(str(database.engine.url.database))
    return b"".join(p.read_bytes() for p in path.parent.glob(f"{path.name}*"))


HOLDS_NOTHING_OF_CITIZENS = {
    "audit", "bookmarks", "broadcasts", "canned_replies", "closures", "counters", "displays",
    "door_codes", "doomed_files", "due", "enclosures", "forgotten", "invites", "protocols",
    "recovery_codes", "second_factors", "sequences", "sources", "staff", "staff_doors",
    "staff_sessions",
}  # fmt: skip
ERASED = {
    "alerts", "appointments", "arrivals", "attachments", "begun", "broadcast_taps", "collections",
    "consents", "conversations", "data_links", "data_requests", "decisions", "inbox", "letters",
    "link_codes", "link_tries", "mutes", "optin_events", "optins", "originals", "outbox",
    "passes", "people", "questions", "recipients", "results", "scans", "signed", "talk_words",
    "talks", "ticket_events", "ticket_keys", "ticket_notes", "tickets", "views", "walkins",
}  # fmt: skip
"""Tables about citizens: what is in them goes by storage/erasure.py, or is no personal data."""


def test_every_table_says_whether_it_holds_anything_of_citizens():
    """A new table: does storage/erasure.py empty it?  Then write it down here."""
    assert {table.name for table in METADATA.sorted_tables} == HOLDS_NOTHING_OF_CITIZENS | ERASED


def leaves_traces_at_the_counter(tx: Any) -> None:
    """Somebody helped, somebody collected, and a letter was printed."""
    ticket = tx.execute(sa.select(TICKETS)).first()
    about = {"office_id": "pu", "ticket_id": ticket.id}
    for table, values in (
        (WALKINS, {"conversation_id": ticket.conversation_id, "helper_name": "Ibu Yuni Astuti",
                   "relation": "ibu", "mandate": "Surat kuasa Yuni", "phone": "081234567890",
                   "after": 0}),
        (COLLECTIONS, {"name": "Ibu Yuni Astuti", "relation": "ibu"}),
        (LETTERS, {"file": "letter-0001", "initials": "Y. A.", "reason": "Nama Yuni salah",
                   "year": 2026, "sequence": 1, "state": "revoked"}),
    ):  # fmt: skip
        plain = {
            column.name: MONDAY if isinstance(column.type, Utc) else ""
            for column in table.columns
            if not column.nullable and not column.primary_key
        }
        tx.execute(sa.insert(table).values(**{**plain, **about, **values}))


async def clears(database: Database, vault: Vault) -> int:
    return await delete_files(Gate(database), vault)


def test_after_erasure_no_byte_of_the_citizen_is_left_in_tables_or_files(meet, tmp_path):
    citizen = meet(
        PHONE,
        "whatsapp",
    )
    vault = Vault(tmp_path / "files", Keys((b"k" * 32,)))
    citizen.submits()
    number = citizen.ticket
    sari = Actor("staff", "sari", "Bu Sari")
    database = citizen.database

    def lives_on(tx: Any) -> None:
        """The traces that a real life leaves."""
        raw = '{"Body": "3302271708900003", "ProfileName": "Yuni", "From": "6281234567890"}'
        tx.execute(sa.update(INBOX).values(raw=raw, error="NIK 3302271708900003"))
        tx.execute(sa.update(PEOPLE).values(name="Yuni"))
        tx.execute(sa.update(ATTACHMENTS).values(
            state="stored", caption="KTP Yuni Astuti", remote={"url": "6281234567890"},
        ))  # fmt: skip

    database.write(lives_on)
    database.write(lambda tx: move(tx, citizen.house, "pu", number, "take", sari, citizen.now))
    see = sight(citizen)
    database.write(lambda tx: colleagues.write(tx, see, number, "Bu Yuni Astuti menelepon"))
    database.write(
        lambda tx: move(tx, citizen.house, "pu", number, "send_back", sari, citizen.now,
                        note="NIK 3302271708900003 kabur", documents=["kk_photo"])
    )  # fmt: skip
    citizen.sends().says("petugas").says("Nama saya Yuni Astuti, HP 081234567890")
    citizen.sends(caption="KTP Yuni Astuti")
    citizen.says("sambungkan").chooses("Belum, minta kode")
    citizen.starts("domisili").continues(until="kelurahan")
    officer = Member(citizen, "budi", "Pak Budi", address="43").hired()
    officer.links()
    talk = officer.talks_about(number)
    citizen.says("Ini Yuni Astuti, NIK 3302271708900003")
    officer.says(talk, "Baik, Bu Yuni Astuti.")
    officer.ends(talk)
    names = [row.id for row in rows(database, ATTACHMENTS)]
    for name in names:
        vault.put(name, "pu", b"a picture of 3302271708900003")
    database.write(leaves_traces_at_the_counter)
    vault.put("letter-0001", "pu", b"a letter for Yuni Astuti")
    for secret in SECRETS:
        assert secret in everything(database)

    asks(citizen)
    decides(citizen)
    assert asyncio.run(clears(database, vault)) == len(names) + 1
    assert not any(path.is_file() for path in (tmp_path / "files").rglob("*"))
    for name in names:
        with pytest.raises(Missing):
            vault.get(name, "pu")
    delivers(citizen)
    ticks(citizen, hours=3)

    left = everything(database) + on_disk(database)
    assert number.encode() in left  # the row stays, for statistics
    for secret in (*SECRETS, b"kabur", b"menelepon", b"081234567890", b"Y. A."):
        assert secret not in left, left[max(0, left.find(secret) - 300) :][:600]


def test_a_photo_that_arrives_after_its_erasure_goes_as_well(citizen, tmp_path):
    vault = Vault(tmp_path / "files", Keys((b"k" * 32,)))
    citizen.starts("ktp_ganti").continues(until="kk_photo")
    file = citizen.announces()
    asks(citizen)
    decides(citizen)
    assert asyncio.run(clears(citizen.database, vault)) > 0
    vault.put(file, "pu", b"bytes")  # the fetcher had it in hand all the while
    citizen.judged(file)
    assert asyncio.run(clears(citizen.database, vault)) == 1
    assert not any(path.is_file() for path in (tmp_path / "files").rglob("*"))


def test_after_erasure_the_same_phone_is_somebody_new(meet):
    citizen = meet(PHONE, "whatsapp").submits()
    asks(citizen)
    decides(citizen)
    delivers(citizen)
    ticks(citizen, hours=3)
    citizen.says("status")
    assert "belum ada permohonan" in citizen.last.lower()
