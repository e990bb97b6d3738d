"""A file lent to a platform that fetches what we send: an address nobody guesses, which ends.

The address is the sealed name of the file itself, so nothing about it is kept, and it says
nothing of anybody to those who carry or log it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.base import Enclosed
from bot.clock import Clock
from bot.sealed import sealed, unsealed
from handlers.media_types import ending
from storage.files import Vault

SEAL = "lent-file"
LIFE = timedelta(hours=1)
"""A platform fetches at once, and again if that fails."""


@dataclass(frozen=True, slots=True)
class Lent:
    """A file for which the address still holds."""

    file: str
    office: str
    media_type: str


class Lender:
    """Makes such addresses, and reads them."""

    def __init__(self, vault: Vault, public_url: str, clock: Clock) -> None:
        self._vault = vault
        self._base = public_url.rstrip("/")
        self._clock = clock

    def address(self, file: Enclosed) -> str:
        """Where this file can be fetched for a while."""
        until = self._clock() + LIFE
        token = sealed(self._vault, SEAL, (file.id, file.office, file.media_type, str(until)))
        return f"{self._base}/m/{token}/loket.{ending(file.media_type)}"

    def read(self, token: str) -> Lent | None:
        """What that address leads to; None when it is none of ours, or over."""
        words = unsealed(self._vault, SEAL, token)
        if words is None:
            return None
        file, office, media_type, until = words
        return Lent(file, office, media_type) if _open(until, self._clock()) else None


def _open(until: str, now: datetime) -> bool:
    return now < datetime.fromisoformat(until)
