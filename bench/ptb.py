"""(c) python-telegram-bot: ConversationHandler with PicklePersistence, flushed at each update.

The same six turns as a state machine of the library.  After each update the state is written
out, as a promise to the citizen needs it; by itself the library would do so once a minute.
There are two ways:

- as it comes: `update_persistence()`; the file is written for each thing that changed;
- at its fastest: `on_flush`, only people and conversations stored, then `flush()`; the file is
  written once an update.

Each time the whole file is written, for everybody known, and it is not synced to the disk.
Rounds of Loket, in groups of 32, alternate with those of the library.
"""

import asyncio
import json
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ConversationHandler,
    ExtBot,
    MessageHandler,
    PersistenceInput,
    PicklePersistence,
    filters,
)
from telegram.request import BaseRequest
from telegram.warnings import PTBUserWarning

from bench import machine
from bench.common import (
    FIRST_CHAT,
    SCRIPT,
    Part,
    Size,
    crowd,
    house,
    median,
    spread,
    updates,
)
from bench.turns import GROUP, loket

KNOWN = (0, 1_000, 10_000)
"""People whose conversations are in the file already."""
FILE = "state.pickle"

STEPS = ("applicant", "ready", "consent", "nik", "name", "kelurahan")
QUESTIONS = {
    "applicant": ("Surat ini untuk siapa?", ("self", "proxy")),
    "ready": ("Surat Domisili. Siapkan 3 hal: … Mulai sekarang?", ("yes", "later")),
    "consent": ("Soal data Bapak/Ibu (UU PDP 27/2022): … Setuju?", ("yes", "no")),
    "nik": ("Tulis NIK pemohon, 16 angka.", ()),
    "name": ("Tulis nama lengkap pemohon, sama seperti di KTP.", ()),
    "kelurahan": ("Sekarang tinggal di kelurahan mana?", ("purwanegara", "bancarkembar")),
}


def run(size: Size) -> Part:
    """Loket as a multiple of the library, for files of several sizes."""
    warnings.filterwarnings("ignore", category=PTBUserWarning)  # on per_message, as it is meant
    the_house = house()
    part = Part()
    rows: list[Sequence[object]] = [("people known", "the way", "updates/s", "Loket", "ratio")]
    for known in KNOWN:
        most = size.peer_updates if known <= 1_000 else size.peer_updates // 5
        for way, fastest in (("as it comes", False), ("at its fastest", True)):
            theirs, ours = [], []
            for _ in range(3):
                with machine.folder() as folder:
                    theirs.append(asyncio.run(_round(folder, known, most, fastest)))
                ours.append(loket(the_house, size.chats // 2, GROUP))
            ratio = median([a / b for a, b in zip(ours, theirs, strict=True)])
            part.figures[f"{way} {known}"] = ratio
            rows.append((f"{known:,}", way, spread(theirs), spread(ours), f"{ratio:.0f}×"))
    part.table(*rows)
    return part


async def _round(folder: Path, known: int, most: int, fastest: bool) -> float:
    await _fill(folder, known)
    persistence = _persistence(folder, fastest)
    application = _application(persistence)
    await application.initialize()
    people = crowd(most // len(SCRIPT))
    given = [Update.de_json(raw, application.bot) for raw in updates(people)]
    started = time.perf_counter()
    for update in given:
        await application.process_update(update)
        await application.update_persistence()
        if fastest:
            await persistence.flush()
    took = time.perf_counter() - started
    stored = await _persistence(folder, fastest).get_conversations("domisili")
    assert len(stored) == known + len(people)
    assert all(stored[person, person] == "kelurahan" for person in people)
    await application.shutdown()
    return len(given) / took


async def _fill(folder: Path, known: int) -> None:
    """The file as the library itself would have written it for so many conversations."""
    persistence: PicklePersistence[Any, Any, Any] = PicklePersistence(folder / FILE, on_flush=True)
    persistence.set_bot(_bot())
    await persistence.update_bot_data({})
    for person in crowd(known, FIRST_CHAT - 1_000_000):
        await persistence.update_user_data(person, _answers(person))
        await persistence.update_chat_data(person, {})
        await persistence.update_conversation("domisili", (person, person), "kelurahan")
    await persistence.flush()


def _answers(person: int) -> dict[str, str]:
    """What one person answered: texts of their own, as they come out of updates."""
    given = ("self", "yes", "yes", f"330227{person % 10**10:010}", f"Yuni Astuti {person}")
    return dict(zip(STEPS, json.loads(json.dumps(given)), strict=False))


def _persistence(folder: Path, fastest: bool) -> PicklePersistence[Any, Any, Any]:
    if not fastest:
        return PicklePersistence(folder / FILE)
    only_people = PersistenceInput(bot_data=False, chat_data=False, callback_data=False)
    return PicklePersistence(folder / FILE, store_data=only_people, on_flush=True)


def _application(
    persistence: PicklePersistence[Any, Any, Any],
) -> Application[Any, Any, Any, Any, Any, Any]:
    application = Application.builder().bot(_bot()).persistence(persistence).build()
    states: dict[object, list[Any]] = {
        step: [
            CallbackQueryHandler(_tapped, pattern=f"^domisili/{step}:")
            if QUESTIONS[step][1]
            else MessageHandler(filters.TEXT & ~filters.COMMAND, _said)
        ]
        for step in STEPS
    }
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("start", _opened)],
            states=states,
            fallbacks=[],
            name="domisili",
            persistent=True,
            per_message=False,
        )
    )
    return application


def _bot() -> ExtBot[None]:
    return ExtBot("123456:bench", request=NoNetwork(), get_updates_request=NoNetwork())


async def _opened(update: Update, context: Any) -> str:
    context.user_data.clear()
    return _ask(STEPS[0])


async def _tapped(update: Update, context: Any) -> str:
    assert update.callback_query is not None
    assert update.callback_query.data is not None
    step, _, option = update.callback_query.data.removeprefix("domisili/").partition(":")
    return _answered(context, step, option)


async def _said(update: Update, context: Any) -> str:
    assert update.message is not None
    step = "name" if "nik" in context.user_data else "nik"
    return _answered(context, step, update.message.text)


def _answered(context: Any, step: str, answer: object) -> str:
    context.user_data[step] = answer
    return _ask(STEPS[STEPS.index(step) + 1])


def _ask(step: str) -> str:
    """Build the reply; as in the other parts, it is not sent."""
    text, options = QUESTIONS[step]
    buttons = [
        InlineKeyboardButton(each, callback_data=f"domisili/{step}:{each}") for each in options
    ]
    assert text
    assert InlineKeyboardMarkup([buttons])
    return step


class NoNetwork(BaseRequest):
    """Answers what the library asks at its start."""

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(self, url: str, *_: Any, **__: Any) -> tuple[int, bytes]:
        me = b'{"id": 123456, "is_bot": true, "first_name": "Loket", "username": "loket_bot"}'
        return 200, b'{"ok": true, "result": %s}' % me
