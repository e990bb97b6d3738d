"""(f) The same conversation on WhatsApp: forms signed as Twilio signs them, to committed turns.

The program is its own process with its own database; this one plays Twilio.  Each form carries
the fields and the signature of a real one, from a phone of its own for each conversation; taps
carry what the buttons carry.  Measured as for Telegram: as fast as it can, then at a fixed rate.
WhatsApp takes 80 messages a second, which the program keeps to: most replies are still waiting
in the outbox meanwhile.  Left out: reports on the replies, up to three of which Twilio brings
for each; signing the forms is part of the caller's work here.
"""

from collections.abc import Sequence
from functools import partial

import uvloop

from bench import machine
from bench.common import SCRIPT, Part, Size, check, median, percentile, spread
from bench.load import LINES, measure
from bench.program import Running
from bench.twilio import TwilioApi, phone, post, sid
from storage import inbox
from storage.db import Database, Tx

RATE = 50
"""Messages a second for the latencies: what the aim asks for."""


def run(size: Size) -> Part:
    """Throughput and latency."""
    part = Part()
    uvloop.run(_load(part, size))
    return part


async def _load(part: Part, size: Size) -> None:
    async with TwilioApi() as platform:
        with machine.folder() as folder:
            program = Running(folder, platform)
            try:
                load = await measure(program, size, post, RATE)
            finally:
                program.stop()
            database = Database(f"sqlite:///{program.database}")
            database.read(partial(check, people=load.people, channel="whatsapp", address=phone))
            database.read(partial(_check_inbox, people=load.people))
            database.close()
        assert platform.messages, "no reply was sent"
    part.figures |= {"rate": median(load.rates), "p99": percentile(load.late, 99) * 1000}
    part.table(
        (f"over {LINES} connections, as fast as possible", ""),
        ("messages/s", spread(load.rates)),
        ("processor time for one", f"{load.each * 1e6:.0f} µs"),
        ("replies sent meanwhile", f"{platform.messages:,}"),
    )
    part.table(
        (f"at {RATE} messages/s", "ms"),
        *((f"p{p}", f"{percentile(load.late, p) * 1000:.1f}") for p in (50, 95, 99, 99.9)),
    )


def _check_inbox(tx: Tx, people: Sequence[int]) -> None:
    """Each message is there, and none was set aside."""
    sids = [sid(chat, turn) for chat in people for turn in range(len(SCRIPT))]
    assert inbox.known(tx, "whatsapp", sids) == set(sids)
    assert not inbox.failed(tx)
