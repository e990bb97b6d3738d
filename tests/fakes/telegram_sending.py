"""The methods that send something.

The order of checks is the platform's: what cannot be read first, then the chat, then what the
message says, then whether the chat is open, then the flood limits.
"""

from fakes.telegram_errors import Json, bad_request
from fakes.telegram_faults import Limits
from fakes.telegram_files import check_upload
from fakes.telegram_keyboard import check_markup, read_markup
from fakes.telegram_model import Chat
from fakes.telegram_request import Params, Upload
from fakes.telegram_text import read_text, units
from fakes.telegram_world import World

MOST_TEXT, MOST_CAPTION = 4096, 1024
MOST_FILE = 50 * 1024 * 1024
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def read_words(params: Params, name: str) -> Json:
    """The text or caption of a request, parsed, under the names a message gives them."""
    prefix = "" if name == "text" else "caption_"
    given = params.item(f"{prefix}entities", "entities")
    text, entities = read_text(params.text(name), params.text("parse_mode"), given)
    if not text and name == "caption":
        return {}
    return {name: text} | ({f"{prefix}entities": entities} if entities else {})


def check_words(content: Json) -> None:
    """Refuse words Telegram finds too few or too many."""
    if "text" in content:
        if not content["text"]:
            raise bad_request("text must be non-empty")
        if units(content["text"]) > MOST_TEXT:
            raise bad_request("message is too long")
    if units(content.get("caption", "")) > MOST_CAPTION:
        raise bad_request("message caption is too long")


class Sending:
    """Puts the bot's messages into chats."""

    def __init__(self, world: World, limits: Limits) -> None:
        self.world = world
        self.limits = limits

    def send_message(self, params: Params) -> Json:
        if not params.text("text"):
            raise bad_request("message text is empty")
        return self._send(params, read_words(params, "text"))

    def send_photo(self, params: Params) -> Json:
        caption = read_words(params, "caption")
        upload, sizes = self._photo(params, params.text("photo") or "attach://photo")
        return self._send(params, {"photo": sizes} | caption, photo=upload)

    def send_document(self, params: Params) -> Json:
        caption = read_words(params, "caption")
        upload, document = self._document(params, params.text("document") or "attach://document")
        return self._send(params, {"document": document} | caption, document=upload)

    def send_video(self, params: Params) -> Json:
        caption = read_words(params, "caption")
        upload = self._file(params, params.text("video") or "attach://video", "video")
        if len(upload.content) > MOST_FILE:
            raise bad_request("file is too big")
        if upload.content[4:8] != b"ftyp":
            raise bad_request("wrong file type")  # the platform sends it as a document instead
        stored = self.world.shelf.keep("videos", ".mp4", upload.content, len(upload.content))
        shape = {"width": 320, "height": 240, "duration": 12, "mime_type": "video/mp4"}
        shown = {"video": stored.as_json() | shape}
        return self._send(params, shown | caption, video=upload.content)

    def send_voice(self, params: Params) -> Json:
        caption = read_words(params, "caption")
        upload = self._file(params, params.text("voice") or "attach://voice", "voice").content
        if not upload.startswith(b"OggS"):
            raise bad_request("VOICE_MESSAGES_FORBIDDEN")  # the platform sends others as music
        stored = self.world.shelf.keep("voice", ".oga", upload, len(upload))
        shape = {"duration": 1, "mime_type": "audio/ogg"}
        return self._send(params, {"voice": stored.as_json() | shape} | caption, voice=upload)

    def send_location(self, params: Params) -> Json:
        place = {}
        for name, most in (("latitude", 90), ("longitude", 180)):
            given = params.text(name).strip()
            if not given:
                raise bad_request(f"{name} is empty")
            try:
                place[name] = float(given)
            except ValueError:
                raise bad_request(f"{name} must be a valid number") from None
            if abs(place[name]) > most:
                raise bad_request("invalid location specified")
        return self._send(params, {"location": place})

    def send_media_group(self, params: Params) -> list[Json]:
        media = params.item("media", "media") or []
        if not isinstance(media, list) or not 2 <= len(media) <= 10:
            raise bad_request("media must include 2-10 items")  # documented; the words are ours
        kinds = {item.get("type") for item in media}
        if not kinds <= {"photo", "document"}:
            raise bad_request(f'type "{min(kinds)}" is unsupported by this fake')
        if len(kinds) > 1:
            raise bad_request("document can't be mixed with other media types")
        chat, reply = self._addressed(params)
        contents = [self._album_item(params, item) for item in media]
        self.world.check_door(chat)
        self.limits.take(chat.id, len(media))
        album = {"media_group_id": str(13_000_000_000_000_000 + self.world.number())}
        return [
            self.world.post(chat, content | album | reply, None, **files).raw
            for content, files in contents
        ]

    def _album_item(self, params: Params, item: Json) -> tuple[Json, dict[str, bytes]]:
        caption = read_words(Params(item), "caption")
        check_words(caption)
        kind = item["type"]
        described = self._photo if kind == "photo" else self._document
        upload, shown = described(params, str(item.get("media", "")))
        return {kind: shown} | caption, {kind: upload}

    def send_chat_action(self, params: Params) -> bool:
        if params.text("action").lower() not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        self.world.check_door(self.world.chat(params.text("chat_id")))
        return True

    def _send(self, params: Params, content: Json, **files: bytes) -> Json:
        markup = read_markup(params.values.get("reply_markup"))
        chat, reply = self._addressed(params)
        check_words(content)
        check_markup(markup, chat.private)
        self.world.check_door(chat)
        self.limits.take(chat.id)
        return self.world.post(chat, content | reply, markup, **files).raw

    def _addressed(self, params: Params) -> tuple[Chat, Json]:
        """The chat, and what the message says of the one it answers."""
        chat = self.world.chat(params.text("chat_id"))
        wanted = params.item("reply_parameters", "reply parameters")
        if wanted is None and params.text("reply_to_message_id"):
            wanted = {
                "message_id": params.integer("reply_to_message_id"),
                "allow_sending_without_reply": params.flag("allow_sending_without_reply"),
            }
        if not wanted:
            return chat, {}
        if "message_id" not in wanted:
            raise bad_request('can\'t find field "message_id"')
        found = chat.messages.get(int(wanted["message_id"]))
        if found is None:
            if wanted.get("allow_sending_without_reply"):
                return chat, {}
            raise bad_request("message to be replied not found")
        return chat, {
            "reply_to_message": {k: v for k, v in found.items() if k != "reply_to_message"}
        }

    def _photo(self, params: Params, given: str) -> tuple[bytes, list[Json]]:
        content = self._file(params, given, "photo").content
        check_upload(content)
        return content, self.world.shelf.keep_photo(content)

    def _document(self, params: Params, given: str) -> tuple[bytes, Json]:
        file = self._file(params, given, "document")
        kept = self.world.shelf.keep_document(file.content, file.name, file.mime, None)
        return file.content, kept

    def _file(self, params: Params, given: str, kind: str) -> Upload:
        """The file a bot sends: uploaded now, or known from before."""
        if given.startswith("attach://"):
            upload = params.files.get(given.removeprefix("attach://"))
            if upload is None:
                raise bad_request(f"there is no {kind} in the request")
            if not upload.content:
                raise bad_request("file must be non-empty")
            self.world.uploads.append(kind)
            return upload
        if given.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        known = self.world.shelf.find(given)
        if known is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if (found := known.path.split("/")[0].removesuffix("s")) != kind:
            raise bad_request(f"can't use file of type {found.title()} as {kind.title()}")
        return Upload(known.path.split("/")[1], "", known.content())
