"""Walk-ins: the same conversation, led by an officer at the counter, and what follows from it."""

import re
from datetime import timedelta
from typing import Any

import pytest

from bot import paper
from flows.model import Said, Sent, Tapped
from handlers import counter, delivery, queue, reminders, slips, tickets, walkins
from handlers.attachments import Found, judge
from handlers.delivery import Settled
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.filters import Filters
from handlers.staff import Officer
from handlers.tickets import Actor
from handlers.walkins import Helping
from printed import text
from storage import conversations, outbox
from storage import tickets as ticket_rows
from storage import walkins as rows
from storage.db import Database
from talk import ANSWERS, LONGEST, MONDAY

SARI = Officer("pu", "sari", "Bu Sari", "officer", "csrf", MONDAY)
BUDI = Officer("pu", "budi", "Pak Budi", "officer", "csrf", MONDAY)
ANDI = Officer("ma", "andi", "Pak Andi", "officer", "csrf", MONDAY)
ALONE = Helping()


class Counter:
    """An officer at the counter, with a person before them."""

    def __init__(self, database: Database, house: Any, officer: Officer = SARI) -> None:
        self.database, self.house, self.officer = database, house, officer
        self.now = MONDAY
        self.id = 0
        self._files = 0

    def begins(self, service: str = "domisili", helping: Helping = ALONE) -> "Counter":
        self.id = self.database.write(
            lambda tx: walkins.begin(tx, self.house, self.officer, service, helping, self.now)
        )
        return self

    @property
    def page(self) -> counter.Page:
        return self.database.read(
            lambda tx: counter.show(tx, Sight.of(tx, self.house, self.officer, self.now), self.id)
        )

    def does(self, event: Any, asked: str = "", nonce: str = "") -> str:
        self.now += timedelta(seconds=5)
        said = walkins.Said(event, nonce or self.page.nonce, asked, {"upload": "x", "office": "pu"})
        return self.database.write(
            lambda tx: walkins.say(tx, self.house, self.officer, self.id, said, self.now)
        )

    def photographs(self, verdict: str = "good") -> None:
        self._files += 1
        file = f"file-{self.id}-{self._files:04}"
        self.does(Sent(file))
        assert self.page.kind == "waiting"
        found = Found("stored", verdict, "photo", "image/jpeg", "0" * 64, 1000)
        self.database.write(lambda tx: judge(tx, self.house, file, found, self.now))

    def fills(self) -> str:
        """Answer whatever is asked until the request is sent; its number."""
        for _ in range(LONGEST):
            page = self.page
            if page.kind == "over":
                return page.number
            if page.kind == "document":
                self.photographs()
            elif page.kind == "text":
                flow = self.house.catalog("pu").services["domisili"]
                self.does(Said(ANSWERS[flow.step(page.asked).check]), page.asked)
            else:
                likely = next((c for c in page.choices if c.likely), page.choices[0])
                self.does(Tapped(likely.token), page.asked)
        raise AssertionError(self.page)


@pytest.fixture
def desk(database, house):
    return Counter(database, house)


def moved(desk: Counter, number: str, *moves: str, **how: Any) -> None:
    actor = Actor("staff", "sari", "Bu Sari")
    for name in moves:
        desk.database.write(
            lambda tx, name=name: tickets.move(
                tx, desk.house, "pu", number, name, actor, desk.now, **how
            )
        )


def ticket(desk: Counter, number: str) -> Any:
    return desk.database.read(lambda tx: ticket_rows.look(tx, number))


def slip(desk: Counter, number: str) -> slips.Slip:
    return desk.database.write(
        lambda tx: slips.slip(tx, Sight.of(tx, desk.house, desk.officer, desk.now), number)
    )


# --- filling in ---------------------------------------------------------------------------


def test_a_walk_in_becomes_a_ticket_like_any_other(desk):
    number = desk.begins().fills()
    row = ticket(desk, number)
    assert (row.channel, row.status, row.office_id) == ("desk", "submitted", "pu")
    assert row.answers["nik"] == "3302271708900003"
    assert row.answers["consent" if "consent" in row.answers else "nik"]


def test_the_same_checks_and_words_hold_at_the_counter(desk):
    desk.begins()
    while desk.page.kind != "text":
        desk.does(Tapped(desk.page.choices[0].token), desk.page.asked)
    assert desk.page.asked == "nik"
    desk.does(Said("330227170890"), "nik")
    assert "12 angka" in desk.page.notes[-1]
    assert desk.page.question.startswith("Tulis NIK pemohon")
    assert desk.page.asked == "nik"


def test_back_asks_the_last_question_again(desk):
    desk.begins()
    first = desk.page.asked
    desk.does(Tapped(desk.page.choices[0].token), first)
    assert desk.page.asked != first
    desk.does(Tapped("back"))
    assert desk.page.asked == first


def test_a_blurred_photo_can_be_taken_again_or_kept(desk):
    desk.begins()
    while desk.page.kind != "document":
        page = desk.page
        flow = desk.house.catalog("pu").services["domisili"]
        event = (
            Said(ANSWERS[flow.step(page.asked).check]) if page.kind == "text"
            else Tapped(page.choices[0].token)
        )  # fmt: skip
        desk.does(event, page.asked)
    desk.photographs("blurred")
    assert desk.page.kind == "document"
    desk.photographs("blurred")
    assert [choice.label for choice in desk.page.choices] == ["Foto lagi", "Kirim apa adanya"]


def test_the_same_form_sent_twice_counts_once(desk):
    desk.begins()
    page = desk.page
    desk.does(Tapped(page.choices[0].token), page.asked, "once")
    before = desk.page
    desk.does(Tapped(page.choices[0].token), "", "once")
    assert desk.page.asked == before.asked


def test_an_answer_to_a_question_of_before_is_refused(desk):
    desk.begins()
    page = desk.page
    desk.does(Tapped(page.choices[0].token), page.asked)
    with pytest.raises(Rejected, match="passed"):
        desk.does(Tapped(page.choices[0].token), page.asked)


def test_who_is_represented_is_likely_to_be_asked_for_as_another(desk):
    desk.begins(helping=Helping("family", "Budi", "anak", "surat kuasa"))
    likely = [choice.label for choice in desk.page.choices if choice.likely]
    assert likely == ["Orang lain"]
    number = desk.fills()
    assert ticket(desk, number).answers["applicant"] == "proxy"
    assert "mandate" in ticket(desk, number).answers


@pytest.mark.parametrize(
    ("helping", "code"),
    [
        (Helping("nobody"), "helper_missing"),
        (Helping("family", "Budi"), "name_missing"),
        (Helping("family", "Budi", "anak"), "mandate_missing"),
        (Helping("officer"), "mandate_missing"),
        (Helping(phone="12"), "phone_wrong"),
    ],
)
def test_who_speaks_for_whom_is_said_at_the_beginning(desk, helping, code):
    with pytest.raises(Rejected, match=code):
        desk.begins(helping=helping)


def test_an_unknown_service_cannot_begin(desk):
    with pytest.raises(Rejected, match="service_missing"):
        desk.begins("x")


# --- whose it is --------------------------------------------------------------------------


@pytest.mark.parametrize("other", [BUDI, ANDI])
def test_a_draft_belongs_to_the_officer_who_began_it(desk, other):
    desk.begins()
    desk.officer = other
    with pytest.raises(Rejected, match="unknown"):
        _ = desk.page


def test_a_draft_can_be_gone_on_with_for_a_day(desk):
    desk.begins()
    desk.now += timedelta(hours=23)
    assert desk.page.asked
    desk.now += timedelta(hours=2)
    with pytest.raises(Rejected, match="unknown"):
        _ = desk.page


def test_after_a_day_the_answers_of_a_draft_are_forgotten(desk):
    desk.begins(helping=Helping(phone="081234567890"))
    desk.does(Tapped(desk.page.choices[0].token))
    row = desk.database.read(lambda tx: rows.get(tx, desk.id))
    assert row.session
    assert row.phone == "+6281234567890"

    class Due:
        subject = str(desk.id)

    desk.database.write(lambda tx: walkins.end(tx, desk.house, Due, desk.now + timedelta(days=1)))
    row = desk.database.read(lambda tx: rows.get(tx, desk.id))
    assert (row.session, row.phone) == ("", "")


def test_the_page_for_photos_is_for_one_walk_in_and_ends(desk):
    desk.begins()
    desk.database.write(lambda tx: walkins.open_upload(tx, desk.house, SARI, desk.id, desk.now))
    secret = desk.page.upload
    assert len(secret) > 30
    assert desk.database.read(lambda tx: counter.is_open(tx, secret, desk.now)) == "pu"
    late = desk.now + timedelta(minutes=31)
    assert desk.database.read(lambda tx: counter.is_open(tx, secret, late)) is None
    assert desk.database.read(lambda tx: counter.is_open(tx, "", desk.now)) is None


# --- linking a phone later ------------------------------------------------------------------


def test_the_slips_code_brings_the_request_into_a_chat_once(desk, meet):
    number = desk.begins().fills()
    code = slip(desk, number).code
    assert re.fullmatch(r"\d{4} \d{4} \d{4}", code)
    citizen = meet("77", "telegram")
    citizen.now = desk.now
    citizen.opens("pu").says(f"sambungkan {code}")
    assert number in citizen.last
    assert slip(desk, number).code == ""
    moved(desk, number, "take", "finish")
    citizen.hears()
    assert any("sudah jadi" in message.text for message in citizen.heard)
    other = meet("78", "telegram")
    other.now = desk.now
    other.opens("pu").says(f"sambungkan {code}")
    assert number not in other.last


def test_the_slip_of_a_walk_in_can_be_printed(desk):
    number = desk.begins().fills()
    made = slip(desk, number)
    said = text(paper.pdf("slip", made.data("80", paper.qr("https://x/p/A")), desk.now))
    assert f"sambungkan {made.code}" in said
    assert number in said


def test_the_slips_code_ends_after_a_month(desk):
    number = desk.begins().fills()
    desk.now += timedelta(days=31)
    assert slip(desk, number).code == ""


# --- news to people without a chat ------------------------------------------------------------


def fate(desk: Counter) -> list[tuple[str, str]]:
    """What became of each piece of news, when the counter's channel says that nobody is there."""
    address = desk.database.read(lambda tx: rows.get(tx, desk.id)).address
    found = []
    for row in desk.database.read(lambda tx: outbox.sent_to(tx, "desk", address)):
        message = row.payload
        if '"kind"' not in message:
            continue
        claimed = desk.database.write(lambda tx, i=row.id: outbox.get(tx, i))
        verdict = Settled(claimed, "failed", 1, "absent")
        desk.database.write(lambda tx, v=verdict: delivery.settle(tx, desk.house, [v], desk.now))
        state = desk.database.read(lambda tx, i=row.id: outbox.get(tx, i)).state
        template = re.search(r'"template":"(\w+)"', message)
        found.append((template[1] if template else "", state))
    return found


def test_without_a_phone_news_is_let_be(desk):
    number = desk.begins().fills()
    moved(desk, number, "take", "finish", "hand_over")
    assert fate(desk) == [("moved_ready", "dropped"), ("moved_collected", "dropped")]


def test_with_a_phone_staff_are_asked_to_call_where_it_matters(desk):
    number = desk.begins(helping=Helping(phone="0812 3456 7890")).fills()
    moved(desk, number, "take", "finish", "hand_over")
    assert fate(desk) == [("moved_ready", "failed"), ("moved_collected", "dropped")]
    sight = desk.database.read(lambda tx: Sight.of(tx, desk.house, SARI, desk.now))

    lost = desk.database.read(lambda tx: queue.show(tx, sight, "work", Filters(), None)).lost
    assert [(each.phone, each.reason, each.number) for each in lost] == [
        ("+6281234567890", "absent", number)
    ]


def test_a_document_sent_back_is_photographed_again_at_the_counter(desk):
    number = desk.begins().fills()
    moved(desk, number, "take")
    moved(desk, number, "send_back", documents=["ktp"])
    assert desk.page.kind == "document"
    assert desk.page.number == number
    desk.officer = BUDI
    desk.photographs()
    assert ticket(desk, number).status == "in_review"


def test_no_reminders_are_written_to_the_counter(desk):
    desk.begins()
    address = desk.database.read(lambda tx: rows.get(tx, desk.id)).address
    chat = desk.database.read(lambda tx: conversations.peek(tx, "desk", address))

    class Due:
        kind, subject, office_id = "draft.1", str(chat.id), "pu"

    outcome = desk.database.write(
        lambda tx: reminders.draft(tx, desk.house, Due, desk.now + timedelta(days=2))
    )
    assert outcome == reminders.Dropped("at the counter")
