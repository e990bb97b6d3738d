"""The program with a Twilio of its own, for tests that go over HTTP: forms signed by hand."""

import base64
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from fakes.twilio import FakeTwilio
from fakes.twilio_world import new_sid
from running import Running
from storage.db import Database

PUBLIC = "https://loket.example.go.id"
MESSAGES, TEXTS, REPORTS = "/webhooks/whatsapp", "/webhooks/sms", "/webhooks/whatsapp/status"
SITI = "+6281234567890"
Pairs = Sequence[tuple[str, str]]


def settings(fake: FakeTwilio, public: str = PUBLIC) -> dict[str, str]:
    """What the program is told of this Twilio; its own limits do not get in the way."""
    return {
        "LOKET_WEB__PUBLIC_URL": public,
        "LOKET_WHATSAPP__ACCOUNT_SID": fake.account_sid,
        "LOKET_WHATSAPP__AUTH_TOKEN": fake.auth_token,
        "LOKET_WHATSAPP__FROM": fake.whatsapp_from.removeprefix("whatsapp:"),
        "LOKET_WHATSAPP__API_URL": fake.url,
        "LOKET_WHATSAPP__PERSON_SECONDS": "1",
        "LOKET_WHATSAPP__PERSON_BURST": "1000",
        "LOKET_SMS__FROM": fake.sms_from,
    }


def sign(token: str, url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The signature as Twilio describes it: the address, then names and values by name."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), sha1).digest()).decode()


@dataclass(frozen=True, slots=True)
class Counter:
    """The program and its Twilio."""

    fake: FakeTwilio
    program: Running

    def form(self, body: str = "halo", sender: str = SITI, **more: str) -> list[tuple[str, str]]:
        """What Twilio says of a new WhatsApp message; fields of one's own replace its fields."""
        sid = new_sid("SM")
        fields = {
            "AccountSid": self.fake.account_sid,
            "ApiVersion": "2010-04-01",
            "Body": body,
            "From": f"whatsapp:{sender}",
            "MessageSid": sid,
            "MessageType": "text",
            "NumMedia": "0",
            "ProfileName": "Siti",
            "SmsStatus": "received",
            "To": self.fake.whatsapp_from,
            "WaId": sender.removeprefix("+"),
        }
        return list((fields | more).items())

    def sign(self, pairs: Pairs, path: str = MESSAGES, public: str = PUBLIC) -> str:
        return sign(self.fake.auth_token, public + path, pairs)

    def posts(
        self,
        pairs: Pairs,
        path: str = MESSAGES,
        *,
        public: str = PUBLIC,
        signature: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Post a form as Twilio does, validly signed unless another signature is given."""
        given = self.sign(pairs, path, public) if signature is None else signature
        return httpx.post(
            self.program.url + path,
            content=urlencode(pairs).encode(),
            headers={
                "content-type": "application/x-www-form-urlencoded",
                **({"x-twilio-signature": given} if given else {}),
                **(headers or {}),
            },
            verify=False,  # reading certificates takes longer than the request
            trust_env=False,
        )

    def rows(self, table: Any, *where: Any) -> list[Any]:
        """Rows of the program's database, oldest first."""
        database = Database(self.program.environment["LOKET_DATABASE__URL"])
        try:
            wanted = table.select().where(*where).order_by(table.c.id)
            return database.read(lambda tx: list(tx.execute(wanted)))
        finally:
            database.close()


@contextmanager
def opened(folder: Path, public: str = PUBLIC, **more: str) -> Iterator[Counter]:
    """A running program that Twilio tells of messages; nothing may go wrong unseen."""
    with (
        FakeTwilio(throughput=None) as fake,
        Running(folder, **settings(fake, public), **more) as program,
    ):
        fake.webhook(program.url + MESSAGES, public.rstrip("/") + MESSAGES)
        yield Counter(fake, program)
    assert "Traceback" not in program.printed.read_text()
