"""What Twilio's webhooks say: the forms of WhatsApp and text messages, and reports on ours.

A listed message (what came while we were down) has the same form, with fewer fields.
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flows.model import Event, Opened, Said, Sent, Tapped, Unsupported
from handlers.delivery import SMS, Receipt
from handlers.inbound import Inbound

NAME = "whatsapp"
PREFIX = "whatsapp:"
MOST_FILES = 10

_LINK = re.compile(r"/?(?:start|mulai) ([a-z][a-z0-9_-]{1,40})", re.IGNORECASE)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


def read(form: Mapping[str, str]) -> list[Inbound]:
    """What one webhook, or one listed message, says: an update for each file, else one."""
    sid, sender = form["MessageSid"], form.get("From", "")
    phone = sender.removeprefix(PREFIX)
    if not sid or not _PHONE.fullmatch(phone):
        return []  # a short code or a company's name: nobody to answer
    channel = NAME if sender.startswith(PREFIX) else SMS
    raw = json.dumps(dict(form), separators=(",", ":"), ensure_ascii=False)
    return [
        Inbound(
            channel=channel,
            external_id=f"{sid}/{number}" if number else sid,
            address=phone,
            event=event,
            raw=raw,
            name=form.get("ProfileName", "")[:100],
            remote=remote,
            album=bool(remote),
            message_id=sid,
            phone=phone,
            written_at=_written(form),
            reply_to=form.get("OriginalRepliedMessageSid", ""),
        )
        for number, (event, remote) in enumerate(_events(form))
    ]


def _written(form: Mapping[str, str]) -> datetime | None:
    """When a listed message was written; None for one that just came."""
    try:
        at = datetime.fromisoformat(form.get("DateSent", ""))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def read_report(form: Mapping[str, str], row: int) -> Receipt:
    """What a status callback says of the message of that row."""
    channel = NAME if form.get("To", "").startswith(PREFIX) else SMS
    return Receipt(
        channel, row, form.get("MessageSid", ""), form.get("MessageStatus", ""),
        form.get("ErrorCode", ""),
    )  # fmt: skip


def _events(form: Mapping[str, str]) -> list[tuple[Event, dict[str, Any]]]:
    """The events of one message, each with how to fetch its file if it has one."""
    if token := form.get("ButtonPayload") or form.get("ListId"):
        return [(Tapped(token[:256]), {})]
    if files := _files(form):
        return files
    if form.get("Latitude") and form.get("Longitude"):
        return [(Unsupported("location"), {})]
    body = form.get("Body", "")
    if not body.strip():
        return [(Unsupported("other"), {})]
    link = _LINK.fullmatch(body.strip())
    return [(Opened(link[1].lower()) if link else Said(body), {})]


def _files(form: Mapping[str, str]) -> list[tuple[Event, dict[str, Any]]]:
    count = form.get("NumMedia", "0")
    found: list[tuple[Event, dict[str, Any]]] = []
    for number in range(min(int(count) if count.isdecimal() else 0, MOST_FILES)):
        media_type = form.get(f"MediaContentType{number}", "").split(";")[0].strip().lower()
        url = form.get(f"MediaUrl{number}", "")
        unsupported = _unsupported(media_type, form.get("MessageType", ""))
        if unsupported:
            remote = {"url": url, "voice": True} if unsupported == "voice" else {}
            found.append((Unsupported(unsupported), remote))
            continue
        # a document carries its file's name where a picture has its caption
        caption = form.get("Body", "") if media_type.startswith("image/") and not number else ""
        found.append((Sent(secrets.token_urlsafe(16), caption), {"url": url}))
    return found


def _unsupported(media_type: str, message_type: str) -> str:
    """The kind of a file that is no document and no picture; empty for those."""
    if message_type == "sticker":
        return "sticker"
    if media_type in ("text/vcard", "text/x-vcard"):
        return "contact"
    kind = media_type.partition("/")[0]
    return {"audio": "voice", "video": "video"}.get(kind, "")
