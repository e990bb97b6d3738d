"""The person's side over HTTP, for programs and demos outside the test's process.

`POST /control/<deed>` with JSON; `user` names who does it and `group` where, if not alone with
the bot.  Files travel as base64 in `content`.  A user unknown so far is created.

    /control/user  {"id": 7, "name": "Siti"}         /control/says  {"user": 7, "text": "halo"}
    /control/taps  {"user": 7, "button": "Ya"}       /control/sends_photo  {"user": 7, "content": …}
    /control/fail  {"method": "sendMessage", "status": 500}
    GET /control/messages?user=7                     GET /control/state
"""

import base64
from typing import TYPE_CHECKING, Any

from fakes.telegram_errors import Json
from fakes.telegram_model import SentMessage, Tap
from fakes.telegram_people import FakeUser

if TYPE_CHECKING:
    from fakes.telegram import FakeTelegram

DEEDS = frozenset(
    {
        "start",
        "says",
        "edits",
        "sends",
        "sends_photo",
        "sends_album",
        "sends_document",
        "sends_voice",
        "sends_video",
        "sends_sticker",
        "sends_location",
        "sends_contact",
        "taps",
        "blocks",
        "unblocks",
    }
)


class Control:
    """Translates JSON into deeds."""

    def __init__(self, fake: "FakeTelegram") -> None:
        self._fake = fake

    def __call__(self, method: str, deed: str, given: Json) -> Any:
        match deed:
            case "user":
                user = self._fake.user(given.pop("name"), **given)
                return {"id": user.id, "name": user.name}
            case "group":
                return {"id": self._fake.group(int(given["id"]), given["title"]).id}
            case "messages":
                return [message.as_json() for message in self._actor(given).messages]
            case "state":
                return self._state()
            case "fail":
                self._fake.fail(given.pop("method"), **given)
                return True
            case _ if deed in DEEDS and method == "POST":
                return self._do(deed, given)
        raise ValueError(f"no such deed: {deed}")

    def _do(self, deed: str, given: Json) -> Any:
        actor = self._actor(given)
        if "content" in given and deed != "sends":
            given["content"] = base64.b64decode(given["content"])
        if "contents" in given:
            given["contents"] = [base64.b64decode(content) for content in given["contents"]]
        match getattr(actor, deed)(**given):
            case Tap() as tap:
                return tap.id
            case done:
                return done

    def _actor(self, given: Json) -> FakeUser:
        """Who does it, and in which chat."""
        user_id = int(given.pop("user"))
        user = self._fake.user(given.pop("name", ""), id=user_id)
        if "group" in given:
            return self._fake.group(int(given.pop("group"))).member(user)
        return user

    def _state(self) -> Json:
        world = self._fake.world
        with world.lock:
            sent: list[SentMessage] = [m for c in world.chats.values() for m in c.sent.values()]
            return {
                "messages": len(sent),
                "calls": len(world.calls),
                "refused": world.refused,
                "pending": len(world.pending),
                "updates_sent": len(world.updates_sent),
                "webhook": world.webhook.url,
            }
