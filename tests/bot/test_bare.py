"""Errors in the log: their kind and their place, never what they quote."""

import asyncio
import gc
import logging
import signal

import pytest

from bot.app import assemble, running
from bot.bare import reason, strip, without_values
from bot.config import DEFAULT, read
from bot.sender import Sender
from storage.files import Keys, Vault
from stumbling import NIK


@pytest.fixture
def vault(tmp_path) -> Vault:
    return Vault(tmp_path / "files", Keys((b"k" * 32,)))


def fails(said: str = NIK) -> None:
    raise KeyError(f"NIK {said}")


def raised() -> KeyError:
    try:
        try:
            fails()
        except KeyError as first:
            raise KeyError(f"once more NIK {NIK}") from first
    except KeyError as error:
        return error


def test_an_error_is_told_by_its_kind_and_its_place(caplog):
    logging.getLogger("a").error("failed", exc_info=without_values(raised()))
    assert "RuntimeError: KeyError" in caplog.text
    assert "in raised" in caplog.text
    assert NIK not in caplog.text


def test_its_reason_is_one_line():
    assert reason(raised()).startswith("KeyError in raised:")
    assert reason(KeyError(NIK)) == "KeyError in ?"


def test_what_libraries_log_is_stripped(caplog):
    logger = logging.getLogger("a library")
    logger.addFilter(strip)
    try:
        fails()
    except KeyError:
        logger.exception("it failed")
    assert "in fails" in caplog.text
    assert NIK not in caplog.text


def test_a_task_that_nobody_waits_for_is_told_without_its_message(sqlite, house, vault, caplog):
    async def task() -> None:
        fails()

    async def program() -> None:
        assemble(read(DEFAULT, {}), house, sqlite, vault)
        asyncio.create_task(task())  # noqa: RUF006  nobody keeps it
        asyncio.get_running_loop().call_soon(fails, NIK)
        await asyncio.sleep(0.01)
        gc.collect()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(program())
    assert caplog.text.count("nobody waited for an error: KeyError in fails") == 2
    assert NIK not in caplog.text


def test_a_part_that_ends_the_program_is_told_without_its_message(
    sqlite, house, vault, tmp_path, caplog
):
    settings = read(DEFAULT, {"LOKET_FILES__ERASED_PATH": str(tmp_path / "erased")})

    async def program() -> None:
        whole, ended = assemble(settings, house, sqlite, vault), asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        whole.sender = Sender(whole.gate, house, {"telegram": whole.webchat}, fails)
        async with running(whole):
            await ended.wait()
        assert whole.broken

    with caplog.at_level(logging.DEBUG):
        asyncio.run(asyncio.wait_for(program(), 60))
    assert "sender stopped: KeyError in fails" in caplog.text
    assert NIK not in caplog.text
