"""What a broadcast would cost, in rupiah, before it is sent."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaign import NEWS, Campaign
from handlers import broadcasts as texts
from handlers.estimates import Reach
from storage import conversations
from talk import house as make_house

PRICES = {
    "LOKET_WHATSAPP__PRICE_MARKETING": "600", "LOKET_WHATSAPP__PRICE_UTILITY": "300",
    "LOKET_WHATSAPP__PRICE_MESSAGE": "80", "LOKET_SMS__PRICE": "450",
}  # fmt: skip


def foresees(campaign: Campaign, **changed: Any) -> Reach:
    written = replace(NEWS, **changed)
    return campaign.database.read(
        lambda tx: texts.foresee(tx, campaign.house, campaign.office, written, campaign.now)
    )


@pytest.fixture
def campaign(database) -> Campaign:
    return Campaign(database, make_house(LOKET_BROADCASTS__PER_MONTH="2", **PRICES))


def test_each_message_is_paid_by_its_channel_and_by_how_long_people_were_silent(campaign):
    campaign.people(10)
    campaign.people(4, first=100, channel="whatsapp")
    campaign.now += timedelta(hours=25)
    campaign.people(6, first=200, channel="whatsapp")
    found = foresees(campaign)
    lines = {each.channel: each for each in found.channels}
    assert (lines["telegram"].people, lines["telegram"].cost) == (10, 0)
    assert (lines["whatsapp"].people, lines["whatsapp"].cold) == (10, 4)
    assert lines["whatsapp"].cost == found.cost == 4 * 600 + 10 * 80
    assert foresees(campaign, holdout=50).cost == (4 * 600 + 10 * 80) / 2


def test_a_text_message_is_paid_by_its_parts(campaign):
    campaign.people(3, channel="sms")
    only = {"channels": ["sms"]}
    short = foresees(campaign, body="Kantor tutup.", buttons=(), segment=only)
    long = foresees(campaign, body="Kantor tutup. " * 20, buttons=(), segment=only)
    assert short.cost == 3 * 450
    assert [each.parts for each in long.channels] == [3]
    assert long.cost == 3 * 3 * 450


def test_without_a_price_no_sum_is_made_up(database):
    campaign = Campaign(database, make_house(LOKET_BROADCASTS__PER_MONTH="2"))
    campaign.people(2)
    assert foresees(campaign).cost == 0, "Telegram is free"
    campaign.people(2, first=10, channel="whatsapp")
    assert foresees(campaign).cost == 0, "an answer within the day is free as well"
    campaign.now += timedelta(hours=25)
    assert foresees(campaign).cost is None


def test_what_it_was_expected_to_cost_is_kept_when_it_is_planned(campaign):
    campaign.people(5, channel="whatsapp")
    campaign.now += timedelta(hours=25)
    campaign.writes().plans()
    assert campaign.row.estimate == 5 * (600 + 80)


def test_a_segment_by_language_finds_whom_telegram_told_of(campaign):
    campaign.people(3)
    campaign.people(2, first=50, channel="whatsapp")

    def speaks(tx: Any) -> None:
        chat = conversations.find(tx, "telegram", "5002")
        conversations.speak(tx, chat.id, "jv")

    campaign.database.write(speaks)
    assert foresees(campaign, segment={"languages": ["jv"]}).size == 1
    assert foresees(campaign, segment={"languages": ["jv", "su"]}).size == 1
    assert foresees(campaign, segment={"languages": ["en"]}).size == 0
    assert campaign.database.read(lambda tx: conversations.languages(tx, "pu")) == ["jv"]
