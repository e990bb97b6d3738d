"""Twilio's side: an API that says yes to everything, and signed forms as webhooks bring them.

The signature is made as Twilio makes it, over the public address and all fields
(https://www.twilio.com/docs/usage/security#validating-requests).
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode

from bench.common import FIRST_CHAT, SCRIPT, Json
from bench.program import Platform, request

ACCOUNT = "AC" + "b" * 32
TOKEN = "bench-auth-token-0123456789"
OURS = "+628111222333"
PUBLIC_URL = "https://loket.bench.example"
WEBHOOK = "/webhooks/whatsapp"
FIRST_PHONE = 6_281_200_000_000


class TwilioApi(Platform):
    """Messages and Content of one account; its lists are empty."""

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "WEB__PUBLIC_URL": PUBLIC_URL,
            "WHATSAPP__ACCOUNT_SID": ACCOUNT,
            "WHATSAPP__AUTH_TOKEN": TOKEN,
            "WHATSAPP__FROM": OURS,
            "WHATSAPP__API_URL": self.url,
        }

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Json]:
        if path.startswith("/v1/Content"):
            if method == "POST":
                return 201, {"sid": f"HX{len(body):032x}"}
            return 200, {"contents": [], "meta": {"key": "contents", "next_page_url": None}}
        if method == "POST":
            person = parse_qs(body.decode())["To"][0].removeprefix("whatsapp:")
            return 201, {"sid": f"SM{self.sent(person):032x}", "status": "queued"}
        if path.endswith("/Messages.json"):
            return 200, {"messages": [], "next_page_uri": None}
        return 200, {"status": "delivered"}


def phone(chat: int) -> str:
    """The number of the person whose chat this would be on Telegram."""
    return f"+{FIRST_PHONE + chat - FIRST_CHAT}"


def post(chat: int, turn: int) -> bytes:
    """The request that brings this turn of this person."""
    fields = form(chat, turn)
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": sign(PUBLIC_URL + WEBHOOK, fields),
        "i-twilio-idempotency-token": "bench",
    }
    return request(WEBHOOK, headers, urlencode(fields).encode())


def sign(url: str, fields: Mapping[str, str]) -> str:
    """What Twilio would sign this form with."""
    signed = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return b64encode(hmac.digest(TOKEN.encode(), signed.encode(), "sha1")).decode()


def sid(chat: int, turn: int) -> str:
    """How Twilio would call this message."""
    return f"SM{chat * len(SCRIPT) + turn:032x}"


def form(chat: int, turn: int) -> dict[str, str]:
    """The fields of one message: a text, or a tap on one of its buttons."""
    kind, content = SCRIPT[turn]
    person, name = phone(chat), sid(chat, turn)
    fields = {
        "SmsMessageSid": name,
        "NumMedia": "0",
        "ProfileName": "Yuni Astuti",
        "MessageType": "text",
        "SmsSid": name,
        "WaId": person.removeprefix("+"),
        "SmsStatus": "received",
        "Body": content.replace("/start", "mulai"),
        "To": f"whatsapp:{OURS}",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": name,
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{person}",
        "ApiVersion": "2010-04-01",
    }
    if kind == "tap":
        fields |= {"MessageType": "button", "Body": "Ya"}
        fields |= {"ButtonText": "Ya", "ButtonPayload": content}
    return fields
