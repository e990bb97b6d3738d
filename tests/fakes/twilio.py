"""A Twilio for tests: a real server that speaks its messaging API as strictly as the platform.

    with FakeTwilio() as fake:
        fake.webhook("http://127.0.0.1:8000/whatsapp", "https://loket.example.go.id/whatsapp")
        siti = fake.user("+6281234567890")
        siti.says("halo")
        siti.waits_for("Selamat datang")

The program under test gets `fake.url` as the address of all of Twilio's hosts.  What Twilio
refuses is refused here; what WhatsApp then does with an accepted message is told by status
callbacks; what a person sees is in `user.messages`.  `python -m fakes.twilio --port N` runs it
as a process of its own, moved by `/control/…` (see `twilio_control`).

Knows nothing of Loket.
"""

import argparse
import signal
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from fakes.telegram_files import picture
from fakes.telegram_thread import ServerThread
from fakes.twilio_cdn import ENDLESS, Cdn
from fakes.twilio_content import Contents
from fakes.twilio_control import Control
from fakes.twilio_courier import Courier
from fakes.twilio_errors import Json
from fakes.twilio_faults import Clock, Fault, Faults, Throughput, Trouble
from fakes.twilio_model import Address, Alert, Channel, Message, Request, Told
from fakes.twilio_people import FakeUser
from fakes.twilio_server import Api
from fakes.twilio_template import Template
from fakes.twilio_world import Callbacks, Hook, World

__all__ = ["ENDLESS", "FakeTwilio", "FakeUser", "Message", "Template", "picture"]

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "0123456789abcdef0123456789abcdef"
WHATSAPP, SMS = "+6281100000001", "+12025550123"


class FakeTwilio:
    """One account's Twilio.  Stopped and started again, it keeps its ports and its memory."""

    def __init__(
        self,
        account_sid: str = ACCOUNT,
        auth_token: str = TOKEN,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        whatsapp: str = WHATSAPP,
        sms: str = SMS,
        throughput: float | None = 80.0,
        clock: Callable[[], float] = time.time,
        webhook_timeout: float = 15.0,
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.clock = Clock(clock)
        numbers = (Address("whatsapp", whatsapp), Address("sms", sms))
        self.world = World(account_sid, numbers, self.clock)
        self.faults = Faults()
        self.limits = Throughput(self.clock, throughput)
        self._courier = Courier(self.world, auth_token, webhook_timeout)
        self._contents = Contents(self.world)
        self._cdn = Cdn(self.world, self.faults)
        api = Api(self.world, auth_token, self._contents, self.faults, self._cdn, Control(self))
        self._media = ServerThread(self._cdn, host, 0, _nothing, _nothing)
        self._thread = ServerThread(api, host, port, self._courier.begin, self._courier.end)
        self._running = False
        self.world.on_inbound = self._on_inbound
        self.world.on_outbound = self._on_outbound
        self.world.on_read = self._on_read

    # the servers

    @property
    def url(self) -> str:
        """The address to give the program, in place of api.twilio.com and content.twilio.com."""
        return f"http://{self._thread.host}:{self._thread.port}"

    @property
    def media_url(self) -> str:
        """Where those who ask for a file are sent."""
        return f"http://{self._media.host}:{self._media.port}"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Open both ports and serve from threads."""
        self._media.start()
        self._cdn.base = self.media_url
        self._thread.start()
        self._contents.base = self._courier.base = self.url
        self._running = True
        return self

    def stop(self) -> None:
        """Close the ports and every connection, as in an outage."""
        self._running = False
        self._thread.stop()
        self._media.stop()

    def _on_inbound(self, message: Message) -> None:
        self._in_loop(lambda: self._courier.announce(message), 1)

    def _on_outbound(self, message: Message) -> None:
        limited = message.to.channel == "whatsapp"
        if limited and not self.limits.take(str(message.from_), str(message.to)):
            message.doom = message.doom or 63018
        self._in_loop(lambda: self._courier.carry(message), 1)

    def _on_read(self, messages: list[Message]) -> None:
        self._in_loop(lambda: self._courier.read(messages), len(messages))

    def _in_loop(self, work: Callable[[], None], pieces: int) -> None:
        if self._running:
            self._thread.in_loop(work)
            return
        for _ in range(pieces):
            self.world.done()

    # people and addresses

    def user(self, phone: str, name: str = "", channel: Channel = "whatsapp") -> FakeUser:
        """A person; the same number on the same channel is the same person."""
        person = self.world.person(Address.read(str(Address(channel, phone))))
        person.name = name or person.name
        return FakeUser(self.world, person)

    @property
    def whatsapp_from(self) -> str:
        """Our WhatsApp sender, as `From` names it."""
        return str(self.world.number("whatsapp"))

    @property
    def sms_from(self) -> str:
        return str(self.world.number("sms"))

    @property
    def messaging_service_sid(self) -> str:
        """A Messaging Service that has both senders."""
        return self.world.service

    # webhooks

    def webhook(self, url: str, public_url: str = "") -> None:
        """Where to call when a person writes.

        `public_url` is what people have configured at Twilio, and what is signed; every address
        of the program that begins like it is called at the host of `url`.
        """
        self.world.hook = Hook(public_url or url, url)

    @property
    def callbacks(self) -> Callbacks:
        """How status callbacks come: in_order, shuffled, doubled, none."""
        return self.world.callbacks

    @callbacks.setter
    def callbacks(self, manner: Callbacks) -> None:
        self.world.callbacks = manner

    @property
    def deliver_twice(self) -> bool:
        """Tell the program of every incoming message twice."""
        return self._courier.twice

    @deliver_twice.setter
    def deliver_twice(self, twice: bool) -> None:
        self._courier.twice = twice

    @property
    def in_order(self) -> bool:
        """Wait for the answer to a person's message before telling of the next; Twilio does not."""
        return self._courier.in_order

    @in_order.setter
    def in_order(self, in_order: bool) -> None:
        self._courier.in_order = in_order

    @property
    def latency(self) -> float:
        """Seconds between accepting a message and its arrival."""
        return self._courier.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self._courier.latency = seconds

    def waits_until_quiet(self, timeout: float = 10.0) -> None:
        """Block until every message has arrived or failed and every webhook was called."""
        with self.world.changed:
            done = self.world.changed.wait_for(lambda: self.world.busy <= 0, timeout)
        assert done, f"{self.world.busy} messages were still under way after {timeout} s"

    # time, limits, templates

    def advance(self, **span: float) -> None:
        """Move the clock: `fake.advance(hours=25)` closes every window."""
        self.clock.advance(**span)

    @property
    def throughput(self) -> float | None:
        """Messages a second from one WhatsApp sender; None: no limit."""
        return self.limits.per_second

    @throughput.setter
    def throughput(self, per_second: float | None) -> None:
        self.limits.per_second = per_second

    @property
    def pair_seconds(self) -> float | None:
        """Seconds between two messages to the same person; None: no limit."""
        return self.limits.pair_seconds

    @pair_seconds.setter
    def pair_seconds(self, seconds: float | None) -> None:
        self.limits.pair_seconds = seconds

    def approves(self, name: str) -> Template:
        """WhatsApp approves a template, by its friendly name."""
        return self._contents.decide(name, "approved")

    def rejects(self, name: str, reason: str = "INVALID_FORMAT") -> Template:
        """WhatsApp rejects a template."""
        return self._contents.decide(name, "rejected", reason)

    def pauses(self, name: str) -> Template:
        """WhatsApp pauses an approved template, for complaints."""
        return self._contents.decide(name, "paused")

    def template(self, name: str, body: str, category: str = "UTILITY", **types: Json) -> Template:
        """An approved template, made by hand in the Console; more types by their short names."""
        content = {"twilio/text": {"body": body}}
        for kind, more in types.items():
            content[f"twilio/{kind.replace('_', '-')}"] = more
        samples = {str(number): "contoh" for number in range(1, 20) if f"{{{{{number}}}}}" in body}
        made = self._contents.create(
            {"friendly_name": name, "language": "id", "variables": samples, "types": content}
        )
        self._contents.submit(made["sid"], {"name": name, "category": category})
        return self.approves(name)

    # trouble and what was seen of it

    def fail(
        self,
        what: str,
        times: int = 1,
        status: Trouble | None = None,
        code: int = 0,
        to: FakeUser | str | None = None,
        after_accept: bool = False,
        delay: float = 30.0,
        retry_after: int | None = None,
        message: str = "",
    ) -> None:
        """Fail the next requests of a kind.

        `what` is messages (sending), list, fetch, media, cdn, content, approvals, or "*".
        `status` is an HTTP status, "slow" (answers after `delay`; nothing is done if the caller
        hangs up before), "garbage" (200 with HTML) or "drop" (the line is cut); the default is
        500.  With `after_accept` the request is carried out first and only its answer is lost,
        by "drop" if nothing else is said.  `code` is Twilio's number; alone it lets a message be
        accepted and fail later, by status callback.
        """
        if status is None:
            status = "drop" if after_accept else 0 if code and what == "messages" else 500
        phone = to.phone if isinstance(to, FakeUser) else to
        chat = int(phone) if phone else None
        self.faults.add(
            Fault(what, times, status, retry_after, chat, after_accept, delay, message, code)
        )

    def misdirects(self, target: str, times: int = 1) -> None:
        """Send those who ask for a file elsewhere: to any address, or round and ENDLESS."""
        self.world.misdirections += [target] * times

    @property
    def messages(self) -> list[Message]:
        """Every message Twilio keeps, sent, failed or received, oldest first."""
        with self.world.lock:
            return list(self.world.messages.values())

    @property
    def requests(self) -> list[Request]:
        """Every request to either server, in the order they were answered."""
        return self.world.requests

    @property
    def media_requests(self) -> list[Request]:
        """The requests that reached `media_url`."""
        return [request for request in self.world.requests if request.server == "cdn"]

    @property
    def told(self) -> list[Told]:
        """Every call of a webhook, incoming messages and status callbacks alike."""
        return self.world.told

    @property
    def alerts(self) -> list[Alert]:
        """Twilio's error log: webhooks that did not work."""
        return self.world.alerts


async def _nothing() -> None:
    """The media server has nothing to begin or to end."""


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m fakes.twilio", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8082)
    parser.add_argument("--account", default=ACCOUNT)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--no-limits", action="store_true", help="no limit on throughput")
    parser.add_argument("--webhook", default="", help="address to call when a person writes")
    parser.add_argument("--public-url", default="", help="the same as people configured it")
    given = parser.parse_args()
    throughput = None if given.no_limits else 80.0
    fake = FakeTwilio(given.account, given.token, given.host, given.port, throughput=throughput)
    if given.webhook:
        fake.webhook(given.webhook, given.public_url)
    with fake:
        print(f"twilio at {fake.url} for account {fake.account_sid}", flush=True)
        print(f"senders {fake.whatsapp_from} and {fake.sms_from}", flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped", flush=True)


if __name__ == "__main__":
    main()
