"""How long a broadcast may be on each channel: nothing that is let through is cut on its way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import talk
from bot.channels.split import split
from bot.channels.whatsapp_form import BODY
from bot.channels.whatsapp_templates import load, told
from bot.whatsapp import TEMPLATES
from handlers import lengths
from handlers.broadcasts import message
from handlers.enclosures import link
from handlers.estimates import parts
from handlers.lengths import BETWEEN, SOME_FILE

HOUSE = talk.house(LOKET_WEB__PUBLIC_URL="https://loket.example.go.id")
ALL = load(TEMPLATES)


class Row:
    """A broadcast with everything at its longest."""

    id, enclosure = 1234567, SOME_FILE
    buttons = ({"label": "Mulai sekarang, mari", "service": "kia"},) * 3

    def __init__(self, body: str, purpose: str) -> None:
        self.body, self.purpose = body, purpose


@pytest.mark.parametrize("office", ["pu", "ma"])
@pytest.mark.parametrize("purpose", ["news", "service"])
def test_the_longest_text_arrives_whole_on_every_channel(office, purpose):
    here, rooms = HOUSE.office(office), lengths.rooms(HOUSE, HOUSE.office(office))
    assert 600 < rooms["whatsapp"] < rooms["sms"] < rooms["telegram"]
    for channel, room in rooms.items():
        text = "x" * (room - lengths.longest(HOUSE, here, "{name} {office} "))
        row = Row(f"{{name}} {{office}} {text}", purpose)
        shown = message(HOUSE, here, row, "N" * 60)
        if channel == "telegram":
            assert len(split(shown.text, 4096)) == 1
        elif channel == "sms":
            assert parts(f"{shown.plain(BETWEEN)}\n{shown.link}") <= 10
        else:
            template = ALL[shown.template, "id"]
            seen = template.shown(told(shown))
            assert len(seen) <= BODY
            assert f"{text} {link(HOUSE, SOME_FILE)}" in seen


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("[" * 80, 1), ("[" * 81, 2), ("é" * 70, 1), ("é" * 71, 2), ("😀" * 35, 1), ("😀" * 36, 2),
    ],
)  # fmt: skip
def test_parts_of_a_text_message_are_counted_as_they_are_paid(text, number):
    assert parts(text) == number


@given(st.text(max_size=400))
def test_any_text_has_a_part(text):
    assert parts(text) >= 1


def test_which_channel_is_too_small_is_said():
    here = HOUSE.office("pu")
    assert lengths.too_long(HOUSE, here, "x" * 900, {}) == "whatsapp"
    assert lengths.too_long(HOUSE, here, "x" * 900, {"channels": ["telegram"]}) == ""
    assert lengths.too_long(HOUSE, here, "x" * 1500, {"channels": ["sms", "telegram"]}) == "sms"
