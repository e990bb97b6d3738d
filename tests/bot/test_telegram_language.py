"""The language of somebody's app: kept with their chat when it comes, for broadcasts in it."""

from typing import Any

import pytest

from bot.channels.telegram import read
from handlers.inbound import Inbound, receive
from handlers.offices import House
from handlers.portrait import draw
from storage import conversations, erasure
from storage.db import Database
from talk import MONDAY


def says(number: int, **told: str) -> Inbound:
    """A message as the platform sends it."""
    person = {"id": 7, "is_bot": False, "first_name": "Siti", **told}
    chat = {"id": 7, "type": "private", "first_name": "Siti"}
    message = {"message_id": number, "date": 1, "chat": chat, "from": person, "text": "halo"}
    found = read({"update_id": number, "message": message})
    assert isinstance(found, Inbound)
    return found


@pytest.mark.parametrize(
    ("told", "language"),
    [("id", "id"), ("pt-BR", "pt"), ("JV", "jv"), ("zh-hans", "zh"), ("", ""), ("x'--", "")],
)
def test_the_country_of_a_language_says_nothing(told: str, language: str) -> None:
    assert says(1, language_code=told).language == language
    assert says(1).language == ""


def test_it_is_kept_with_the_chat_and_changes_with_it(database: Database, house: House) -> None:
    def now() -> Any:
        return database.read(lambda tx: conversations.find(tx, "telegram", "7")).language

    for number, told, kept in ((1, "id", "id"), (2, "jv", "jv"), (3, "", "jv")):
        inbound = says(number, language_code=told)
        database.write(lambda tx, each=inbound: receive(tx, house, each, MONDAY))
        assert now() == kept


def test_it_is_in_the_copy_of_one_s_data_and_goes_with_the_rest(
    database: Database, house: House
) -> None:
    database.write(lambda tx: receive(tx, house, says(1, language_code="jv"), MONDAY))
    chat = database.read(lambda tx: conversations.find(tx, "telegram", "7"))
    assert database.read(lambda tx: draw(tx, house, chat.id, "", MONDAY)).language == "jv"
    database.write(lambda tx: erasure.chat(tx, chat, MONDAY))
    assert database.read(lambda tx: conversations.get(tx, chat.id)).language == ""
