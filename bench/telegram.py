"""Telegram's side: the Bot API that says yes to everything, and updates as webhooks bring them."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qs

from bench.common import FIRST_CHAT, FIRST_UPDATE, SCRIPT, Json, update
from bench.program import Platform, request

TOKEN = "123456:BENCH-000000000000000000000000000000"
SECRET = "bench-secret-0123456789"
ME = {"id": 123456, "is_bot": True, "first_name": "Loket", "username": "loket_bot"}
HEADERS = {
    "content-type": "application/json",
    "x-telegram-bot-api-secret-token": SECRET,
}


class BotApi(Platform):
    """The Bot API."""

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "TELEGRAM__TOKEN": TOKEN,
            "TELEGRAM__API_URL": self.url,
            "TELEGRAM__MODE": "webhook",
            "TELEGRAM__WEBHOOK_SECRET": SECRET,
        }

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Json]:
        call = path.rpartition("/")[2]
        if call == "getMe":
            return 200, {"ok": True, "result": ME}
        if call != "sendMessage":
            return 200, {"ok": True, "result": True}
        chat = parse_qs(body.decode())["chat_id"][0]
        place = {"id": int(chat), "type": "private"}
        message = {"message_id": self.sent(chat), "date": 1_795_395_600, "chat": place, "text": "…"}
        return 200, {"ok": True, "result": message}


def post(chat: int, turn: int) -> bytes:
    """The request that brings this turn of this chat."""
    number = (chat - FIRST_CHAT) * len(SCRIPT) + turn + FIRST_UPDATE
    body = json.dumps(update(number, chat, turn)).encode()
    return request("/webhooks/telegram", HEADERS, body)
