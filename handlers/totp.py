"""Codes that an app on a phone shows for half a minute each (RFC 6238), and codes on paper.

Where secrets are kept, and that a code works once, is for `second_factor`.
"""

import hmac
from base64 import b32decode, b32encode
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

SECONDS = 30
DIGITS = 6
SECRET = 20
"""Bytes of a secret, as RFC 4226 recommends."""
PAPERS, PAPER = 10, 10
"""Recovery codes, and the random bytes in each."""
ISSUER = "Loket"


def step(now: datetime) -> int:
    """Which half minute since 1970 it is."""
    return int(now.timestamp()) // SECONDS


def code(secret: bytes, at: int, digits: int = DIGITS) -> str:
    """The code of that half minute."""
    return HOTP(secret, digits, SHA1()).generate(at).decode()  # noqa: S303  what apps use


def matched(secret: bytes, typed: str, now: datetime) -> int | None:
    """The half minute whose code was typed: this one, or the one beside it; None if no code fits.

    All are compared, however early one fits, so that the time it takes says nothing.
    """
    here = step(now)
    near = (here - 1, here, here + 1)
    fits = [at for at in near if hmac.compare_digest(code(secret, at).encode(), typed.encode())]
    return fits[0] if fits else None


def groups(secret: bytes) -> Sequence[str]:
    """The secret as people type it into their app."""
    text = b32encode(secret).decode()
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def address(secret: bytes, login: str) -> str:
    """The link that opens the app on the phone itself."""
    label = f"{ISSUER}:{quote(login)}"
    return f"otpauth://totp/{label}?secret={b32encode(secret).decode()}&issuer={ISSUER}"


def papers(random: bytes) -> list[str]:
    """Ten recovery codes out of random bytes: 80 bits each, in groups of four letters."""
    parts = [random[at : at + PAPER] for at in range(0, PAPERS * PAPER, PAPER)]
    return ["-".join(groups(part)) for part in parts]


def read_paper(typed: str) -> str:
    """A recovery code however it is typed, as `papers` writes it; empty if it is none."""
    bare = "".join(char for char in typed.upper() if char.isalnum())
    bare = bare.replace("0", "O").replace("1", "I").replace("8", "B")
    try:
        known = b32decode(bare.encode("ascii", "replace"))
    except ValueError:
        return ""
    return "-".join(groups(known)) if len(known) == PAPER else ""
