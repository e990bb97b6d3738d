"""The methods of the Bot API that do not send: settings, webhook, edits, files.

Together with `telegram_sending` the whole of what the fake understands; any other method is
404, as on the platform.  getUpdates waits, so it lives in `telegram_server`.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from fakes.telegram_errors import Json, Refused, bad_request
from fakes.telegram_faults import Limits
from fakes.telegram_keyboard import check_markup, read_markup
from fakes.telegram_model import Chat, SentMessage, Webhook
from fakes.telegram_request import Answer, Params
from fakes.telegram_sending import Sending, check_words, read_words
from fakes.telegram_text import is_private_host, units
from fakes.telegram_world import World

MOST_NOTICE = 200
MOST_DOWNLOAD = 20 * 1024 * 1024
LINK_SERVED = 3600.0
TWO_DAYS = 48 * 3600.0
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)


class Methods:
    """Carries out one request of the bot at a time."""

    def __init__(
        self, world: World, limits: Limits, allow_http: bool, callback_life: float
    ) -> None:
        self.world = world
        self.allow_http = allow_http
        self.callback_life = callback_life
        self.on_webhook: Callable[[], None] = lambda: None
        self._by_name: dict[str, Callable[[Params], Any]] = {
            name.replace("_", ""): getattr(owner, name)
            for owner in (self, Sending(world, limits))
            for name in vars(type(owner))
            if not name.startswith("_") and name != "call"
        }

    def call(self, method: str, params: Params) -> Any:
        """The result of a method named in any case, as the platform reads it."""
        found = self._by_name.get(method.lower())
        if found is None:
            raise Refused(404, "Not Found")
        try:
            with self.world.lock:
                return found(params)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise bad_request(f"can't parse parameters of {method}: {error!r}") from error

    # about the bot

    def get_me(self, params: Params) -> Json:
        return self.world.bot | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.world.privacy,
            "supports_inline_queries": False,
        }

    def set_my_commands(self, params: Params) -> bool:
        commands = params.item("commands", "commands") or []
        for command in commands:
            if not re.fullmatch(r"/?[a-z0-9_]{1,32}", command["command"]):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= units(command["description"]) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        self.world.commands[params.text("language_code")] = commands
        return True

    def get_my_commands(self, params: Params) -> list[Json]:
        return self.world.commands.get(params.text("language_code"), [])

    def get_chat(self, params: Params) -> Json:
        chat = self.world.chat(params.text("chat_id"))
        if chat.access == "never started":
            raise bad_request("chat not found")
        return chat.info | {
            "accent_color_id": 1,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(
                (
                    "unlimited_gifts",
                    "limited_gifts",
                    "unique_gifts",
                    "premium_subscription",
                    "gifts_from_channels",
                ),
                False,
            ),
        }

    # the webhook

    def set_webhook(self, params: Params) -> Answer:
        url, secret = params.text("url"), params.text("secret_token")
        if not url:
            return self.delete_webhook(params)
        if len(secret) > 256:
            raise bad_request("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise bad_request("secret token contains unallowed characters")
        self._check_webhook(url)
        self._drop_pending(params)
        self.world.allow(params.item("allowed_updates", "allowed updates"))
        connections = min(max(params.integer("max_connections", 40), 1), 100)
        self.world.webhook = Webhook(url, secret, connections)
        self.on_webhook()
        return Answer(True, "Webhook was set")

    def _check_webhook(self, url: str) -> None:
        if self.allow_http:
            return
        parts = urlsplit(url)
        if parts.scheme != "https":
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if (parts.port or 443) not in (443, 80, 88, 8443):
            raise bad_request(
                "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
            )
        if is_private_host(host := parts.hostname or ""):
            address = "127.0.0.1" if host.endswith("localhost") else host
            raise bad_request(f"bad webhook: IP address {address} is reserved")

    def delete_webhook(self, params: Params) -> Answer:
        self._drop_pending(params)
        was_set, self.world.webhook = bool(self.world.webhook.url), Webhook()
        self.on_webhook()
        return Answer(True, f"Webhook {'was' if was_set else 'is already'} deleted")

    def _drop_pending(self, params: Params) -> None:
        if params.flag("drop_pending_updates"):
            self.world.forget(list(self.world.pending))

    def get_webhook_info(self, params: Params) -> Json:
        hook = self.world.webhook
        info: Json = {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.world.pending),
        }
        if hook.url:
            info["max_connections"] = hook.connections
        if hook.last_error:
            info |= {
                "last_error_date": int(hook.last_error_at),
                "last_error_message": hook.last_error,
            }
        if self.world.allowed:
            info["allowed_updates"] = sorted(self.world.allowed)
        return info

    # changing what was sent

    def edit_message_text(self, params: Params) -> Json:
        if not params.text("text"):
            raise bad_request("message text is empty")
        content = read_words(params, "text")
        markup = read_markup(params.values.get("reply_markup"))
        chat, sent = self._editable(params)
        if "text" not in sent.raw:
            raise bad_request("there is no text in the message to edit")
        check_words(content)
        return self._rewrite(chat, sent, content, markup)

    def edit_message_reply_markup(self, params: Params) -> Json:
        markup = read_markup(params.values.get("reply_markup"))
        chat, sent = self._editable(params)
        return self._rewrite(chat, sent, _words_of(sent), markup)

    def _editable(self, params: Params) -> tuple[Chat, SentMessage]:
        chat = self.world.chat(params.text("chat_id"))
        message_id = params.integer("message_id")
        if message_id not in chat.messages:
            raise bad_request("message to edit not found")
        sent = chat.sent.get(message_id)
        if sent is None or (sent.markup and not sent.inline):
            raise bad_request("message can't be edited")
        return chat, sent

    def _rewrite(self, chat: Chat, sent: SentMessage, content: Json, markup: Json | None) -> Json:
        check_markup(markup, chat.private)
        if markup and "inline_keyboard" not in markup:
            raise bad_request("inline keyboard expected")
        self.world.check_door(chat)
        if content == _words_of(sent) and markup == sent.markup:
            raise bad_request(NOT_MODIFIED)
        self.world.rewrite(chat, sent, content, markup)
        return sent.raw

    def delete_message(self, params: Params) -> bool:
        chat = self.world.chat(params.text("chat_id"))
        message = chat.messages.get(params.integer("message_id"))
        if message is None:
            raise bad_request("message to delete not found")
        if message["date"] < self.world.clock() - TWO_DAYS:
            raise bad_request("message can't be deleted for everyone")
        if not chat.private and message["message_id"] not in chat.sent:
            raise bad_request("message can't be deleted")
        self.world.remove(chat, message["message_id"])
        return True

    def answer_callback_query(self, params: Params) -> bool:
        tap = self.world.taps.get(params.text("callback_query_id"))
        if tap is None or self.world.clock() - tap.at > self.callback_life:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        text = params.text("text")
        if units(text) > MOST_NOTICE:
            raise bad_request("MESSAGE_TOO_LONG")
        with self.world.changed:
            tap.answered, tap.text, tap.alert = True, text, params.flag("show_alert")
            self.world.changed.notify_all()
        return True

    # fetching files

    def get_file(self, params: Params) -> Json:
        stored = self.world.shelf.find(params.text("file_id"))
        if stored is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if stored.size > MOST_DOWNLOAD:
            raise bad_request("file is too big")
        stored.served_until = self.world.clock() + LINK_SERVED
        return stored.as_json() | {"file_path": stored.path}


def _words_of(sent: SentMessage) -> Json:
    return {name: value for name, value in sent.raw.items() if name in ("text", "entities")}
