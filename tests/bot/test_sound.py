"""Voice notes: what they are, judged by their bytes, and how channels announce them."""

import pytest

from bot.channels import telegram, whatsapp_read
from bot.sound import LARGEST, sound
from flows.model import Unsupported
from handlers.staff_replies import StaffReply


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"OggS\x00\x02", "audio/ogg"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        (b"#!AMR\n", "audio/amr"),
        (b"", ""),
        (b"<html><script>", ""),
        (b"%PDF-1.4", ""),
        (b"\xff\xd8\xff\xe0", ""),
        (b"MZ\x90\x00", ""),
        (b"OggS" + b"x" * LARGEST, ""),
    ],
)
def test_only_what_begins_like_a_sound_is_one(data, kind):
    assert sound(data) == kind


def test_a_voice_note_of_whatsapp_says_where_it_is():
    form = {
        "MessageSid": "SM1", "From": "whatsapp:+6281234567890", "NumMedia": "1",
        "MediaContentType0": "audio/ogg", "MediaUrl0": "https://api.twilio.com/x", "Body": "",
        "OriginalRepliedMessageSid": "SM0",
    }  # fmt: skip
    (inbound,) = whatsapp_read.read(form)
    assert inbound.event == Unsupported("voice")
    assert inbound.remote == {"url": "https://api.twilio.com/x", "voice": True}
    assert inbound.reply_to == "SM0"


def message(chat, **more):
    user = {"id": 42, "is_bot": False, "first_name": "Sari"}
    bot = {"id": 1, "is_bot": True, "first_name": "Loket"}
    ours = {"message_id": 7, "date": 1, "chat": chat, "from": bot, "text": "x"}
    sent = {"message_id": 9, "date": 1, "chat": chat, "from": user, "reply_to_message": ours}
    return {"update_id": 5, "message": sent | more}


GROUP = {"id": -1001, "type": "supergroup", "title": "Staf"}
PRIVATE = {"id": 42, "type": "private", "first_name": "Sari"}
VOICE = {"file_id": "v", "file_unique_id": "u", "duration": 3, "file_size": 99}


def test_a_reply_in_a_group_says_to_what_and_by_whom():
    read = telegram.read(message(GROUP, text="Jam 7.15"))
    assert isinstance(read, StaffReply)
    assert (read.address, read.replied, read.message_id, read.officer_id) == (
        "-1001", "7", "9", "42",
    )  # fmt: skip


def test_a_reply_with_a_voice_note_says_where_that_is():
    read = telegram.read(message(PRIVATE, voice=VOICE))
    assert read.event == Unsupported("voice")
    assert read.remote == {"file_id": "v", "size": 99, "voice": True}
    assert read.reply_to == "7"


def test_an_answer_to_another_person_in_the_group_is_none_of_ours():
    raw = message(GROUP, text="Iya")
    raw["message"]["reply_to_message"]["from"]["is_bot"] = False
    assert telegram.read(raw) is None
