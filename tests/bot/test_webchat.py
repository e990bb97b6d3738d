"""The web chat as a channel, without HTTP: who listens, what an update says, what waits."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.channels.base import FetchFailed, Parcel
from bot.channels.webchat import Hub, WebChat, address_of, read
from bot.chat_api import BEAT, RETRY, stream
from bot.chat_models import bubble
from bot.gate import Gate
from flows.model import Opened, Said, Sent, Tapped
from handlers.message import Message
from storage import outbox
from storage.db import Database
from storage.files import Keys, Vault
from storage.history import Entry
from talk import MONDAY


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "files", Keys((b"k" * 32,)))


def write(database: Database, address: str, *texts: str) -> None:
    payloads = [Message(text).payload() for text in texts]
    database.write(
        lambda tx: outbox.put(
            tx, office_id="pu", channel="web", address=address, payloads=payloads, now=MONDAY
        )
    )


def test_an_address_does_not_lead_back_to_its_token() -> None:
    assert address_of("a" * 22) == address_of("a" * 22)
    assert address_of("a" * 22) != address_of("b" * 22)
    assert len(address_of("a" * 22)) == 32
    assert "a" * 22 not in address_of("a" * 22)


@pytest.mark.parametrize(
    ("raw", "event"),
    [
        ({"text": "halo"}, Said("halo")),
        ({"token": "a/b:c", "label": "Ya"}, Tapped("a/b:c")),
        ({"link": "pu-kk"}, Opened("pu-kk")),
        (
            {"file": "f" * 22, "upload": "raw-1", "office": "pu", "text": "ini"},
            Sent("f" * 22, "ini"),
        ),
        ({"file": "f" * 22, "upload": "raw-1", "office": ""}, Sent("f" * 22)),
    ],
)
def test_an_update_kept_in_the_inbox_can_be_read_again(raw: dict[str, str], event: object) -> None:
    inbound = read("abc", "name", json.dumps(raw))
    assert inbound.event == event
    assert (inbound.channel, inbound.address) == ("web", "abc")
    assert (inbound.external_id, inbound.message_id) == ("abc:name", "name")


def test_an_update_of_no_known_form_is_an_error() -> None:
    with pytest.raises(ValueError, match="no known form"):
        read("abc", "name", "{}")


def test_an_upload_waits_in_the_vault_until_it_was_fetched(vault: Vault) -> None:
    channel, remote = WebChat(vault), {"upload": "raw-00000001", "office": "pu"}
    vault.put("raw-00000001", "pu", b"photo")

    async def life() -> bytes:
        found = await channel.fetch(remote)
        await channel.fetched(remote)
        await channel.fetched(remote)
        return found

    assert asyncio.run(life()) == b"photo"
    with pytest.raises(FetchFailed) as lost:
        asyncio.run(channel.fetch(remote))
    assert (lost.value.permanent, lost.value.code) == (True, "lost")


def test_a_message_rings_for_its_own_chat_only(vault: Vault) -> None:
    channel = WebChat(vault)

    async def life() -> tuple[bool, bool]:
        with channel.hub.listen("one") as one, channel.hub.listen("two") as two:
            assert await channel.send(Parcel(1, "one", Message("halo")))
            return one.is_set(), two.is_set()

    assert asyncio.run(life()) == (True, False)


def test_a_chat_without_listeners_is_forgotten() -> None:
    hub = Hub()
    listening = [hub.listen("one") for _ in range(5)]
    for each in listening:
        assert not hub.full("one")
        each.__enter__()
    assert hub.full("one")
    assert not hub.full("two")
    for each in listening:
        each.__exit__(None, None, None)
    assert not hub.full("one")
    assert not hub._bells


@pytest.fixture
def address() -> str:
    return "abc"


def heard(database: Database, hub: Hub, address: str, most: int, since: int = 0) -> list[str]:
    """The first parts of a stream."""

    async def listen() -> list[str]:
        gate = Gate(database)
        found = []
        async for part in stream(gate, hub, address, since):
            found.append(part)
            if len(found) == most:
                break
        return found

    return asyncio.run(asyncio.wait_for(listen(), 10))


def test_a_quiet_stream_beats_so_that_nobody_in_between_hangs_up(
    sqlite: Database, address: str
) -> None:
    assert heard(sqlite, Hub(pause=0.02), address, 4) == [RETRY, BEAT, BEAT, BEAT]


def test_a_long_absence_is_caught_up_without_a_gap(sqlite: Database, address: str) -> None:
    write(sqlite, address, *(f"kabar {n}" for n in range(450)))
    parts = heard(sqlite, Hub(), address, 451)[1:]
    data = [json.loads(part.split("data: ")[1]) for part in parts]
    assert [each["text"] for each in data] == [f"kabar {n}" for n in range(450)]


def test_a_stream_finds_by_itself_what_another_process_wrote(
    sqlite: Database, address: str
) -> None:
    hub = Hub(pause=0.02)

    async def life() -> str:
        parts = stream(Gate(sqlite), hub, address, 0)
        assert await anext(parts) == RETRY
        assert await anext(parts) == BEAT
        await asyncio.to_thread(write, sqlite, address, "dari proses lain")
        async for part in parts:
            if part != BEAT:
                return part
        raise AssertionError("the stream ended")

    assert "dari proses lain" in asyncio.run(asyncio.wait_for(life(), 10))


def test_what_confirms_a_tap_is_no_message(sqlite: Database, address: str) -> None:
    payloads = [Message("x", acknowledge="1").payload(), Message("halo").payload()]
    sqlite.write(
        lambda tx: outbox.put(
            tx, office_id="pu", channel="web", address=address, payloads=payloads, now=MONDAY
        )
    )
    assert "halo" in heard(sqlite, Hub(), address, 2)[1]


def test_the_file_of_a_broadcast_is_shown_beside_its_words() -> None:
    body = Message("Syaratnya ada di gambar.", enclosure="photo-0123456789abcdef").payload()
    shown = bubble(Entry(False, 1, "1", body, MONDAY))
    assert shown is not None
    assert shown.file is not None
    assert (shown.file.url, shown.file.kind) == ("/media/photo-0123456789abcdef.jpg", "photo")


def test_closing_the_channel_ends_its_streams(sqlite: Database, vault: Vault, address: str) -> None:
    channel = WebChat(vault)

    async def life() -> list[str]:
        async def listen() -> list[str]:
            return [part async for part in stream(Gate(sqlite), channel.hub, address, 0)]

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0.1)
        await channel.close()
        return await asyncio.wait_for(listening, 5)

    assert asyncio.run(life()) == [RETRY]
