"""Which words, markup and buttons Telegram refuses, in its own words.

Asked over bare HTTP, because python-telegram-bot writes descriptions in small letters.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from fakes.telegram import FakeTelegram, FakeUser, picture
from fakes_test.telegram_driver import OK, ask, buttons, refused, say


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(limits=False) as running:
        yield running


@pytest.fixture
def siti(fake: FakeTelegram) -> FakeUser:
    user = fake.user("Siti")
    user.start()
    return user


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", refused("message text is empty")),
        ("  \n ", refused("text must be non-empty")),
        ("x" * 4096, OK),
        ("x" * 4097, refused("message is too long")),
        ("😀" * 2048, OK),
        ("😀" * 2049, refused("message is too long")),
        (" " * 10 + "x" * 4096, OK),
    ],
)
def test_text_has_one_to_4096_utf_16_units(
    fake: FakeTelegram, siti: FakeUser, text: str, answer: tuple[int, str]
) -> None:
    assert say(siti, fake, text) == answer


def test_tags_do_not_count_towards_the_length(fake: FakeTelegram, siti: FakeUser) -> None:
    assert say(siti, fake, f"<b>{'x' * 4096}</b>", parse_mode="HTML") == OK


def test_a_caption_has_at_most_1024_units(fake: FakeTelegram, siti: FakeUser) -> None:
    siti.sends_photo(picture())
    photo = fake.world.pending[max(fake.world.pending)].update["message"]["photo"][-1]["file_id"]
    asked = {"chat_id": siti.id, "photo": photo}
    assert ask(fake, "sendPhoto", **asked, caption="x" * 1024) == OK
    assert ask(fake, "sendPhoto", **asked, caption="x" * 1025) == refused(
        "message caption is too long"
    )


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("a & b &amp; &lt;c&gt; &quot;d&quot; &nbsp; &#233;", 'a & b & <c> "d" &nbsp; é'),
        ("<b>a <i>b <u>c</u></i></b> <s>d</s>", "a b c d"),
        ('<a href="https://example.org/?a=1&amp;b=2">peta</a>', "peta"),
        ('<pre><code class="language-python">x</code></pre>', "x"),
        ('<span class="tg-spoiler">x</span><tg-spoiler>y</tg-spoiler>', "xy"),
        ("<blockquote expandable>lama</blockquote>", "lama"),
        ("5 > 3", "5 > 3"),
        ("<B>besar</b> <b>kosong</>", "besar kosong"),
    ],
)
def test_allowed_html_becomes_plain_text(
    fake: FakeTelegram, siti: FakeUser, html: str, seen: str
) -> None:
    assert say(siti, fake, html, parse_mode="HTML") == OK
    assert siti.last.text == seen


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("5 <3", "Unclosed start tag at byte offset 2"),
        ("é<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("a<br/>b", 'Unsupported start tag "br/" at byte offset 1'),
        ("<script>x</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        (
            "<b><i>x</b></i>",
            'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x>y</a>', 'Unclosed start tag "a" at byte offset 0'),
    ],
)
def test_other_html_is_refused(fake: FakeTelegram, siti: FakeUser, html: str, reason: str) -> None:
    answer = refused(f"can't parse entities: {reason}")
    assert say(siti, fake, html, parse_mode="HTML") == answer


def test_an_unknown_parse_mode_is_refused(fake: FakeTelegram, siti: FakeUser) -> None:
    assert say(siti, fake, "x", parse_mode="BBCode") == refused("unsupported parse_mode")


def test_entities_count_in_utf_16_units(fake: FakeTelegram, siti: FakeUser) -> None:
    say(siti, fake, "😀 <b>tebal</b>", parse_mode="HTML")
    assert siti.last.raw["entities"] == [{"type": "bold", "offset": 3, "length": 5}]


@pytest.mark.parametrize(
    ("button", "answer"),
    [
        ({"text": "Ya", "callback_data": "x" * 64}, OK),
        ({"text": "Ya", "callback_data": "x" * 65}, refused("BUTTON_DATA_INVALID")),
        ({"text": "Ya", "callback_data": "é" * 33}, refused("BUTTON_DATA_INVALID")),
        (
            {"text": "Ya", "callback_data": ""},
            refused(
                "can't parse inline keyboard button: "
                "Text buttons are unallowed in the inline keyboard"
            ),
        ),
        (
            {"text": "Ya"},
            refused(
                "can't parse inline keyboard button: "
                "Text buttons are unallowed in the inline keyboard"
            ),
        ),
        (
            {"text": "", "callback_data": "x"},
            refused("inline keyboard button text must be non-empty"),
        ),
        (
            {"callback_data": "x"},
            refused("can't parse inline keyboard button: Can't find field \"text\""),
        ),
        ({"text": "Situs", "url": "https://kecamatan.example.go.id/layanan"}, OK),
        ({"text": "Situs", "url": "example.org"}, OK),
        ({"text": "Petugas", "url": "tg://user?id=5"}, OK),
    ],
)
def test_a_button_needs_words_and_one_short_purpose(
    fake: FakeTelegram, siti: FakeUser, button: dict[str, Any], answer: tuple[int, str]
) -> None:
    assert say(siti, fake, "x", reply_markup=buttons(button)) == answer


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://localhost:8000/desk", "Wrong HTTP URL"),
        ("http://127.0.0.1:8000/", "Wrong HTTP URL"),
        ("http://192.168.1.4/", "Wrong HTTP URL"),
        ("http://desk/", "Wrong HTTP URL"),
        ("bukan-alamat", "Wrong HTTP URL"),
        ("ftp://example.org/", "Unsupported URL protocol"),
    ],
)
def test_a_button_leads_only_to_public_places(
    fake: FakeTelegram, siti: FakeUser, url: str, reason: str
) -> None:
    answer = refused(f"inline keyboard button URL '{url}' is invalid: {reason}")
    assert say(siti, fake, "x", reply_markup=buttons({"text": "Buka", "url": url})) == answer


def test_a_keyboard_has_at_most_100_buttons(fake: FakeTelegram, siti: FakeUser) -> None:
    rows = [[{"text": str(n), "callback_data": str(n)}] for n in range(101)]
    assert say(siti, fake, "x", reply_markup={"inline_keyboard": rows[:100]}) == OK
    answer = refused("reply markup is too long")
    assert say(siti, fake, "x", reply_markup={"inline_keyboard": rows}) == answer


def test_a_broken_keyboard_is_refused(fake: FakeTelegram, siti: FakeUser) -> None:
    assert say(siti, fake, "x", reply_markup="{") == refused(
        "can't parse reply keyboard markup JSON object"
    )
    assert say(siti, fake, "x", reply_markup={"inline_keyboard": "x"}) == refused(
        'field "inline_keyboard" must be of type Array'
    )


def test_a_phone_number_is_asked_for_in_private_only(fake: FakeTelegram) -> None:
    group = fake.group(-4001)
    keys = {"keyboard": [[{"text": "Nomor saya", "request_contact": True}]]}
    asked = ask(fake, "sendMessage", chat_id=group.id, text="x", reply_markup=keys)
    assert asked == refused("phone number can be requested in private chats only")
