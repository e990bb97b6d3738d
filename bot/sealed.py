"""A few words sealed into an address: whoever carries or logs it reads nothing, nobody makes one.

Nothing of it is kept here; what it says must say until when it holds.
"""

import json
from collections.abc import Sequence

from storage.files import Tampered, Vault


def sealed(vault: Vault, name: str, words: Sequence[str]) -> str:
    """These words as a part of an address; they open under this name only."""
    token = vault.seal(name, "", json.dumps(list(words)).encode())
    return token.translate(str.maketrans("+/", "-_")).rstrip("=")


def unsealed(vault: Vault, name: str, token: str) -> list[str] | None:
    """The words; None when it is none of ours."""
    text = token.translate(str.maketrans("-_", "+/"))
    try:
        words: list[str] = json.loads(vault.unseal(name, "", text + "=" * (-len(text) % 4)))
    except (Tampered, ValueError):
        return None
    return words
