"""What else Telegram refuses: chats, edits, taps, files, tokens.

Asked over bare HTTP, because python-telegram-bot writes descriptions in small letters; the last
test shows which of its exceptions they become.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, InvalidToken

from fakes.telegram import FakeTelegram, FakeUser, picture
from fakes_test.telegram_driver import OK, Driver, ask, buttons, get, post, refused, say


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
    ("chat_id", "reason"),
    [
        ("", "chat_id is empty"),
        (42, "chat not found"),
        ("@tidakada", "chat not found"),
        (-1, "chat not found"),
    ],
)
def test_an_unknown_chat_is_refused(fake: FakeTelegram, chat_id: Any, reason: str) -> None:
    assert ask(fake, "sendMessage", chat_id=chat_id, text="x") == refused(reason)


def test_the_bot_cannot_speak_first(fake: FakeTelegram) -> None:
    stranger = fake.user("Budi")
    reason = "Forbidden: bot can't initiate conversation with a user"
    assert say(stranger, fake, "halo") == (403, reason)
    stranger.start()
    assert say(stranger, fake, "halo") == OK


def test_an_answer_needs_a_message_that_is_there(fake: FakeTelegram, siti: FakeUser) -> None:
    missing = {"message_id": 999}
    assert say(siti, fake, "x", reply_parameters=missing) == refused(
        "message to be replied not found"
    )
    missing["allow_sending_without_reply"] = True
    assert say(siti, fake, "x", reply_parameters=missing) == OK
    assert siti.last.reply_to is None


def test_an_edit_must_change_something(fake: FakeTelegram, siti: FakeUser) -> None:
    say(siti, fake, "lama", reply_markup=buttons({"text": "Ya", "callback_data": "y"}))
    asked = {"chat_id": siti.id, "message_id": siti.last.message_id}
    same = {"text": "lama", "reply_markup": buttons({"text": "Ya", "callback_data": "y"})}
    status, reason = ask(fake, "editMessageText", **asked, **same)
    assert (status, reason.partition(": specified")[0]) == refused("message is not modified")
    assert ask(fake, "editMessageText", **asked, text="lama") == OK  # the buttons went
    assert siti.last.buttons == []
    status, reason = ask(fake, "editMessageReplyMarkup", **asked)
    assert "message is not modified" in reason


def test_only_messages_of_the_bot_can_be_edited(fake: FakeTelegram, siti: FakeUser) -> None:
    said = siti.says("halo")
    asked = {"chat_id": siti.id, "text": "baru"}
    assert ask(fake, "editMessageText", **asked, message_id=999) == refused(
        "message to edit not found"
    )
    assert ask(fake, "editMessageText", **asked, message_id=said) == refused(
        "message can't be edited"
    )
    say(siti, fake, "pilih", reply_markup={"keyboard": [["A"]]})
    assert ask(fake, "editMessageText", **asked, message_id=siti.last.message_id) == refused(
        "message can't be edited"
    )


def test_a_message_is_deleted_once_and_within_two_days(siti: FakeUser, fake: FakeTelegram) -> None:
    said = siti.says("halo")
    asked = {"chat_id": siti.id, "message_id": said}
    assert ask(fake, "deleteMessage", **asked) == OK
    assert ask(fake, "deleteMessage", **asked) == refused("message to delete not found")
    now = [1_000_000.0]
    with FakeTelegram(limits=False, clock=lambda: now[0]) as later:
        budi = later.user("Budi")
        asked = {"chat_id": budi.id, "message_id": budi.says("lama")}
        now[0] += 49 * 3600
        assert ask(later, "deleteMessage", **asked) == refused(
            "message can't be deleted for everyone"
        )


def test_a_tap_is_answered_within_15_seconds() -> None:
    now = [1_000_000.0]
    with FakeTelegram(limits=False, clock=lambda: now[0]) as fake:
        siti = fake.user("Siti")
        siti.start()
        say(siti, fake, "?", reply_markup=buttons({"text": "Ya", "callback_data": "y"}))
        late = refused("query is too old and response timeout expired or query ID is invalid")
        assert ask(fake, "answerCallbackQuery", callback_query_id="1") == late
        tap = siti.taps("Ya")
        assert ask(fake, "answerCallbackQuery", callback_query_id=tap.id, text="x" * 201) == (
            refused("MESSAGE_TOO_LONG")
        )
        now[0] += 16
        assert ask(fake, "answerCallbackQuery", callback_query_id=tap.id) == late
        assert not tap.answered


def test_files_over_20_mb_cannot_be_fetched(fake: FakeTelegram, siti: FakeUser) -> None:
    siti.sends_document(b"x", "besar.pdf", size=20 * 1024 * 1024 + 1)
    document = fake.world.pending[max(fake.world.pending)].update["message"]["document"]
    assert ask(fake, "getFile", file_id=document["file_id"]) == refused("file is too big")
    assert ask(fake, "getFile", file_id="xyz") == refused(
        "wrong file_id or the file is temporarily unavailable"
    )


def test_a_file_is_served_for_an_hour_after_it_was_asked_for() -> None:
    now = [1_000_000.0]
    with FakeTelegram(limits=False, clock=lambda: now[0]) as fake:
        fake.user("Siti").sends_document(b"isi", "a.pdf")
        document = fake.world.pending[max(fake.world.pending)].update["message"]["document"]
        link = f"{fake.url}/file/bot{fake.token}/documents/file_1.pdf"
        assert get(link).status_code == 404
        assert ask(fake, "getFile", file_id=document["file_id"]) == OK
        assert get(link).content == b"isi"
        now[0] += 3601
        assert get(link).status_code == 404


def test_what_is_not_a_picture_is_no_photo(fake: FakeTelegram, siti: FakeUser) -> None:
    def upload(content: bytes) -> tuple[int, str]:
        answer = post(
            f"{fake.url}/bot{fake.token}/sendPhoto",
            data={"chat_id": siti.id},
            files={"photo": ("a.jpg", content)},
        ).json()
        return (200, "") if answer["ok"] else (answer["error_code"], answer["description"])

    assert upload(picture()) == OK
    assert upload(b"%PDF-1.7") == refused("IMAGE_PROCESS_FAILED")
    assert upload(picture(kind="PNG")[:100]) == refused("IMAGE_PROCESS_FAILED")
    assert upload(b"") == refused("file must be non-empty")
    assert upload(picture(size=(2100, 100))) == refused("PHOTO_INVALID_DIMENSIONS")
    assert upload(b"x" * (10 * 1024 * 1024 + 1)) == refused(
        "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"
    )
    assert upload(b"x" * (51 * 1024 * 1024)) == (413, "Request Entity Too Large")
    assert ask(fake, "sendPhoto", chat_id=siti.id) == refused("there is no photo in the request")


def test_a_file_is_sent_again_as_what_it_was(fake: FakeTelegram, siti: FakeUser) -> None:
    siti.sends_document(b"%PDF-1.7", "a.pdf")
    document = fake.world.pending[max(fake.world.pending)].update["message"]["document"]
    asked = {"chat_id": siti.id, "photo": document["file_id"]}
    assert ask(fake, "sendPhoto", **asked) == refused("can't use file of type Document as Photo")
    assert ask(fake, "sendDocument", chat_id=siti.id, document=document["file_id"]) == OK


def test_parameters_of_the_wrong_shape_are_refused(fake: FakeTelegram, siti: FakeUser) -> None:
    status, reason = say(siti, fake, "x", entities=[{"type": "bold"}])
    assert (status, "can't parse parameters" in reason) == (400, True)


def test_a_chat_action_must_be_known(fake: FakeTelegram, siti: FakeUser) -> None:
    assert ask(fake, "sendChatAction", chat_id=siti.id, action="typing") == OK
    assert ask(fake, "sendChatAction", chat_id=siti.id, action="menulis") == refused(
        "wrong parameter action in request"
    )


def test_an_unknown_method_is_not_found(fake: FakeTelegram) -> None:
    assert ask(fake, "sendInvoiceNow") == (404, "Not Found")


def test_methods_are_read_in_any_case_and_by_get(fake: FakeTelegram, siti: FakeUser) -> None:
    address = f"{fake.url}/bot{fake.token}/SENDMESSAGE"
    assert get(address, params={"chat_id": siti.id, "text": "halo"}).json()["ok"]


def test_a_wrong_token_is_unauthorized_and_a_malformed_one_not_found(fake: FakeTelegram) -> None:
    assert get(f"{fake.url}/bot123456:WRONG/getMe").status_code == 401
    assert get(f"{fake.url}/botnonsense/getMe").status_code == 404
    with Driver(fake, "123456:WRONG") as bot, pytest.raises(InvalidToken, match="Unauthorized"):
        bot.get_me()


def test_the_library_makes_an_exception_of_each(fake: FakeTelegram, siti: FakeUser) -> None:
    bad = InlineKeyboardMarkup([[InlineKeyboardButton("Buka", url="http://localhost/")]])
    with Driver(fake) as bot:
        with pytest.raises(BadRequest, match="Inline keyboard button url 'http://localhost/'"):
            bot.send_message(siti.id, "x", reply_markup=bad)
        with pytest.raises(BadRequest, match="Chat not found"):
            bot.send_message(42, "x")
        with pytest.raises(Forbidden):
            bot.send_message(fake.user("Budi").id, "x")
