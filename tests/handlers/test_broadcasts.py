"""A broadcast from its draft to its end: who gets it, when, once, and what stops it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random

import pytest
import sqlalchemy as sa

from campaign import NEWS, Campaign
from handlers import broadcasts as texts
from handlers import dispatch, feeding, staff
from handlers.broadcasts import Written
from handlers.errors import Rejected
from handlers.message import Message
from handlers.offices import House
from storage import broadcasts, conversations, due, optins, staff_doors
from storage import staff as staff_rows
from storage.segments import PRIME
from storage.tables import BROADCASTS, CONVERSATIONS, OUTBOX, RECIPIENTS
from talk import MONDAY, Citizen, rows, ticks
from talk import house as make_house

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def house() -> House:
    """A house that tells people things, twice a month at most."""
    return make_house(LOKET_BROADCASTS__PER_MONTH="2")


@pytest.fixture
def campaign(database, house) -> Campaign:
    return Campaign(database, house)


# --- who gets it --------------------------------------------------------------------------


def test_news_goes_to_those_who_agreed_and_to_nobody_else(campaign):
    campaign.people(3)
    campaign.people(2, first=10, state="out")
    campaign.people(2, first=20, state="no")
    campaign.people(2, first=30, state="")
    campaign.people(2, first=40, office="ma")
    campaign.goes()
    assert campaign.turns() == {"promised": 3}
    assert campaign.ends()
    assert campaign.row.state == "done"


def test_a_message_carries_the_name_the_button_and_the_way_out(campaign):
    campaign.people(1)
    campaign.goes()
    (row,) = campaign.promised()
    message = Message.of(row.payload)
    assert message.text.startswith("Halo Bapak/Ibu Warga 1, surat domisili")
    assert message.text.endswith('Tidak mau info lagi? Tulis "berhenti".')
    assert [each.label for each in message.choices] == ["Coba sekarang"]
    assert (row.priority, message.template) == (9, "broadcast_news")


def test_a_person_with_two_chats_gets_it_once_where_they_wrote_last(campaign, database):
    campaign.people(1)
    campaign.people(1, first=2, channel="whatsapp")
    database.write(lambda tx: conversations.join(tx, 2, into=1))
    later = sa.update(CONVERSATIONS).where(CONVERSATIONS.c.channel == "whatsapp")
    database.write(lambda tx: tx.execute(later.values(seen_at=MONDAY + DAY)))
    campaign.goes()
    assert [row.channel for row in campaign.promised()] == ["whatsapp"]


def test_two_who_turn_out_to_be_one_do_not_get_it_twice(campaign, database):
    campaign.people(2)
    campaign.writes().plans()
    campaign.searches().feeds(most=1)
    database.write(lambda tx: conversations.join(tx, 1, into=2))
    campaign.feeds()
    assert campaign.turns() == {"promised": 1}
    assert len(campaign.promised()) == 1


def test_nobody_gets_more_news_than_the_office_promised(campaign):
    campaign.people(3)
    for _ in range(2):
        campaign.goes()
    with pytest.raises(Rejected, match="broadcast_nobody"):
        campaign.goes()
    campaign.now += 31 * DAY
    campaign.goes()
    assert campaign.turns() == {"promised": 3}


def test_what_is_due_to_a_request_goes_to_those_who_have_one(database, house, campaign, meet):
    meet(address="1").submits("domisili")
    meet(address="2").starts("domisili")
    stopped = meet(address="3").submits("domisili")
    stopped.says("berhenti")
    campaign.goes(Written("Tutup", "Kantor tutup hari Jumat.", "service", holdout=0))
    assert [row.address for row in campaign.promised()] == ["1"]
    assert campaign.texts() == ["Kantor tutup hari Jumat."]


@pytest.mark.parametrize(
    ("segment", "meant"),
    [
        ({"used": ["domisili"]}, ["1"]),
        ({"unused": ["domisili"]}, ["2", "3"]),
        ({"newcomers": True}, ["2", "3"]),
        ({"drafts": ["ktp_ganti"]}, ["2"]),
        ({"drafts": "any"}, ["2"]),
        ({"drafts": ["kia"]}, []),
        ({"kelurahan": ["grendeng"]}, ["1"]),
        ({"kelurahan": ["bobosan"]}, []),
        ({"channels": ["whatsapp"]}, []),
        ({"seen_before": "2026-11-23"}, []),
        ({"seen_after": "2026-11-23"}, ["1", "2", "3"]),
        ({"agreed_after": "2026-11-23", "agreed_before": "2026-11-24"}, ["1", "2", "3"]),
        ({"agreed_before": "2026-11-23"}, []),
    ],
)
def test_a_segment_narrows_the_choice(campaign, meet, segment, meant):
    meet(address="1").submits("domisili", kelurahan="grendeng").chooses("Boleh")
    meet(address="2").starts("ktp_ganti").continues(until="nik").says("mulai info")
    meet(address="3").opens("pu").says("mulai info")
    written = replace(NEWS, segment=segment)
    campaign.now += timedelta(hours=1)
    if meant:
        campaign.goes(written)
        assert [row.address for row in campaign.promised()] == meant
    else:
        with pytest.raises(Rejected, match="broadcast_nobody"):
            campaign.goes(written)


# --- the hold-out -------------------------------------------------------------------------


def test_the_held_out_are_drawn_by_the_seed_and_have_their_turn_without_a_message(campaign):
    campaign.people(400)
    campaign.goes(replace(NEWS, holdout=25))
    held = campaign.turns()["held"]
    assert 70 <= held <= 130  # 100 by expectation, 8.7 of standard deviation
    assert campaign.turns()["promised"] == len(campaign.promised()) == 400 - held
    assert campaign.row.held == held
    assert all(row.at == campaign.now for row in rows(campaign.database, RECIPIENTS))


def test_both_databases_draw_the_same_and_another_seed_draws_others(campaign):
    campaign.people(60)
    drawn = {}
    for seed in (7, 8):
        campaign.writes(replace(NEWS, holdout=20), seed=seed).plans()
        campaign.searches()
        found = rows(campaign.database, RECIPIENTS)
        mine = [row for row in found if row.broadcast_id == campaign.number]
        drawn[seed] = [row.person_id for row in mine if row.held]
    assert drawn[7] == [person for person in range(1, 61) if reckoned(person, 20, 7)]
    assert drawn[8] != drawn[7]


def reckoned(person: int, percent: int, seed: int) -> bool:
    """The draw by hand."""
    chance = Random(seed)
    a, b, c, d = (chance.randrange(1, PRIME) for _ in range(4))
    return (a * person**3 + b * person**2 + c * person + d) % PRIME < PRIME * percent // 100


# --- once, whatever happens -----------------------------------------------------------------


def test_people_are_found_part_by_part_and_a_crash_between_loses_nobody(campaign):
    campaign.people(35)
    campaign.writes().plans()
    for part in range(1, 5):
        campaign.database.write(
            lambda tx: feeding.search(tx, campaign.house, campaign.number, campaign.now, 10)
        )
        assert campaign.row.cursor == min(10 * part, 35)
    assert campaign.turns() == {"waiting": 35}
    campaign.searches()
    assert campaign.turns() == {"waiting": 35}


def test_a_message_and_its_mark_are_there_together_or_not_at_all(campaign):
    campaign.people(5)
    campaign.writes().plans()
    campaign.searches()

    def killed(tx):
        feeding.feed(tx, campaign.house, campaign.number, "telegram", 3, campaign.now)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        campaign.database.write(killed)
    assert campaign.turns() == {"waiting": 5}
    assert campaign.promised() == []
    assert campaign.feeds() == 5
    assert campaign.feeds() == 0
    assert len({row.address for row in campaign.promised()}) == 5


# --- when ----------------------------------------------------------------------------------


def test_a_planned_one_begins_when_it_is_due(campaign, meet):
    campaign.people(2)
    campaign.writes()
    assert campaign.plans(at=MONDAY + DAY) == "planned"
    clock = meet()
    assert "broadcast" not in ticks(clock, hours=23)
    assert ticks(clock, hours=2)["broadcast"] == "done"
    assert campaign.row.state == "sending"


def test_a_recurring_one_plans_the_next_with_people_of_its_own(campaign, meet, database):
    campaign.people(2)
    campaign.writes(replace(NEWS, every="weekly")).plans(at=MONDAY + DAY)
    ticks(meet(), days=1)
    first, second = rows(database, BROADCASTS)
    assert (first.state, second.state) == ("sending", "planned")
    assert second.planned_at == MONDAY + 8 * DAY
    assert second.seed != first.seed
    assert database.read(lambda tx: due.find(tx, "broadcast", str(second.id))) is not None


def test_nobody_is_written_to_at_night(campaign):
    campaign.people(2)
    campaign.now = MONDAY + timedelta(hours=12)  # 20.00 in Purwokerto
    campaign.writes().plans()
    assert campaign.searches().feeds() == 0
    campaign.now += timedelta(hours=11)
    assert campaign.feeds() == 2


# --- stopped, and on again ------------------------------------------------------------------


def test_a_pause_takes_back_what_did_not_go_out_and_resume_sends_it_once(campaign):
    campaign.people(10)
    campaign.goes()
    assert campaign.delivers(most=4) == 4
    campaign.does(dispatch.pause)
    assert campaign.turns() == {"promised": 4, "waiting": 6}
    assert campaign.delivers() == 0
    assert campaign.feeds() == 0
    campaign.does(dispatch.resume)
    assert campaign.feeds() == 6
    assert campaign.delivers() == 6
    assert len({row.address for row in campaign.promised()}) == 10


def test_a_cancel_ends_it_at_once(campaign):
    campaign.people(10)
    campaign.goes()
    campaign.delivers(most=4)
    campaign.does(dispatch.cancel)
    assert campaign.turns() == {"promised": 4, "dropped cancelled": 6}
    assert campaign.feeds() == 0
    assert not campaign.ends()
    with pytest.raises(Rejected, match="broadcast_changed"):
        campaign.does(dispatch.resume)


def test_a_cancelled_plan_does_not_begin(campaign, meet):
    campaign.people(1)
    campaign.writes().plans(at=MONDAY + DAY)
    campaign.does(dispatch.cancel)
    assert ticks(meet(), days=2)["broadcast"] == "dropped"


def test_who_says_stop_in_the_middle_gets_nothing_more(campaign, meet, database):
    citizen = meet(address="5001")
    campaign.people(3)
    citizen.says("mulai info")
    campaign.writes().plans()
    campaign.searches().feeds(most=1)
    assert [row.address for row in campaign.promised()] == ["5001"]
    citizen.says("STOP!")
    meet(address="5002").says("berhenti")
    campaign.feeds()
    assert campaign.turns() == {"dropped opted_out": 2, "promised": 1}
    assert [row.address for row in campaign.promised()] == ["5003"]
    (count,) = [database.read(lambda tx: broadcasts.opted_out(tx, campaign.number))]
    assert count == 1  # the other one was never promised anything


def test_who_left_the_chat_is_passed_over(campaign, meet):
    campaign.people(2)
    campaign.writes().plans()
    campaign.searches()
    meet(address="5001").leaves()
    campaign.feeds()
    assert campaign.turns() == {"dropped left": 1, "promised": 1}


# --- the watch ------------------------------------------------------------------------------


def test_too_many_failures_pause_it_and_the_office_hears_of_it(campaign, database):
    campaign.people(250)
    campaign.goes()
    campaign.delivers("failed", "Forbidden: bot was blocked", most=60)
    campaign.delivers(most=150)
    assert campaign.watched() == "failures"
    assert (campaign.row.state, campaign.row.reason) == ("paused", "failures")
    assert campaign.turns()["waiting"] == 40
    alert = rows(database, OUTBOX)[-1]
    assert (alert.address, alert.priority) == ("-1001", 1)
    assert "Domisili" in Message.of(alert.payload).text
    campaign.does(dispatch.resume)
    assert campaign.watched() == ""  # counted anew from there


def test_who_wrote_it_and_who_approved_it_hear_of_the_pause_in_their_own_chats(campaign, database):
    def hires(tx, login, address):
        staff.add(tx, "pu", login, login.title(), "kasi", "-", campaign.now)
        staff_doors.link(tx, staff_rows.by_login(tx, login), "telegram", address, campaign.now)

    for login, address in (("sari", "701"), ("camat", "702"), ("budi", "703")):
        database.write(partial(hires, login=login, address=address))
    campaign.people(250)
    campaign.writes(author="sari")
    database.write(
        lambda tx: broadcasts.change(
            tx, campaign.number, ("draft",), campaign.now, state="planned", approver="camat"
        )
    )
    row = campaign.row
    database.write(lambda tx: dispatch._arm(tx, row.id, campaign.now, campaign.now))
    campaign.searches()
    campaign.feeds()
    campaign.delivers("failed", "Forbidden: bot was blocked", most=250)
    assert campaign.watched() == "failures"
    told = {each.address for each in rows(database, OUTBOX) if "dihentikan" in each.payload}
    assert told == {"-1001", "701", "702"}


def test_too_many_goodbyes_pause_it(campaign, meet):
    campaign.people(250)
    campaign.goes()
    campaign.delivers(most=210)
    assert campaign.watched() == ""
    for number in range(1, 9):
        meet(address=f"{5000 + number}").says("stop")
    campaign.database.write(
        lambda tx: broadcasts.change(tx, campaign.number, ("sending",), campaign.now, tried=0)
    )
    assert campaign.watched() == "opt_outs"


def test_a_few_failures_do_not(campaign):
    campaign.people(250)
    campaign.goes()
    campaign.delivers("failed", "Forbidden", most=30)
    campaign.delivers(most=220)
    assert campaign.watched() == ""
    assert campaign.row.tried == 250


# --- who may --------------------------------------------------------------------------------


def test_a_large_one_waits_for_a_second_pair_of_eyes(campaign, house):
    campaign.house = replace(house, manners=replace(house.manners, approve=3))
    campaign.people(4)
    campaign.writes(author="rina")
    assert campaign.plans() == "waiting"
    row = campaign.row
    for by, role in (("rina", "head"), ("budi", "kasi"), ("sari", "officer")):
        with pytest.raises(Rejected, match="broadcast_approver"):
            campaign.database.write(
                lambda tx, by=by, role=role: dispatch.approve(tx, row, by, role, MONDAY)
            )
    state = campaign.database.write(lambda tx: dispatch.approve(tx, row, "camat", "head", MONDAY))
    assert (state, campaign.row.approver) == ("sending", "camat")


def test_an_officer_may_write_but_not_send(campaign):
    campaign.people(1)
    campaign.writes()
    with pytest.raises(Rejected, match="broadcast_role"):
        campaign.plans(role="officer")


def test_a_draft_that_was_planned_meanwhile_is_not_changed(campaign):
    campaign.people(1)
    campaign.writes().plans(at=MONDAY + DAY)
    with pytest.raises(Rejected, match="broadcast_changed"):
        campaign.database.write(
            lambda tx: texts.write(
                tx, campaign.house, campaign.office, NEWS, "sari", 1, MONDAY, campaign.number
            )
        )
    campaign.does(dispatch.back)
    assert campaign.row.state == "draft"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "broadcast_title"),
        ({"title": "x" * 61}, "broadcast_title"),
        ({"body": ""}, "broadcast_empty"),
        ({"body": "Halo {nik}"}, "broadcast_variable"),
        ({"body": "Halo {{name}}"}, "broadcast_variable"),
        ({"body": "x" * 1000}, "broadcast_long_whatsapp"),
        ({"body": "x" * 4090, "segment": {"channels": ["telegram"]}}, "broadcast_long_telegram"),
        ({"body": "x" * 1500, "segment": {"channels": ["sms"]}}, "broadcast_long_sms"),
        ({"purpose": "promo"}, "broadcast_purpose"),
        ({"buttons": [(f"T{n}", "kia") for n in range(4)]}, "broadcast_buttons"),
        ({"buttons": [("x" * 21, "kia")]}, "broadcast_label"),
        ({"buttons": [("Coba", "kia"), ("Coba", "kk")]}, "broadcast_twice"),
        ({"buttons": [("Coba", "paspor")]}, "broadcast_service"),
        ({"holdout": 51}, "broadcast_holdout"),
        ({"every": "hourly"}, "broadcast_every"),
        ({"segment": {"kelurahan": ["Sukaramai"]}}, "segment_unknown"),
        ({"segment": {"age": 3}}, "segment_unknown"),
        ({"segment": {"seen_after": "kemarin"}}, "segment_day"),
    ],
)
def test_what_cannot_be_sent_is_not_kept(sqlite, house, change, code):
    with pytest.raises(Rejected) as refused:
        Campaign(sqlite, house).writes(replace(NEWS, **change))
    assert refused.value.code == code


# --- its buttons ----------------------------------------------------------------------------


def test_a_button_begins_its_service_and_the_tap_is_counted_once(campaign, meet, database):
    citizen: Citizen = meet(address="5001")
    campaign.people(1)
    campaign.goes()
    citizen.hears()
    citizen.chooses("Coba sekarang")
    assert citizen.state.flow == "domisili"
    citizen.chooses("Coba sekarang")
    assert database.read(lambda tx: broadcasts.taps(tx, campaign.number)) == {0: 1}


def test_its_words_do_the_same(campaign, meet, database):
    citizen = meet(address="5001")
    campaign.people(1)
    campaign.goes()
    citizen.says("Coba sekarang")
    assert citizen.state.flow == "domisili"
    assert database.read(lambda tx: broadcasts.taps(tx, campaign.number)) == {0: 1}


@pytest.mark.parametrize("token", ["b:999:0", "b:1:7", "b:", "b:x:y", "b:1:0:2", "b:²:0"])
def test_a_button_that_means_nothing_opens_the_menu(sqlite, house, token):
    citizen = Citizen(sqlite, house)
    citizen.taps(token)
    assert citizen.state.flow == "welcome"


def test_those_who_join_keep_a_no(campaign, database):
    campaign.people(1)
    campaign.people(1, first=2, state="out")
    database.write(lambda tx: conversations.join(tx, 2, into=1))
    assert database.read(lambda tx: optins.get(tx, 1)).state == "out"
    assert [row.state for row in database.read(lambda tx: optins.history(tx, 1))] == ["in", "out"]
