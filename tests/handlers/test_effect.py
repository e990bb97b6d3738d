"""The effect of a broadcast on simulated citizens who began and sent requests in the database."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from campaign import NEWS, Campaign
from handlers import campaigns, dispatch
from handlers.desk import Sight
from handlers.offices import House
from handlers.staff import Officer
from storage import broadcasts
from storage.tables import BEGUN, RECIPIENTS, TICKETS
from talk import house as make_house
from talk import rows

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def house() -> House:
    return make_house(LOKET_BROADCASTS__PER_MONTH="2")


def begins(campaign: Campaign, person: int, later: timedelta) -> None:
    campaign.database.write(
        lambda tx: broadcasts.begun(tx, "pu", person, "domisili", campaign.now + later)
    )


def sends(campaign: Campaign, person: int, later: timedelta) -> None:
    at = campaign.now + later
    values = {
        "office_id": "pu", "number": f"PU-{person}", "service": "domisili", "status": "submitted",
        "person_id": person, "conversation_id": person, "channel": "telegram", "answers": {},
        "warnings": [], "officer": "", "promise_at": at, "created_at": at, "updated_at": at,
    }  # fmt: skip
    campaign.database.write(lambda tx: tx.execute(TICKETS.insert().values(values)))


def groups(campaign: Campaign):
    return campaign.database.read(lambda tx: broadcasts.groups(tx, campaign.number, WEEK))


def test_only_what_happens_within_the_days_after_one_s_turn_counts(database, house):
    campaign = Campaign(database, house)
    campaign.people(6)
    campaign.goes()
    begins(campaign, 1, -timedelta(minutes=1))
    begins(campaign, 2, timedelta(minutes=1))
    begins(campaign, 3, WEEK - timedelta(minutes=1))
    begins(campaign, 4, WEEK + timedelta(minutes=1))
    sends(campaign, 3, WEEK - timedelta(seconds=30))
    sends(campaign, 5, timedelta(days=1))
    told = groups(campaign)[False]
    assert (told.size, told.began, told.sent) == (6, 3, 2)


def test_the_held_out_are_counted_apart(database, house):
    campaign = Campaign(database, house)
    campaign.people(60)
    campaign.goes(replace(NEWS, holdout=20))
    held = [row.person_id for row in rows(database, RECIPIENTS) if row.held]
    begins(campaign, held[0], timedelta(hours=1))
    found = groups(campaign)
    assert (found[True].size, found[True].began, found[False].began) == (len(held), 1, 0)


def test_a_broadcast_cancelled_halfway_compares_those_whose_turn_came(database, house):
    campaign = Campaign(database, house)
    campaign.people(100)
    campaign.writes(replace(NEWS, holdout=20)).plans()
    campaign.searches().feeds(most=40)
    campaign.delivers()
    campaign.does(dispatch.cancel)
    found = groups(campaign)
    assert found[True].size + found[False].size == 40


def test_a_chat_that_begins_a_request_is_counted(meet, database, house):
    meet().starts("domisili").continues(until="nik")
    (row,) = rows(database, BEGUN)
    assert (row.person_id, row.service) == (1, "domisili")


def test_citizens_with_a_known_effect_are_seen_to_have_it(sqlite, house):
    """A quarter more of those who were told send a request: the desk says so."""
    campaign, chance = Campaign(sqlite, house), random.Random(5)
    campaign.people(300)
    campaign.goes(replace(NEWS, holdout=30))
    for row in rows(sqlite, RECIPIENTS):
        if chance.random() < (0.1 if row.held else 0.35):
            sends(campaign, row.person_id, timedelta(hours=chance.randrange(1, 160)))
    officer = Officer("pu", "sari", "Bu Sari", "officer", "", campaign.now)
    page = sqlite.read(
        lambda tx: campaigns.show(tx, Sight.of(tx, house, officer, campaign.now), campaign.number)
    )
    assert page.sent.low < 0.25 < page.sent.high
    assert page.sent.verdict == "helped"
