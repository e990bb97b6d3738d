"""The process in which files are examined."""

import asyncio
import os
import subprocess
import sys
import time

import pytest

from bot.cell import Cell, CellDied
from bot.examine import Unfit, examine
from hostile import CORPUS
from pictures import card, jpeg

pytestmark = pytest.mark.asyncio


async def test_a_photo_is_examined_as_it_would_be_here() -> None:
    cell = Cell()
    photo = jpeg(card())
    assert await cell.examine(photo) == examine(photo)
    await cell.close()


async def test_one_bad_file_does_not_harm_the_next() -> None:
    cell = Cell()
    for name in ("nothing at all", "a ZIP called .jpg", "a PDF of five bytes"):
        with pytest.raises(Unfit):
            await cell.examine(CORPUS[name][0]())
    assert (await cell.examine(jpeg(card()))).verdict == "good"
    await cell.close()


async def test_many_files_at_once_take_turns() -> None:
    cell = Cell()
    photo = jpeg(card())
    seen = await asyncio.gather(*(cell.examine(photo) for _ in range(5)))
    assert {each.verdict for each in seen} == {"good"}
    await cell.close()


async def test_a_death_in_the_middle_is_told_and_the_next_file_works() -> None:
    cell = Cell()
    process = await cell.start()
    process.kill()
    await process.wait()
    assert (await cell.examine(jpeg(card()))).verdict == "good"
    process = await cell.start()
    task = asyncio.create_task(cell.examine(jpeg(card(size=(4000, 3000)))))
    await asyncio.sleep(0.05)
    process.kill()
    with pytest.raises(CellDied):
        await task
    assert (await cell.examine(jpeg(card()))).verdict == "good"
    await cell.close()


async def test_the_cell_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOKET_FILES__KEY", "very-secret")
    cell = Cell()
    process = await cell.start()
    with open(f"/proc/{process.pid}/environ", "rb") as environment:  # noqa: ASYNC230, PTH123
        assert b"very-secret" not in environment.read()
    await cell.close()


async def test_the_cell_ends_when_its_program_is_killed() -> None:
    script = (
        "import asyncio\nfrom bot.cell import Cell\n"
        "async def main():\n    print((await Cell().start()).pid, flush=True)\n"
        "    await asyncio.sleep(60)\nasyncio.run(main())"
    )
    program = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220
    assert program.stdout is not None
    child = int(program.stdout.readline())
    program.kill()
    program.wait()
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{child}") and _state(child) != "Z":  # noqa: ASYNC240, PTH110
        assert time.monotonic() < deadline, "the cell lives on"
        await asyncio.sleep(0.05)


def _state(process: int) -> str:
    with open(f"/proc/{process}/stat") as stat:  # noqa: PTH123
        return stat.read().rpartition(")")[2].split()[0]


async def test_a_file_that_takes_too_long_counts_as_broken() -> None:
    cell = Cell(longest=0.001)
    with pytest.raises(Unfit, match="broken"):
        await cell.examine(jpeg(card(size=(4000, 3000))))
    await cell.close()
