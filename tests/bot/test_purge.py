"""What was kept long enough goes by itself, and nothing else does."""

import asyncio
import time
from datetime import timedelta

import sqlalchemy as sa

from bot.eraser import delete_files
from bot.gate import Gate
from bot.purge import purge
from handlers import audit
from handlers.retention import Keeping
from handlers.tickets import Actor, move
from staff_at_work import Member
from storage import conversations, retention
from storage.files import Keys, Vault
from storage.tables import (
    ATTACHMENTS,
    AUDIT,
    CONVERSATIONS,
    DOOMED_FILES,
    INBOX,
    OUTBOX,
    QUESTIONS,
    TALK_WORDS,
    TALKS,
    TICKET_KEYS,
    TICKETS,
    Utc,
)
from talk import MONDAY, Citizen, rows

SARI = Actor("staff", "sari", "Bu Sari")
KEEPING = Keeping()


def purges(citizen: Citizen, keeping: Keeping = KEEPING, **later: float) -> int:
    citizen.now += timedelta(**later)

    async def work() -> int:
        return await purge(Gate(citizen.database), keeping, citizen.now)

    return asyncio.run(work())


def closes(citizen: Citizen) -> Citizen:
    number = citizen.ticket
    citizen.database.write(
        lambda tx: move(tx, citizen.house, "pu", number, "reject", SARI, citizen.now, note="Maaf")
    )
    return citizen.hears()


def file_states(citizen: Citizen) -> set[str]:
    return {row.state for row in rows(citizen.database, ATTACHMENTS)}


def purged(citizen: Citizen) -> list[str]:
    wanted = sa.select(AUDIT.c.subject).where(AUDIT.c.action == "data.purged")
    return [row.subject for row in citizen.database.read(lambda tx: list(tx.execute(wanted)))]


def test_photos_of_a_closed_request_go_after_their_time_and_answers_after_theirs(citizen):
    closes(citizen.submits())
    purges(citizen, days=89)
    assert file_states(citizen) == {"stored"}
    purges(citizen, days=2)
    assert file_states(citizen) == {"erased"}
    assert rows(citizen.database, TICKETS)[0].answers["name"] == "Yuni Astuti"
    purges(citizen, days=280)
    (row,) = rows(citizen.database, TICKETS)
    assert (row.answers, row.status) == ({}, "rejected")
    assert rows(citizen.database, TICKET_KEYS) == []
    assert purged(citizen) == ["photos", "answers"]
    found = citizen.database.read(lambda tx: audit.verify(tx, "pu"))
    assert not found.wrong


def test_what_is_still_under_way_stays_however_old(citizen):
    citizen.submits()
    purges(citizen, days=1000)
    assert rows(citizen.database, TICKETS)[0].answers["name"] == "Yuni Astuti"
    assert file_states(citizen) == {"stored"}


def test_what_was_begun_and_not_sent_goes_with_its_photos(citizen):
    citizen.starts("ktp_ganti").continues(until="kk_photo")
    assert file_states(citizen) == {"stored"}
    purges(citizen, days=29)
    assert citizen.state is not None
    purges(citizen, days=2)
    assert citizen.state is None
    assert file_states(citizen) == set()


def test_documents_asked_for_again_are_still_awaited(citizen):
    citizen.submits()
    number = citizen.ticket
    citizen.database.write(
        lambda tx: move(tx, citizen.house, "pu", number, "send_back", SARI, citizen.now,
                        documents=["kk_photo"])
    )  # fmt: skip
    purges(citizen, days=31)
    assert citizen.was_asked("kk_photo")


def test_who_writes_again_keeps_the_draft(citizen):
    citizen.starts("domisili").continues(until="name")
    citizen.waits(days=29).says("lanjut")
    purges(citizen, days=3)
    row = citizen.database.read(lambda tx: conversations.peek(tx, "telegram", "1"))
    assert row is not None
    assert "nik" in row.session


def test_old_updates_messages_and_answered_questions_go_and_those_unsent_stay(citizen):
    citizen.says("petugas").chooses("Purwokerto Utara").says("NIK saya 3302271708900003")

    def sends(tx: object) -> None:
        tx.execute(sa.update(OUTBOX).where(OUTBOX.c.id > 1).values(state="sent"))  # type: ignore[attr-defined]
        tx.execute(sa.update(QUESTIONS).values(answered_at=citizen.now, reply="Baik."))  # type: ignore[attr-defined]

    citizen.database.write(sends)
    purges(citizen, days=91)
    assert rows(citizen.database, INBOX) == []
    assert [row.id for row in rows(citizen.database, OUTBOX)] == [1]
    assert rows(citizen.database, QUESTIONS)[0].text == ""


def test_what_was_said_with_officers_goes_as_well(citizen):
    citizen.says("petugas").chooses("Purwokerto Utara").says("Halo")
    (chat,) = rows(citizen.database, CONVERSATIONS)

    def talks(tx: object) -> None:
        tx.execute(sa.insert(TALKS).values(  # type: ignore[attr-defined]
            id=1, **given(TALKS, office_id="pu", conversation_id=chat.id, officer="sari")
        ))  # fmt: skip
        tx.execute(sa.insert(TALK_WORDS).values(  # type: ignore[attr-defined]
            **given(TALK_WORDS, office_id="pu", talk_id=1, conversation_id=chat.id, text="NIK 33")
        ))  # fmt: skip

    citizen.database.write(talks)
    purges(citizen, days=91)
    assert rows(citizen.database, TALK_WORDS) == []


def lives_on(citizen: Citizen, days: int) -> None:
    """Somebody who writes every few days, for so long."""
    for _ in range(0, days, 9):
        purges(citizen.says("status"), days=9)


def test_a_photo_of_a_talk_goes_with_the_words_although_the_chat_lives_on(citizen):
    sari = Member(citizen.submits()).hired()
    talk = sari.talks_about(citizen.ticket)
    citizen.sends(caption="foto KK lama")
    sari.ends(talk)
    (sent,) = (row for row in rows(citizen.database, ATTACHMENTS) if row.ticket_id is None)
    lives_on(citizen, 81)
    assert sent.id in {row.id for row in rows(citizen.database, ATTACHMENTS)}
    lives_on(citizen, 18)
    assert rows(citizen.database, TALK_WORDS) == []
    assert all(row.ticket_id for row in rows(citizen.database, ATTACHMENTS))
    assert sent.id in {row.id for row in rows(citizen.database, DOOMED_FILES)}


def test_a_photo_of_an_open_question_stays_while_the_chat_lives_on(citizen):
    citizen.opens("pu").says("petugas").says("Foto ini benar tidak?").sends()
    lives_on(citizen, 99)
    assert file_states(citizen) == {"stored"}


def test_a_photo_that_a_newer_one_replaced_goes_by_its_own_age(citizen):
    citizen.starts("ktp_ganti").continues(until="kk_photo").says("kembali").sends()
    citizen.continues()
    (first, *_) = rows(citizen.database, ATTACHMENTS)
    assert first.ticket_id is None
    lives_on(citizen, 27)
    assert first.id in {row.id for row in rows(citizen.database, ATTACHMENTS)}
    lives_on(citizen, 9)
    left = rows(citizen.database, ATTACHMENTS)
    assert len(left) == 2
    assert all(row.ticket_id for row in left)


def test_photos_of_a_draft_stay_as_long_as_the_draft(citizen):
    citizen.starts("ktp_ganti").continues(until="kk_photo")
    lives_on(citizen, 99)
    assert file_states(citizen) == {"stored"}


def test_photos_of_a_correction_wait_for_the_others_that_were_asked_for(citizen):
    number = citizen.submits().ticket
    citizen.database.write(
        lambda tx: move(tx, citizen.house, "pu", number, "send_back", SARI, citizen.now,
                        documents=["police", "kk_photo"])
    )  # fmt: skip
    citizen.hears().sends()
    count = len(rows(citizen.database, ATTACHMENTS))
    purges(citizen, days=31)
    assert len(rows(citizen.database, ATTACHMENTS)) == count


def given(table: sa.Table, **values: object) -> dict[str, object]:
    """A row with these values; every other column that must have one gets a plain one."""
    plain = {
        column.name: MONDAY if isinstance(column.type, Utc) else ""
        for column in table.columns
        if not column.nullable and not column.primary_key
    }
    return {**plain, **values}


def test_it_is_done_once_a_day(citizen):
    closes(citizen.submits())
    assert purges(citizen, days=91) > 0
    citizen.submits()
    closes(citizen)
    assert purges(citizen, hours=23) == 0
    assert purges(citizen, days=91) > 0


def test_what_is_kept_for_ever_stays(citizen):
    closes(citizen.submits())
    purges(citizen, Keeping(None, None, None, None), days=4000)
    assert file_states(citizen) == {"stored"}
    assert rows(citizen.database, INBOX)


def test_the_bytes_go_from_the_vault_and_the_rows_of_loose_photos_with_them(citizen, tmp_path):
    citizen.starts("ktp_ganti").continues(until="kk_photo")
    vault = Vault(tmp_path / "files", Keys((b"k" * 32,)))
    for row in rows(citizen.database, ATTACHMENTS):
        vault.put(row.id, "pu", b"bytes")
    purges(citizen, days=31)
    assert rows(citizen.database, ATTACHMENTS) == []

    async def clears() -> int:
        return await delete_files(Gate(citizen.database), vault)

    assert asyncio.run(clears()) == 1
    assert not any(path.is_file() for path in (tmp_path / "files").rglob("*"))
    assert asyncio.run(clears()) == 0


def test_one_step_holds_the_writer_for_a_moment_only(sqlite):
    """Thirty thousand old updates are waiting: no chat waits for them."""
    row = {
        "office_id": "pu", "channel": "telegram", "address": "1", "raw": "x" * 500,
        "state": "done", "error": "", "received_at": MONDAY,
    }  # fmt: skip
    for start in range(0, 30_000, 10_000):
        some = [{**row, "external_id": str(start + n)} for n in range(10_000)]
        sqlite.write(lambda tx, some=some: tx.execute(sa.insert(INBOX), some))
    later, longest, count = MONDAY + timedelta(days=1), 0.0, 1
    while count:
        began = time.perf_counter()
        count = sqlite.write(lambda tx: retention.updates(tx, later, 100))
        longest = max(longest, time.perf_counter() - began)
    assert longest < 0.25
