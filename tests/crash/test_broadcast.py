"""kill -9 across a campaign: nobody is left out, and twice only whoever was in the sender's hands.

Each life ends by SIGKILL at a named point or at a random moment.  The platform says yes to
everything and remembers whom it was asked to write to.  LOKET_TEST_CAMPAIGN says to how many
people the campaign goes.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa

import talk
from campaign import NEWS, Campaign
from crash.lives import Lives
from running import Running
from storage.db import Database
from storage.tables import OUTBOX, RECIPIENTS

MANY = int(os.environ.get("LOKET_TEST_CAMPAIGN", "600"))
LONGEST = 120 + MANY / 20
"""Seconds after which the campaign should long be over."""
FAULTS = (
    "broadcast.searched:1", "broadcast.fed:1", "broadcast.fed:2", "claim.after:1", "claim.after:2",
    "send.before:7", "send.after:11", "send.after:40", "settle.after:20", "commit.before:9",
    "commit.after:15", "",
)  # fmt: skip
ACCOUNT = "AC" + "c" * 32
MORNING = "2026-11-23T08:00:00+07:00"
NOON = "2026-11-23T12:00:00+07:00"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who calls is killed again and again in the middle of a word."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Post:
    """Says yes to everything, as Twilio would, and remembers whom each message was for."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        post = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = self.rfile.read(length).decode()
                if len(body) < length:  # its sender died in the middle
                    self.close_connection = True
                    return
                if "/Content" in self.path:
                    self._answer(201, {"sid": f"HX{len(body):032x}"})
                    return
                post.reached[parse_qs(body)["To"][0].removeprefix("whatsapp:")] += 1
                self._answer(201, {"sid": f"SM{sum(post.reached.values()):032x}",
                                   "status": "queued"})  # fmt: skip

            def do_GET(self) -> None:
                if "/Content" in self.path:
                    meta = {"key": "contents", "next_page_url": None}
                    self._answer(200, {"contents": [], "meta": meta})
                elif "/Messages.json" in self.path:
                    self._answer(200, {"messages": [], "next_page_uri": None})
                else:
                    self._answer(200, {"status": "delivered"})

            def _answer(self, status: int, given: Any) -> None:
                data = json.dumps(given).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """It keeps no log."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def post() -> Iterator[Post]:
    opened = Post()
    yield opened
    opened.close()


def test_a_campaign_survives_every_kill(
    url: str, database: Database, post: Post, tmp_path: Path
) -> None:
    house = talk.house(LOKET_BROADCASTS__PER_MONTH="2", LOKET_BROADCASTS__APPROVE_ABOVE="1000000")
    campaign = Campaign(database, house)
    campaign.people(MANY, channel="whatsapp")
    campaign.writes(NEWS)
    assert campaign.plans() == "sending"
    plan = Running(
        tmp_path,
        LOKET_DATABASE__URL=url,
        LOKET_CLOCK__NOW=MORNING,
        LOKET_WEB__PUBLIC_URL="https://loket.example.go.id",
        LOKET_WHATSAPP__ACCOUNT_SID=ACCOUNT,
        LOKET_WHATSAPP__AUTH_TOKEN="secret",
        LOKET_WHATSAPP__FROM="+628111222333",
        LOKET_WHATSAPP__API_URL=post.url,
        LOKET_WHATSAPP__PER_SECOND=str(max(25, MANY // 20)),
    )
    in_hand: set[str] = set()
    deaths = _live_and_die(plan, campaign, in_hand, tmp_path)
    assert deaths >= 8
    _recover(plan)
    with plan:
        deadline = time.monotonic() + LONGEST
        while not database.read(partial(_over, number=campaign.number)):
            assert time.monotonic() < deadline, campaign.turns()
            time.sleep(0.3)
    everybody = {f"+62812{number:06}" for number in range(1, MANY + 1)}
    assert set(post.reached) == everybody
    assert campaign.turns() == {"promised": MANY}
    twice = {phone for phone, times in post.reached.items() if times > 1}
    assert twice <= in_hand
    print(f"{MANY} people, {deaths} deaths, {len(twice)} twice of {len(in_hand)} in hand")


def _live_and_die(plan: Running, campaign: Campaign, in_hand: set[str], folder: Path) -> int:
    """Kill the program again and again; notes who was in the sender's hands. How many deaths."""
    born, chance = Lives(plan.environment, folder / "lives.log"), random.Random(6)
    deaths = 0
    for fault in cycle(FAULTS):
        born.live_for(fault, chance.uniform(2.5, 4.0) + MANY / 4000)
        deaths += 1
        in_hand |= campaign.database.read(_claimed)
        left = campaign.turns().get("waiting", 0)
        if deaths >= len(FAULTS) or campaign.row.state == "done":
            break
        if campaign.row.cursor and not left:
            break
    return deaths


def _claimed(tx: Any) -> set[str]:
    rows = tx.execute(sa.select(OUTBOX.c.address).where(OUTBOX.c.state == "claimed"))
    return set(rows.scalars())


def _recover(plan: Running) -> None:
    """What the dead had in their hands is free again when their lease is over."""
    subprocess.run(
        [sys.executable, "-m", "bot", "tick", "--at", NOON], env=plan.environment, check=True,
        capture_output=True, timeout=LONGEST,
    )  # fmt: skip


def _over(tx: Any, number: int) -> bool:
    waiting = sa.select(sa.func.count()).select_from(RECIPIENTS).where(
        RECIPIENTS.c.broadcast_id == number, RECIPIENTS.c.state == "waiting"
    )  # fmt: skip
    open_ = sa.select(sa.func.count()).select_from(OUTBOX).where(
        OUTBOX.c.broadcast_id == number, OUTBOX.c.state.in_(("pending", "claimed"))
    )  # fmt: skip
    return not tx.execute(waiting).scalar_one() and not tx.execute(open_).scalar_one()
