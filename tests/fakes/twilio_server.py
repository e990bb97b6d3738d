"""The fake's API over HTTP: messages, media, content and the control deeds.

Says who may ask and which path is whose; what the answer is, others know.
"""

import base64
import json
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from fakes import twilio_reading as reading
from fakes.twilio_cdn import Cdn
from fakes.twilio_content import Contents, parsed
from fakes.twilio_errors import Json, Refused, not_found
from fakes.twilio_faults import Fault, Faults
from fakes.twilio_http import Answer, answer_with, headers_of, read_body, send_answer
from fakes.twilio_model import Request
from fakes.twilio_sending import Form, create
from fakes.twilio_world import World

_ACCOUNT = re.compile(r"/2010-04-01/Accounts/(?P<account>\w+)(?:/(?P<rest>.+))?\.?")
_MESSAGES = re.compile(r"Messages(?:/(?P<sid>\w+?))?\.json")
_MEDIA = re.compile(r"Messages/(?P<sid>\w+)/Media(?:/(?P<media>\w+))?(?P<json>\.json)?")
_CONTENT = re.compile(r"/v1/Content/(?P<sid>\w+)(?P<review>/ApprovalRequests(?P<ask>/whatsapp)?)?")
Control = Callable[[str, str, Json], Any]


class Call:
    """One request, read."""

    def __init__(self, scope: Scope, body: bytes) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = headers_of(scope)
        self.body = body
        self.query = Form(parse_qs(scope["query_string"].decode(), keep_blank_values=True))

    @cached_property
    def form(self) -> Form:
        kind = self.headers.get("content-type", "")
        if not kind.startswith("application/x-www-form-urlencoded"):
            return Form()
        return Form(parse_qs(self.body.decode(errors="replace"), keep_blank_values=True))

    @property
    def kind(self) -> str:
        """What orders of trouble call this request."""
        for pattern, name in (
            (r"/2010-04-01/Accounts/\w+/Messages\.json", "messages"),
            (r".*/Messages/\w+\.json", "fetch"),
            (r".*/Media(/\w+)?(\.json)?", "media"),
            (r".*/ApprovalRequests(/\w+)?", "approvals"),
            (r"/v1/Content.*", "content"),
        ):
            if re.fullmatch(pattern, self.path):
                return "list" if name == "messages" and self.method == "GET" else name
        return "other"


class Api:
    """Reads requests, has them carried out, and answers, or fails as ordered."""

    def __init__(
        self,
        world: World,
        token: str,
        contents: Contents,
        faults: Faults,
        cdn: Cdn,
        control: Control,
    ) -> None:
        self.world = world
        self.contents = contents
        self.faults = faults
        self.cdn = cdn
        self.control = control
        pair = base64.b64encode(f"{world.account}:{token}".encode()).decode()
        self._key = f"Basic {pair}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            call = Call(scope, await read_body(receive))
        except ConnectionError:
            return
        if call.path.startswith("/control/"):
            await self._controlled(call, send)
            return
        person = call.form.text("To").removeprefix("whatsapp:") if call.method == "POST" else ""
        fault = self.faults.take(call.kind, person)
        doom = fault if fault is not None and fault.status == 0 else None

        async def work() -> Answer:
            try:
                return self._answer(call, doom)
            except Refused as refused:
                return Answer.refusal(refused)

        def note(status: int) -> None:
            self._note(call, status)

        await answer_with(None if doom else fault, work, note, receive, send)

    def _note(self, call: Call, status: int) -> None:
        self.world.requests.append(
            Request(
                "api",
                call.method,
                call.path,
                call.query.fields,
                call.headers,
                call.body,
                status,
                self.world.clock(),
            )
        )

    # who may ask, and what

    def _answer(self, call: Call, doom: Fault | None) -> Answer:
        if call.headers.get("authorization") != self._key:
            raise Refused(20003)
        if call.path.startswith("/v1/"):
            return self._content(call)
        found = _ACCOUNT.fullmatch(call.path)
        if found is None or found["account"].removesuffix(".json") != self.world.account:
            raise not_found(call.path)
        rest = found["rest"] or ""
        if messages := _MESSAGES.fullmatch(rest):
            sid = messages["sid"]
            return self._message(call, sid) if sid else self._messages(call, doom)
        if media := _MEDIA.fullmatch(rest):
            return self._media(call, media)
        raise not_found(call.path)

    def _messages(self, call: Call, doom: Fault | None) -> Answer:
        if call.method == "POST":
            message = create(self.world, call.form, doom)
            return Answer.of(201, message.as_json(self.world.account))
        _only(call, "GET")
        return Answer.of(200, reading.listed(self.world, call.query, call.path))

    def _message(self, call: Call, sid: str) -> Answer:
        message = reading.find(self.world, sid, call.path)
        with self.world.lock:
            match call.method:
                case "DELETE":
                    del self.world.messages[sid]
                    return Answer(204)
                case "POST":
                    reading.redact(message, call.form)
                case _:
                    _only(call, "GET")
            return Answer.of(200, message.as_json(self.world.account))

    def _media(self, call: Call, found: re.Match[str]) -> Answer:
        message = reading.find(self.world, found["sid"], call.path)
        account = self.world.account
        if not found["media"]:
            parts = [reading.media_json(account, message, part) for part in message.media]
            return Answer.of(200, {"media_list": parts, "uri": call.path, "page": 0})
        part = reading.media(message, found["media"], call.path)
        if call.method == "DELETE":
            message.media.remove(part)
            return Answer(204)
        _only(call, "GET", "HEAD")
        if found["json"]:
            return Answer.of(200, reading.media_json(account, message, part))
        return Answer(307, headers=(("location", self.cdn.address(part)),))

    def _content(self, call: Call) -> Answer:
        if call.path in ("/v1/Content", "/v1/ContentAndApprovals"):
            if call.method == "POST":
                kind = call.headers.get("content-type", "")
                return Answer.of(201, self.contents.create(parsed(call.body, kind)))
            _only(call, "GET")
            return Answer.of(200, self.contents.listed(call.query, call.path[4:]))
        found = _CONTENT.fullmatch(call.path)
        if found is None:
            raise not_found(call.path)
        sid = found["sid"]
        if found["ask"]:
            _only(call, "POST")
            kind = call.headers.get("content-type", "")
            return Answer.of(201, self.contents.submit(sid, parsed(call.body, kind)))
        if call.method == "DELETE" and not found["review"]:
            self.contents.delete(sid)
            return Answer(204)
        _only(call, "GET")
        if found["review"]:
            return Answer.of(200, self.contents.review(sid))
        return Answer.of(200, self.contents.as_json(self.contents.find(sid)))

    async def _controlled(self, call: Call, send: Send) -> None:
        given = {name: values[-1] for name, values in call.query.fields.items()}
        try:
            given |= json.loads(call.body) if call.body else {}
            result = self.control(call.method, call.path.removeprefix("/control/"), given)
        except (AssertionError, ValueError, KeyError, TypeError, LookupError, Refused) as error:
            answer = Answer.of(400, {"error": f"{type(error).__name__}: {error}"})
        else:
            answer = Answer.of(200, {"result": result})
        await send_answer(send, answer)


def _only(call: Call, *methods: str) -> None:
    if call.method not in methods:
        raise Refused(20004)
