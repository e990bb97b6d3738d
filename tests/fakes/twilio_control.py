"""The person's side over HTTP, for programs and demos outside the test's process.

`POST /control/<deed>` with JSON; `user` is the phone of who does it, `channel` whatsapp or sms.
Files travel as base64 in `content`, several in `contents`.

    /control/user  {"user": "+628…", "name": "Siti"}   /control/says  {"user": "+628…", "text": …}
    /control/taps  {"user": "+628…", "title": "Ya"}     /control/advance  {"hours": 25}
    /control/fail  {"what": "messages", "status": 500}  /control/approves  {"name": "siap"}
    /control/webhook  {"url": …, "public_url": …}       /control/set  {"callbacks": "doubled"}
    GET /control/messages?user=%2B628…                  GET /control/state
"""

import base64
from typing import TYPE_CHECKING, Any

from fakes.twilio_errors import Json
from fakes.twilio_people import FakeUser

if TYPE_CHECKING:
    from fakes.twilio import FakeTwilio

DEEDS = frozenset(
    {
        "says",
        "taps",
        "sends",
        "sends_photo",
        "sends_photos",
        "sends_document",
        "sends_voice",
        "sends_video",
        "sends_sticker",
        "sends_location",
        "sends_contact",
        "blocks",
        "unblocks",
        "no_whatsapp",
        "no_marketing",
        "stops",
        "resumes",
    }
)
ORDERS = frozenset({"advance", "fail", "misdirects", "webhook", "approves", "rejects", "pauses"})
SETTINGS = frozenset({"callbacks", "deliver_twice", "in_order", "latency", "throughput"})


class Control:
    """Translates JSON into deeds."""

    def __init__(self, fake: "FakeTwilio") -> None:
        self._fake = fake

    def __call__(self, method: str, deed: str, given: Json) -> Any:
        match deed:
            case "messages":
                return [message.as_seen() for message in self._actor(given).messages]
            case "state":
                return self._state()
            case _ if method != "POST":
                pass
            case "user":
                name = str(given.pop("name", ""))
                user = self._actor(given, name)
                return {"user": user.phone, "name": user.person.name}
            case "reads":
                return len(self._actor(given).reads())
            case "set":
                return self._set(given)
            case _ if deed in ORDERS:
                getattr(self._fake, deed)(**given)
                return True
            case _ if deed in DEEDS:
                return self._do(deed, given)
        raise ValueError(f"no such deed: {deed}")

    def _do(self, deed: str, given: Json) -> Any:
        actor = self._actor(given)
        if "content" in given:
            given["content"] = base64.b64decode(given["content"])
        if "contents" in given:
            given["contents"] = [base64.b64decode(content) for content in given["contents"]]
        return getattr(actor, deed)(**given)

    def _set(self, given: Json) -> bool:
        for name, value in given.items():
            if name not in SETTINGS:
                raise ValueError(f"no such setting: {name}")
            setattr(self._fake, name, value)
        return True

    def _actor(self, given: Json, name: str = "") -> FakeUser:
        return self._fake.user(str(given.pop("user")), name, given.pop("channel", "whatsapp"))

    def _state(self) -> Json:
        world = self._fake.world
        with world.lock:
            messages = list(world.messages.values())
            statuses = [message.status for message in messages if not message.inbound]
            return {
                "sent": len(statuses),
                "received": len(messages) - len(statuses),
                "statuses": {status: statuses.count(status) for status in sorted(set(statuses))},
                "requests": len(world.requests),
                "busy": world.busy,
                "alerts": [vars(alert) for alert in world.alerts],
                "whatsapp_from": self._fake.whatsapp_from,
                "sms_from": self._fake.sms_from,
                "media_url": self._fake.media_url,
            }
