"""Ten thousand numbers and secret addresses are guessed: nothing of anybody's is found."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue

import pytest

from desk_office import DeskOffice, opened
from flows.model import Said
from flows.numbers import number
from handlers.inbound import Inbound, receive
from handlers.message import Message
from handlers.tokens import ALPHABET, LENGTH
from storage.db import Database
from storage.tables import OUTBOX
from talk import Citizen, rows

GUESSES = 10_000
KNOCKS = 1_000
"""Over HTTP; after the first thirty each is refused alike."""
DOORS = ("/p/", "/v/", "/r/", "/u/")
"""Where citizens come by a secret address."""


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[DeskOffice]:
    with opened(sqlite_url, tmp_path) as office:
        yield office


def test_ten_thousand_numbers_said_in_a_chat_find_nobodys_ticket(sqlite: Database, house):
    owner = Citizen(sqlite, house, "owner")
    theirs = {owner.submits("domisili").ticket for _ in range(5)}
    stranger = Citizen(sqlite, house, "stranger").opens("pu")
    guesses = [number("PU", "2611", n + 1) for n in range(GUESSES)]
    assert theirs <= set(guesses)
    works = [
        lambda tx, n=n, guess=guess: receive(
            tx, house, Inbound("telegram", f"guess-{n}", "stranger", Said(f"status {guess}"),
                               raw="{}", message_id=f"g{n}"), stranger.now,
        )
        for n, guess in enumerate(guesses)
    ]  # fmt: skip
    ended: SimpleQueue[object] = SimpleQueue()
    sqlite.submit(works, ended.put)
    assert not [each.error for each in ended.get(timeout=300) if each.error]
    told = [row.payload for row in rows(sqlite, OUTBOX) if row.address == "stranger"]
    said = Counter(Message.of(payload).text for payload in told[-GUESSES:])
    assert said == {house.words.say("status_unknown"): GUESSES}


def test_secret_addresses_are_guessed_in_vain_and_soon_not_even_looked_up(office):
    drawn, browser = random.Random(1), office.browser()
    answers: Counter[int] = Counter()
    for guess in range(KNOCKS):
        door = DOORS[guess % len(DOORS)]
        token = "".join(drawn.choice(ALPHABET) for _ in range(LENGTH))
        answers[browser.get(f"{door}{token}").status_code] += 1
    assert answers.keys() == {404, 429}
    assert answers[404] == 30, "then every guess has to wait, longer each time"


def test_whoever_guesses_all_day_gets_a_few_looks_an_hour(office):
    browser, looked = office.browser(), 0
    for _ in range(24 * 12):
        office.now += timedelta(minutes=5)
        looked += browser.get("/p/" + ALPHABET[:LENGTH]).status_code == 404
    assert looked < 150
