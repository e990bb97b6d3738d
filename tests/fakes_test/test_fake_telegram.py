"""What a person does and sees in the fake Telegram, with python-telegram-bot on the other side."""

from collections.abc import Iterator

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Update
from telegram.constants import ChatMemberStatus, ChatType, MessageEntityType
from telegram.error import BadRequest, ChatMigrated, Forbidden

from fakes.telegram import FakeTelegram, FakeUser, picture
from fakes_test.telegram_driver import Driver


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(limits=False) as running:
        yield running


@pytest.fixture
def bot(fake: FakeTelegram) -> Iterator[Driver]:
    with Driver(fake) as driver:
        yield driver


@pytest.fixture
def siti(fake: FakeTelegram) -> FakeUser:
    user = fake.user("Siti")
    user.start()
    return user


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    """One button a row; its data is its first word in small letters."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=label.split()[0].lower())] for label in labels]
    )


def newest(bot: Driver) -> Update:
    """The update queued last."""
    update: Update = bot.get_updates(offset=-1)[0]
    return update


def test_the_bot_learns_who_it_is(bot: Driver) -> None:
    assert bot.get_me().username == "loket_test_bot"


def test_a_command_arrives_marked_and_dated(bot: Driver, siti: FakeUser) -> None:
    siti.start("surat-domisili")
    message = newest(bot).message
    assert message is not None
    assert message.text == "/start surat-domisili"
    assert message.from_user is not None
    assert (message.from_user.first_name, message.from_user.language_code) == ("Siti", "id")
    assert message.chat.type == ChatType.PRIVATE
    assert [(e.type, e.offset, e.length) for e in message.entities] == [
        (MessageEntityType.BOT_COMMAND, 0, 6)
    ]


def test_a_person_sees_words_and_buttons_of_the_bot(bot: Driver, siti: FakeUser) -> None:
    bot.send_message(siti.id, "Untuk <b>siapa</b>?", parse_mode="HTML", reply_markup=keyboard("Ya"))
    seen = siti.waits_for("siapa")
    assert seen.text == "Untuk siapa?"
    assert seen.buttons == ["Ya"]
    assert seen is siti.last


def test_reading_goes_on_from_the_message_read_before(bot: Driver, siti: FakeUser) -> None:
    for _ in range(2):
        bot.send_message(siti.id, "Tulis NIK")
    first, second = siti.waits_for("NIK"), siti.waits_for("NIK")
    assert first.message_id < second.message_id
    with pytest.raises(AssertionError, match="Tulis NIK"):
        siti.waits_for("NIK", timeout=0.05)


def test_a_tap_reaches_the_bot_and_its_answer_the_person(bot: Driver, siti: FakeUser) -> None:
    bot.send_message(siti.id, "Benar?", reply_markup=keyboard("Ya, benar", "Tidak"))
    tap = siti.taps("Ya, benar")
    query = newest(bot).callback_query
    assert query is not None
    assert (query.data, query.from_user.id) == ("ya,", siti.id)
    assert query.message is not None
    assert query.message.message_id == siti.last.message_id
    bot.answer_callback_query(query.id, "Disimpan")
    assert siti.waits_for_answer(tap).text == "Disimpan"


def test_a_button_of_an_old_message_can_be_tapped(bot: Driver, siti: FakeUser) -> None:
    old = bot.send_message(siti.id, "Lama", reply_markup=keyboard("Ya"))
    bot.send_message(siti.id, "Baru", reply_markup=keyboard("Ya"))
    siti.taps("Ya", message=0)
    query = newest(bot).callback_query
    assert query is not None
    assert query.message is not None
    assert query.message.message_id == old.message_id


def test_a_button_that_is_not_there_cannot_be_tapped(bot: Driver, siti: FakeUser) -> None:
    bot.send_message(siti.id, "Benar?", reply_markup=keyboard("Ya"))
    with pytest.raises(AssertionError, match="no button 'Mungkin'"):
        siti.taps("Mungkin")


def test_an_edit_changes_what_the_person_sees(bot: Driver, siti: FakeUser) -> None:
    sent = bot.send_message(siti.id, "Benar?", reply_markup=keyboard("Ya"))
    bot.edit_message_text("Baik, disimpan.", siti.id, sent.message_id)
    seen = siti.waits_for("disimpan")
    assert (seen.text, seen.buttons, seen.edits) == ("Baik, disimpan.", [], 1)


def test_a_deleted_message_is_gone(bot: Driver, siti: FakeUser) -> None:
    sent = bot.send_message(siti.id, "Rahasia")
    bot.delete_message(siti.id, sent.message_id)
    assert siti.messages == []


def test_a_photo_arrives_in_several_sizes_the_largest_last(bot: Driver, siti: FakeUser) -> None:
    photo = picture("KTP", size=(1200, 900))
    siti.sends_photo(photo, caption="KTP saya")
    message = newest(bot).message
    assert message is not None
    assert message.caption == "KTP saya"
    assert [size.width for size in message.photo] == [90, 320, 800, 1200]
    assert len({size.file_unique_id for size in message.photo}) == 4
    assert _download(bot, message.photo[-1].file_id) == photo
    assert _download(bot, message.photo[0].file_id) != photo


def test_a_large_picture_arrives_as_a_smaller_jpeg(bot: Driver, siti: FakeUser) -> None:
    siti.sends_photo(picture("KK", size=(2000, 1000), kind="PNG"))
    message = newest(bot).message
    assert message is not None
    assert (message.photo[-1].width, message.photo[-1].height) == (1280, 640)
    assert _download(bot, message.photo[-1].file_id).startswith(b"\xff\xd8")


def test_an_album_comes_as_separate_updates_of_one_group(bot: Driver, siti: FakeUser) -> None:
    siti.sends_album([picture("1"), picture("2"), picture("3")], caption="berkas")
    messages = [update.message for update in bot.get_updates() if update.message.photo]
    assert len({message.media_group_id for message in messages}) == 1
    assert [message.caption for message in messages] == ["berkas", None, None]
    assert len({message.message_id for message in messages}) == 3


def test_a_document_arrives_untouched(bot: Driver, siti: FakeUser) -> None:
    siti.sends_document(b"%PDF-1.7 isi", "surat kuasa.pdf", caption="surat")
    document = newest(bot).message.document  # type: ignore[union-attr]
    assert document is not None
    assert (document.file_name, document.mime_type) == ("surat kuasa.pdf", "application/pdf")
    assert _download(bot, document.file_id) == b"%PDF-1.7 isi"


def test_everything_else_a_person_sends_arrives(bot: Driver, siti: FakeUser) -> None:
    siti.sends_voice()
    siti.sends_video()
    siti.sends_sticker()
    siti.sends_location()
    siti.sends_contact()
    *_, voice, video, sticker, place, contact = (u.message for u in bot.get_updates())
    assert voice.voice.mime_type == "audio/ogg"
    assert video.video.mime_type == "video/mp4"
    assert sticker.sticker.emoji == "👍"
    assert place.location.latitude == pytest.approx(-7.4049)
    assert contact.contact.user_id == siti.id


def test_an_edited_message_of_a_person_is_told(bot: Driver, siti: FakeUser) -> None:
    said = siti.says("332")
    siti.edits(said, "3302271708900003")
    edited = newest(bot).edited_message
    assert edited is not None
    assert (edited.message_id, edited.text) == (said, "3302271708900003")
    assert edited.edit_date is not None


def test_the_bots_files_are_seen_with_their_bytes(bot: Driver, siti: FakeUser) -> None:
    photo = picture("peta")
    bot.send_photo(siti.id, photo, caption="Lokasi kantor")
    bot.send_document(siti.id, b"%PDF-1.7 tanda terima", filename="tanda-terima.pdf")
    bot.send_location(siti.id, -7.4, 109.2)
    map_, receipt, place = siti.messages
    assert (map_.photo, map_.text) == (photo, "Lokasi kantor")
    assert (receipt.document, receipt.file_name) == (b"%PDF-1.7 tanda terima", "tanda-terima.pdf")
    assert place.location == (-7.4, 109.2)


def test_a_file_can_be_sent_again_by_its_id(bot: Driver, siti: FakeUser) -> None:
    photo = picture("KTP")
    siti.sends_photo(photo)
    message = newest(bot).message
    assert message is not None
    bot.send_photo(siti.id, message.photo[-1].file_id)
    assert siti.last.photo == photo


def test_an_album_of_the_bot_is_one_group(bot: Driver, siti: FakeUser) -> None:
    bot.send_media_group(siti.id, [InputMediaPhoto(picture(n)) for n in "ab"])
    assert [m.photo for m in siti.messages] == [picture("a"), picture("b")]
    assert len({m.album for m in siti.messages}) == 1


def test_an_answer_shows_what_it_answers(bot: Driver, siti: FakeUser) -> None:
    said = siti.says("kapan buka?")
    bot.send_message(siti.id, "Jam 8", reply_to_message_id=said)
    assert siti.last.reply_to == said


def test_who_blocks_the_bot_is_not_reached_until_they_unblock(bot: Driver, siti: FakeUser) -> None:
    siti.blocks()
    change = newest(bot).my_chat_member
    assert change is not None
    assert change.new_chat_member.status == ChatMemberStatus.BANNED
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        bot.send_message(siti.id, "halo")
    siti.unblocks()
    bot.send_message(siti.id, "selamat datang kembali")
    assert siti.last.text == "selamat datang kembali"


def test_a_key_of_a_reply_keyboard_is_typed(bot: Driver, siti: FakeUser) -> None:
    bot.send_message(siti.id, "Pilih", reply_markup={"keyboard": [["1. KTP", "2. KK"]]})
    siti.taps("2. KK")
    assert newest(bot).message.text == "2. KK"  # type: ignore[union-attr]


def test_staff_answer_in_a_group(fake: FakeTelegram, bot: Driver) -> None:
    staff, sari = fake.group(-4001, "Petugas"), fake.user("Bu Sari")
    sent = bot.send_message(staff.id, "Berkas baru", reply_markup=keyboard("Ambil"))
    staff.member(sari).taps("Ambil")
    query = newest(bot).callback_query
    assert query is not None
    assert query.from_user.id == sari.id
    staff.member(sari).says("obrolan petugas")  # privacy mode: the bot does not hear this
    staff.member(sari).says("sudah lengkap", reply_to=sent.message_id)
    assert [u.message.text for u in bot.get_updates() if u.message] == ["sudah lengkap"]
    assert staff.last.text == "Berkas baru"
    assert sari.messages == []


def test_a_group_that_grows_tells_its_new_id(fake: FakeTelegram, bot: Driver) -> None:
    staff = fake.group(-4001)
    grown = staff.becomes_supergroup(-1004001)
    with pytest.raises(ChatMigrated) as refusal:
        bot.send_message(staff.id, "halo")
    assert refusal.value.new_chat_id == grown.id
    bot.send_message(grown.id, "halo")
    grown.removes_bot()
    with pytest.raises(Forbidden, match="kicked from the supergroup chat"):
        bot.send_message(grown.id, "halo")


def test_the_menu_of_commands_is_kept(fake: FakeTelegram, bot: Driver) -> None:
    bot.set_my_commands([("menu", "Daftar layanan")])
    assert fake.commands[""] == [{"command": "menu", "description": "Daftar layanan"}]
    with pytest.raises(BadRequest, match=r"(?i)BOT_COMMAND_INVALID"):
        bot.set_my_commands([("Menu Utama", "Daftar layanan")])


def _download(bot: Driver, file_id: str) -> bytes:
    async def fetch() -> bytes:
        return bytes(await (await bot.bot.get_file(file_id)).download_as_bytearray())

    content: bytes = bot.run(lambda _: fetch())
    return content
