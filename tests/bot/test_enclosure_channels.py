"""A file for many on its way through a channel: tried again without being seen twice, and within
the channel's pace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import FREE, Enclosure, Pace, Parcel, SendFailed
from bot.channels.telegram import Telegram
from bot.channels.twilio_api import Twilio
from bot.channels.whatsapp import WhatsApp
from bot.gate import Gate
from bot.sender import Sender
from bot.shelf import Shelf
from fakes.telegram import FakeTelegram
from fakes.twilio import FakeTwilio
from handlers.message import Button, Message
from handlers.offices import House
from pictures import card, jpeg
from storage import outbox
from storage.db import Database
from storage.files import Missing
from talk import MONDAY

pytestmark = pytest.mark.asyncio
PICTURE = jpeg(card("ktp"))
NEWS = Message("Syaratnya ada di gambar.", (Button("Coba sekarang", "b:1:0"),))
URL = "https://loket.example.go.id/media/photo-x.jpg"


async def there() -> bytes:
    return PICTURE


async def gone() -> bytes:
    raise Missing("photo-x")


POSTER = Enclosure("photo-x", "photo", URL, there)


@asynccontextmanager
async def telegram(fake: FakeTelegram) -> AsyncIterator[Telegram]:
    channel = Telegram(fake.token, fake.url)
    await channel.bot.initialize()
    try:
        yield channel
    finally:
        await channel.close()


async def test_what_telegram_has_let_go_of_is_uploaded_again() -> None:
    with FakeTelegram(limits=False) as fake:
        user = fake.user("Slamet")
        user.start()
        parcel = Parcel(1, str(user.id), NEWS, enclosure=POSTER)
        async with telegram(fake) as channel:
            await channel.send(parcel)
            await channel.send(parcel)
            assert fake.world.uploads == ["photo"]
            fake.world.shelf._by_id.clear()
            await channel.send(parcel)
        assert fake.world.uploads == ["photo", "photo"]
        assert [each.photo is not None for each in user.messages] == [True, True, True]


async def test_where_the_file_is_gone_the_words_go_alone() -> None:
    with FakeTelegram(limits=False) as fake:
        user = fake.user("Slamet")
        user.start()
        async with telegram(fake) as channel:
            lost = replace(POSTER, load=gone)
            await channel.send(Parcel(1, str(user.id), NEWS, enclosure=lost))
        (seen,) = user.messages
        assert (seen.text, seen.photo, seen.buttons) == (NEWS.text, None, ["Coba sekarang"])


async def test_words_that_are_tried_again_bring_no_second_picture_on_telegram() -> None:
    with FakeTelegram(limits=False) as fake:
        user = fake.user("Slamet")
        user.start()
        long = replace(NEWS, text="Baca dulu. " * 100)
        fake.fail("sendMessage", status=500)
        async with telegram(fake) as channel:
            parcel = Parcel(1, str(user.id), long, enclosure=POSTER)
            with pytest.raises(SendFailed):
                await channel.send(parcel)
            await channel.send(parcel)
        assert [each.photo is not None for each in user.messages] == [True, False]


async def test_words_that_are_tried_again_bring_no_second_picture_on_whatsapp() -> None:
    with FakeTwilio() as fake:
        fake.user("+6281234567890", "Siti").says("halo")
        channel = WhatsApp(
            Twilio(fake.account_sid, fake.auth_token, fake.url), fake.whatsapp_from, "",
            "https://loket.example.go.id/webhooks/whatsapp/status", {}, FREE, FREE, "Pilih", "",
            lambda file: "",
        )  # fmt: skip
        fake.fail("content", status=500)
        parcel = Parcel(1, "+6281234567890", NEWS, timedelta(minutes=1), enclosure=POSTER)
        try:
            with pytest.raises(SendFailed):
                await channel.send(parcel)
            await channel.send(parcel)
        finally:
            await channel.close()
        ours = [each for each in fake.world.messages.values() if not each.inbound]
        assert [each.urls for each in ours] == [(URL,), ()]
        assert ours[1].shown.body == NEWS.text
        assert [bool(each.callback) for each in ours] == [False, True], "the words are what counts"


class Slow:
    """A channel on which each message with a file is two."""

    name = "telegram"
    overall = Pace(0.05)
    sent = 0

    def pace(self, address: str) -> Pace:
        return FREE

    def places(self, parcel: Parcel) -> int:
        return 2

    async def send(self, parcel: Parcel) -> str:
        self.sent += 1
        return f"{self.sent}"

    async def fetch(self, remote: Any) -> bytes:
        return b""

    async def close(self) -> None:
        return None


async def test_a_file_that_goes_by_itself_takes_a_place_of_its_own(
    sqlite: Database, house: House
) -> None:
    """Twenty a second, two for each row: ten rows take a second, not half of one."""

    def promise(tx: Any) -> None:
        news = replace(NEWS, enclosure="photo-0123456789abcdef")
        for chat in range(10):
            outbox.put(
                tx, office_id="pu", channel="telegram", address=str(chat),
                payloads=[news.payload()], now=MONDAY,
            )  # fmt: skip

    sqlite.write(promise)
    channel, gate = Slow(), Gate(sqlite)
    shelf = Shelf(gate, None, "")  # type: ignore[arg-type]
    sender = Sender(gate, house, {"telegram": channel}, lambda: MONDAY, shelf=shelf)
    began = asyncio.get_running_loop().time()
    await sender.drain()
    assert channel.sent == 10
    assert asyncio.get_running_loop().time() - began >= 0.9
