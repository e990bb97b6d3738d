"""Carrying messages: to the person, and news of them to the program.

Lives in the server's event loop.  Messages between the same two numbers go in order.  A webhook
that fails is not called again; the message stays in the list of messages.
"""

import asyncio
import random
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from xml.etree import ElementTree

from fakes.twilio_forms import inbound_form, status_form
from fakes.twilio_model import Media, Message, Told
from fakes.twilio_post import Caller, Reply, signature
from fakes.twilio_rules import final_status, media_fault, verdict
from fakes.twilio_world import World, new_sid

_TWIML = frozenset({"text/xml", "application/xml", "text/html"})
_FINAL = frozenset({"delivered", "read", "failed", "undelivered"})
Job = Callable[[], Awaitable[None]]


class Courier:
    """Does in the background what Twilio does after it has answered."""

    def __init__(self, world: World, token: str, timeout: float) -> None:
        self.world = world
        self.token = token
        self.timeout = timeout
        self.base = ""
        self.latency = 0.0
        self.twice = False
        self.in_order = True
        self._random = random.Random(1)
        self._lanes: dict[object, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._caller = Caller(timeout)

    async def begin(self) -> None:
        """Take up what an outage left undone; webhooks missed meanwhile are lost."""
        self._caller = Caller(self.timeout)
        with self.world.changed:
            messages = [m for m in self.world.messages.values() if not m.inbound]
            waiting = [m for m in messages if m.status not in _FINAL]
            self.world.busy = len(waiting)
            self.world.changed.notify_all()
        for message in waiting:
            self.carry(message)

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lanes.clear()
        self._caller.close()
        with self.world.changed:
            self.world.busy = 0
            self.world.changed.notify_all()

    # lanes

    def _queue(self, lane: object, job: Job) -> None:
        waiting = self._lanes.get(lane)
        if waiting is not None:
            waiting.append(job)
            return
        self._lanes[lane] = deque([job])
        self._spawn(self._drain(lane))

    async def _drain(self, lane: object) -> None:
        waiting = self._lanes[lane]
        try:
            while waiting:
                await waiting[0]()
                waiting.popleft()
        finally:
            self._lanes.pop(lane, None)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # to the person

    def carry(self, message: Message) -> None:
        """The program's message sets out."""
        self._queue((message.from_, message.to), lambda: self._carry(message))

    async def _carry(self, message: Message) -> None:
        if self.latency:
            await asyncio.sleep(self.latency)
        error = message.doom or await self._fetch_media(message)
        with self.world.lock:
            error = error or verdict(self.world, message)
            statuses = ["queued"] if message.service else []
            if error:
                self.world.fail(message, final_status(error), error)
                statuses.append(message.status)
            else:
                self.world.show(message)
                statuses += ["sent", "delivered"]
        self._spawn(self._tell(message, statuses))

    async def _fetch_media(self, message: Message) -> int:
        """Twilio asks for the head of a file, then for the file."""
        if not message.urls:
            return 0
        found = []
        for url in message.urls:
            address = self.world.hook.reach(url)
            try:
                head = await self._caller.call("HEAD", address)
                reply = await self._caller.call("GET", address)
            except (OSError, TimeoutError, ValueError):
                return 63019
            if head.status != 200 or reply.status != 200 or not reply.kind:
                return 63019
            found.append(Media(new_sid("ME"), reply.kind, reply.body))
        message.media = found
        return media_fault(message.to.channel, found)

    # to the program

    def read(self, messages: list[Message]) -> None:
        """The person has read these."""
        for message in messages:
            self._spawn(self._tell(message, ["read"]))

    async def _tell(self, message: Message, statuses: list[str]) -> None:
        """Status callbacks of one message, in the order the world asks for."""
        try:
            if not message.callback or self.world.callbacks == "none":
                return
            if self.world.callbacks == "doubled":
                statuses = [status for status in statuses for _ in range(2)]
            if self.world.callbacks == "shuffled" and len(statuses) > 1:
                before = list(statuses)
                while statuses == before:
                    self._random.shuffle(statuses)
            for status in statuses:
                form = status_form(message, status, self.world.account)
                await self._post(message.callback, form, message.sid)
        finally:
            self.world.done()

    def announce(self, message: Message) -> None:
        """A person's message sets out for the program's webhook."""
        lane = message.from_ if self.in_order else message.sid
        self._queue(("inbound", lane), lambda: self._announce(message))

    async def _announce(self, message: Message) -> None:
        try:
            url = self.world.hook.public
            if not url:
                return
            person = self.world.person(message.from_)
            form = inbound_form(message, person, self.world.account, self.base)
            for _ in range(2 if self.twice else 1):
                reply = await self._post(url, form, message.sid)
                if reply is not None:
                    self._obey(message, reply, url)
        finally:
            self.world.done()

    async def _post(self, url: str, form: dict[str, str], sid: str) -> Reply | None:
        """Call once; a failure goes to the error log, and that is all."""
        headers = {
            "X-Twilio-Signature": signature(self.token, url, form),
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
        }
        status = 0
        try:
            reply = await self._caller.post(self.world.hook.reach(url), form, headers)
            status = reply.status
        except (OSError, TimeoutError) as error:
            self.world.alert(11205, url, sid, type(error).__name__)
            return None
        finally:
            self.world.note(Told(url, form, status))
        if not 200 <= status <= 299:
            self.world.alert(11200, url, sid, f"HTTP {status}")
            return None
        return reply

    def _obey(self, message: Message, reply: Reply, url: str) -> None:
        """Do what the answer says: TwiML is carried out, plain text is sent to the person."""
        if not reply.body.strip():
            return
        if reply.kind == "text/plain":
            self._reply(message, reply.body.decode(errors="replace"))
        elif reply.kind not in _TWIML:
            self.world.alert(12300, url, message.sid, reply.kind or "no Content-Type")
        else:
            try:
                root = ElementTree.fromstring(reply.body)
            except ElementTree.ParseError as error:
                self.world.alert(12100, url, message.sid, str(error))
                return
            for verb in root.iter("Message"):
                self._reply(message, "".join(verb.itertext()).strip())

    def _reply(self, message: Message, words: str) -> None:
        answer = self.world.new_message(message.to, message.from_, words, "outbound-reply")
        self.world.post(answer)
