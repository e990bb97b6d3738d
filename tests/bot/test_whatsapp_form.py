"""Messages in the forms that WhatsApp has: any text, with any choices, within its limits."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.split import split
from bot.channels.whatsapp_form import (
    BUTTONS_KIND,
    LIST_KIND,
    TEXT_KIND,
    content,
    digest,
    render,
    straight,
)
from flows.model import Tapped
from handlers.message import Button, Message
from seen import HINT, OPENER, as_sms, as_text, on_whatsapp, tapped

AWKWARD = st.sampled_from(
    ["{{1}}", "{{}}", "{{a}", "{x}", "'", '"', "\n", "\n\n\n", "\t", "\r\n", "     ", "\u200f",
     "\u2028", "\x0b", "\u00a0", "👩‍👩‍👧‍👦", "🇮🇩", "e\u0301", ". ", "\\n", "<b>", "Jum'at"]
)  # fmt: skip
SHORT = st.lists(st.text(max_size=12) | AWKWARD, max_size=8).map("".join)
LONG = st.builds(lambda part, times: (part * times)[:10_000], SHORT, st.integers(1, 5_000))
TEXTS = SHORT | LONG
LABELS = st.text(max_size=30) | SHORT | st.text("ab 1", min_size=1, max_size=90)
CHOICES = st.lists(st.tuples(LABELS, st.booleans()), max_size=30).map(
    lambda given: tuple(
        Button(label, f"ktp_ganti/reason:{number}" if numbered else f"command{number}")
        for number, (label, numbered) in enumerate(given)
    )
)


def bare(text: str) -> str:
    """What must not get lost: the text without spaces, and with one kind of quote."""
    return re.sub(r"\s", "", text.replace("'", "’"))


def choice(label: str, name: str = "x") -> Button:
    return Button(label, f"domisili/applicant:{name}")


def kinds(message: Message) -> list[str]:
    return [shown.kind for shown in on_whatsapp(message)]


# --- any message ------------------------------------------------------------------------


@settings(max_examples=300)
@given(TEXTS, CHOICES)
def test_any_text_with_any_choices_arrives_and_is_whole(text: str, choices: tuple[Button, ...]):
    message = Message(text, choices)
    shown = on_whatsapp(message) if bare(message.plain()) else []
    rich = [each for each in shown if each.choices]
    expected = text if rich else as_text(message)
    assert bare("".join(each.body for each in shown)) == bare(expected)
    assert rich == shown[-1:] or not rich, "choices stand below the last words"
    for each in rich:
        titles = [one.title for one in each.choices]
        assert len(set(titles)) == len(titles)
        assert [tapped(each, one) for one in each.choices] == [Tapped(c.token) for c in choices]
        for one, given_choice in zip(each.choices, choices, strict=True):
            assert bare(given_choice.label) in bare(f"{one.title} {one.description}")


@settings(max_examples=300)
@given(TEXTS, CHOICES)
def test_every_numbered_choice_is_shown_with_its_number(text: str, choices: tuple[Button, ...]):
    numbers = [str(n) for n, _ in enumerate([c for c in choices if c.numbered], 1)]
    for shown in on_whatsapp(Message(text, choices)) if choices and bare(text) else []:
        numbered = [one for one, c in zip(shown.choices, choices, strict=False) if c.numbered]
        assert [one.title.split(" ")[0] for one in numbered] == (numbers if numbered else [])


@settings(max_examples=300)
@given(TEXTS, CHOICES)
def test_any_message_fits_into_text_messages_and_is_whole(text: str, choices: tuple[Button, ...]):
    message = Message(text, choices)
    parts = as_sms(message)
    assert all(len(part) <= 1600 for part in parts)
    assert bare("".join(parts)) == bare(message.plain())


@given(TEXTS, st.integers(2, 2000))
def test_a_part_is_empty_only_when_there_is_nothing_to_say(text: str, most: int):
    parts = split(text, most)
    assert all(parts) or parts == [""]
    assert bare("".join(parts)) == bare(text)


@given(TEXTS)
def test_a_straight_value_is_one_line_without_runs_of_spaces(text: str):
    value = straight(text)
    assert value == value.strip()
    assert not re.search(r"[^\S ]|  |'", value)
    assert bare(value) == bare(text)
    assert straight(value) == value


@given(TEXTS, st.integers(1, 10))
def test_what_a_citizen_wrote_stays_out_of_the_content_that_is_kept(text: str, count: int):
    options = tuple(choice("Ya", str(n)) for n in range(count))
    secret = f"rahasia {text}"
    for piece in render(Message(secret, options)):
        if piece.kind != TEXT_KIND:
            resource, variables = content(piece, OPENER)
            assert "rahasia" not in json.dumps(resource)
            assert all(variables.values())
            assert resource["variables"].keys() == variables.keys()


# --- which form -------------------------------------------------------------------------


def test_a_message_without_choices_is_plain_text():
    assert kinds(Message("Tulis NIK.")) == [TEXT_KIND]


@pytest.mark.parametrize(
    ("count", "kind"), [(1, BUTTONS_KIND), (3, BUTTONS_KIND), (4, LIST_KIND), (10, LIST_KIND)]
)
def test_three_choices_are_buttons_and_ten_are_a_list(count, kind):
    assert kinds(Message("Yang mana?", tuple(choice("Ini", str(n)) for n in range(count)))) == [
        kind
    ]


def test_eleven_choices_are_numbered_text():
    (shown,) = on_whatsapp(Message("Mana?", tuple(choice("Ini", str(n)) for n in range(11))))
    assert shown.kind == TEXT_KIND
    assert shown.body.endswith(f"11. Ini\n\n{HINT}")


def test_a_button_that_has_no_room_for_its_number_makes_it_a_list():
    (shown,) = on_whatsapp(Message("Siapa?", (choice("Keluarga orang lain"),)))
    assert shown.kind == LIST_KIND
    assert shown.choices[0].title == "1 Keluarga orang lain"


def test_what_is_too_long_for_a_line_stands_in_full_below_it():
    (shown,) = on_whatsapp(Message("Mana?", (choice("Kecamatan Purwokerto Utara"),)))
    assert shown.choices[0].title == "1 Kecamatan Purwokerto…"
    assert shown.choices[0].description == "Kecamatan Purwokerto Utara"


@pytest.mark.parametrize("label", ["", "  ", "{{1}}", "x" * 73])
def test_a_choice_that_no_list_can_show_is_numbered_text(label):
    assert kinds(Message("Mana?", (choice(label), choice("Ya", "y")))) == [TEXT_KIND]


def test_choices_that_cannot_be_told_apart_are_text():
    assert kinds(Message("Mana?", (Button("Buka", "a"), Button("Buka", "b")))) == [TEXT_KIND]
    assert kinds(Message("Mana?", (choice("A"), choice("B")))) == [TEXT_KIND], "one token twice"


def test_choices_below_nothing_are_text():
    assert kinds(Message("", (choice("Ya"),))) == [TEXT_KIND]


def test_a_link_stands_in_the_text_and_commands_have_no_number():
    (shown,) = on_whatsapp(
        Message("Sudah.", (Button("Peta", url="https://peta.id/1"), Button("Menu", "menu")))
    )
    assert shown.body == "Sudah.\nPeta: https://peta.id/1"
    assert [each.title for each in shown.choices] == ["Menu"]


def test_a_long_message_has_its_buttons_below_the_last_part():
    text = "\n".join(f"Baris {number} dengan beberapa kata." for number in range(100))
    shown = on_whatsapp(Message(text, (choice("Ya"),)))
    assert [each.kind for each in shown[:-1]] == [TEXT_KIND] * (len(shown) - 1)
    assert shown[-1].kind == BUTTONS_KIND


def test_more_lines_than_a_content_may_have_variables_go_before_it():
    shown = on_whatsapp(Message("\n".join("abc"[n % 3] for n in range(300)), (choice("Ya"),)))
    assert [each.kind for each in shown] == [TEXT_KIND, BUTTONS_KIND]
    assert len(shown[-1].body.split("\n")) == 100


def test_lines_and_empty_lines_stay_where_they_are():
    (shown,) = on_whatsapp(Message("Satu\n\n  Dua   kata\n'Tiga'", (choice("Ya"),)))
    assert shown.body == "Satu\n\nDua kata\n’Tiga’"


def test_messages_of_one_shape_share_their_content():
    names = {
        content(render(Message(f"Halo {name}\nMulai?", (choice("Ya"),)))[0], OPENER)[0][
            "friendly_name"
        ]
        for name in ("Slamet", "Yuni")
    }
    assert len(names) == 1
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
