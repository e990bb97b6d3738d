"""Broadcasts on their way: found, fed a few seconds ahead, ended, paused when they fail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.campaigns import IDLE, PAUSE, Campaigns
from bot.channels.base import Pace
from bot.gate import Gate
from campaign import NEWS, Campaign
from handlers.offices import House
from talk import house as make_house

pytestmark = pytest.mark.asyncio
PACES = {"telegram": Pace(1 / 30, burst=15)}
AHEAD = 120
"""Four seconds at thirty a second."""


@pytest.fixture(scope="module")
def house() -> House:
    return make_house(LOKET_BROADCASTS__PER_MONTH="2", LOKET_BROADCASTS__JUDGED_AFTER="20")


@pytest.fixture
def campaign(database, house) -> Campaign:
    return Campaign(database, house)


def moving(campaign: Campaign) -> Campaigns:
    gate = Gate(campaign.database)
    return Campaigns(gate, campaign.house, PACES, lambda: campaign.now, lambda: None)


async def test_the_outbox_is_fed_a_few_seconds_ahead_until_all_had_their_turn(campaign):
    campaign.people(150)
    campaign.writes().plans()
    mover = moving(campaign)
    assert await mover.step() == PAUSE
    assert len(campaign.promised()) == AHEAD
    await mover.step()
    assert len(campaign.promised()) == AHEAD, "nothing went out meanwhile"
    campaign.delivers()
    await mover.step()
    assert campaign.turns() == {"promised": 150}
    assert campaign.row.state == "done"
    assert await mover.step() == IDLE


async def test_two_campaigns_share_a_channel_the_older_one_first(campaign):
    campaign.people(80)
    campaign.writes().plans()
    first = campaign.number
    campaign.writes(replace(NEWS, title="Kedua")).plans()
    await moving(campaign).step()
    assert len(campaign.promised()) == AHEAD - 80
    campaign.number = first
    assert len(campaign.promised()) == 80


async def test_at_night_nothing_is_fed(campaign):
    campaign.people(5)
    campaign.now += timedelta(hours=13)
    campaign.writes().plans()
    await moving(campaign).step()
    assert campaign.turns() == {"waiting": 5}


async def test_what_fails_is_paused_by_itself(campaign):
    campaign.people(150)
    campaign.writes().plans()
    mover = moving(campaign)
    await mover.step()
    campaign.delivers("failed", "Forbidden: bot was blocked")
    mover._watched = 0.0
    await mover.step()
    assert (campaign.row.state, campaign.row.reason) == ("paused", "failures")
