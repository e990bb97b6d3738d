"""(d) aiogram: its finite state machine with the memory storage.

The same six turns.  Nothing is kept: a restart forgets every conversation, so this is no
durable turn; it shows what the conversation alone costs in a library that is known to be fast.
Rounds of Loket, in groups of 32, alternate with those of the library.
"""

import asyncio
import time
from typing import Any

from aiogram import Bot, Dispatcher, Router
from aiogram.filters import CommandStart, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
)

from bench.common import Part, Size, crowd, house, median, spread, updates
from bench.ptb import QUESTIONS
from bench.turns import GROUP, loket


class Domisili(StatesGroup):
    """The question that was asked last."""

    applicant = State()
    ready = State()
    consent = State()
    nik = State()
    name = State()
    kelurahan = State()


def run(size: Size) -> Part:
    """Loket as a multiple of the library."""
    the_house = house()
    theirs, ours = [], []
    for _ in range(size.rounds):
        theirs.append(asyncio.run(_round(size.chats)))
        ours.append(loket(the_house, size.chats, GROUP))
    ratio = median([a / b for a, b in zip(ours, theirs, strict=True)])
    part = Part({"ratio": ratio})
    part.table(
        ("", "updates/s"),
        ("aiogram, lost at a restart", spread(theirs)),
        ("Loket, durable", spread(ours)),
        ("ratio", f"{ratio:.2f}"),
    )
    return part


async def _round(chats: int) -> float:
    storage = MemoryStorage()
    dispatcher = Dispatcher(storage=storage)
    dispatcher.include_router(_router())
    bot = Bot("123456:bench")
    people = crowd(chats)
    given = [Update.model_validate(raw, context={"bot": bot}) for raw in updates(people)]
    started = time.perf_counter()
    for update in given:
        await dispatcher.feed_update(bot, update)
    took = time.perf_counter() - started
    states = [record.state for record in storage.storage.values()]
    assert states == [Domisili.kelurahan.state] * chats
    await bot.session.close()
    return len(given) / took


def _router() -> Router:
    """Chosen by filters that are coroutines: a bare state or `F.text` would cost a thread each."""
    router = Router()
    router.message.register(_opened, CommandStart(deep_link=True))
    for handler, state in (
        (_tapped(Domisili.ready), Domisili.applicant),
        (_tapped(Domisili.consent), Domisili.ready),
        (_tapped(Domisili.nik), Domisili.consent),
    ):
        router.callback_query.register(handler, StateFilter(state))
    router.message.register(_said("nik", Domisili.name), StateFilter(Domisili.nik))
    router.message.register(_said("name", Domisili.kelurahan), StateFilter(Domisili.name))
    return router


async def _opened(message: Message, state: FSMContext) -> None:
    await state.set_data({})
    await _ask(message, state, Domisili.applicant)


def _tapped(following: State) -> Any:
    async def handler(query: CallbackQuery, state: FSMContext) -> None:
        assert query.data is not None
        assert isinstance(query.message, Message)
        step, _, option = query.data.removeprefix("domisili/").partition(":")
        await state.update_data({step: option})
        await _ask(query.message, state, following)

    return handler


def _said(step: str, following: State) -> Any:
    async def handler(message: Message, state: FSMContext) -> None:
        await state.update_data({step: message.text})
        await _ask(message, state, following)

    return handler


async def _ask(message: Message, state: FSMContext, following: State) -> None:
    """Keep the state and build the reply; as in the other parts, it is not sent."""
    await state.set_state(following)
    name = _name(following)
    text, options = QUESTIONS[name]
    buttons = [
        InlineKeyboardButton(text=each, callback_data=f"domisili/{name}:{each}") for each in options
    ]
    assert message.answer(text, reply_markup=InlineKeyboardMarkup(inline_keyboard=[buttons]))


def _name(state: State) -> str:
    assert state.state is not None
    return state.state.partition(":")[2]
