"""A place on a map: sent as such where the platform shows one."""

from datetime import timedelta

import pytest

from bot.channels.base import FREE, Parcel
from bot.channels.telegram import Telegram
from bot.channels.twilio_api import Twilio
from bot.channels.whatsapp import WhatsApp
from fakes.telegram import FakeTelegram
from fakes.twilio import FakeTwilio
from handlers.message import Message

pytestmark = pytest.mark.asyncio
HALL = Message("Balai RW 4 Grendeng", kind="follow_up", location="-7.4,109.25")


async def test_telegram_shows_a_place() -> None:
    with FakeTelegram(limits=False, allow_http=True) as fake:
        user = fake.user("Slamet")
        user.start()
        channel = Telegram(fake.token, fake.url)
        await channel.bot.initialize()
        try:
            assert await channel.send(Parcel(1, str(user.id), HALL)) != ""
        finally:
            await channel.close()
        assert user.messages[-1].location == (-7.4, 109.25)


async def test_whatsapp_shows_a_place_with_its_name() -> None:
    with FakeTwilio() as fake:
        user = fake.user("+6281234567890", "Siti")
        user.says("halo")
        channel = WhatsApp(
            Twilio(fake.account_sid, fake.auth_token, fake.url), fake.whatsapp_from, "",
            "https://loket.example.go.id/webhooks/whatsapp/status", {}, FREE, FREE, "Pilih", "",
            lambda file: "",
        )  # fmt: skip
        try:
            sid = await channel.send(Parcel(1, "+6281234567890", HALL, timedelta(minutes=1)))
        finally:
            await channel.close()
        assert sid.startswith("SM") or sid.startswith("MM")
        assert user.messages[-1].place == (-7.4, 109.25)
        assert user.messages[-1].body == "Balai RW 4 Grendeng"
