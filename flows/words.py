"""Short messages as plain words: stretching, politeness and slips of the finger.

Knows how people type, never what they mean by it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from flows.cleaning import listed, plain

_Owner = TypeVar("_Owner", int, str)

# Politeness around an answer; never the whole of it.
AFTER = listed(
    "ya yaa yah yak dong donk deh sih kok lah lho loh nih ni tuh aja aj saja ae bae "
    "pak bpk bapak bu ibu buk bun min admin kak ka kakak mas mbak mba bang om tante gan sis "
    "makasih makasi mks thx thanks please plis pls nuwun suwun tolong"
)
# In the names of papers, and tell nothing about which paper it is.
ANY_PAPER = listed("foto surat asli lama baru dari yang misalnya atau untuk dan")
BEFORE = listed(
    "pak bpk bapak bu ibu buk min admin kak kakak mas mbak mba bang tolong tlg mohon mhn coba "
    "saya sy aku mau pengen ingin minta"
)
_COMMAND = re.compile(r"^\s*/(\w+)(?:@\w+)?")
_NOT_WORDS = re.compile(r"[^\w]+|_+")
_THRICE = re.compile(r"(?!\biii\b)([^\W\d_])\1{2,}")  # "Tegal Sari III" is a name
_TWICE = re.compile(r"([^\W\d_])\1+")


def normalise(text: str) -> str:
    """Lower-case words with one space between; no punctuation, stretching or politeness."""
    return " ".join(polite_less(split_words(text)))


def within_typo(a: str, b: str) -> bool:
    """Whether two words differ by a slip: one edit from 5 letters on, two from 8.

    A swap of neighbours is one edit.  People seldom miss the first letter, so
    it must agree or be swapped with the second ('fatal' is not 'batal'); only a
    leading h is often left out ('ilang').
    """
    shorter = min(len(a), len(b))
    allowed = 0 if shorter < 5 else 1 if shorter < 8 else 2
    same_start = a[0] == b[0] or a[:2] == b[1::-1] or "h" + a[0] == b[:2] or "h" + b[0] == a[:2]
    if not allowed or not same_start:
        return False
    return OSA.distance(a, b, score_cutoff=allowed) <= allowed


def closest(word: str, known: Sequence[str]) -> list[str]:
    """The known words a mistyped one may mean: all at the smallest distance."""
    if len(word) < 5 or any(map(str.isdigit, word)):
        return []
    near = extract(word, known, scorer=OSA.distance, score_cutoff=2, limit=4)
    near = [found for found in near if within_typo(word, found[0])]
    return [each for each, distance, _ in near if distance == near[0][1]]


def split_words(text: str) -> list[str]:
    """Lower-case words; '/menu@LoketBot' is 'menu', 'batalll' is 'batal'."""
    if text.startswith("/") or text[:1].isspace():
        text = _COMMAND.sub(r"\1", text)
    if not text.isascii():
        text = plain(text)
    return _THRICE.sub(r"\1", _NOT_WORDS.sub(" ", text.lower())).split()


def tail_less(words: list[str]) -> list[str]:
    """Without the politeness at the end, unless nothing else was said."""
    end = len(words)
    while end > 1:
        if words[end - 1] in AFTER or squeeze(words[end - 1]) in AFTER:
            end -= 1
        elif end > 2 and words[end - 2 : end] in (["terima", "kasih"], ["matur", "nuwun"]):
            end -= 2
        else:
            break
    return words[:end]


def polite_less(words: list[str]) -> list[str]:
    """Without politeness at either end, unless nothing else was said."""
    words = tail_less(words)
    start = 0
    while len(words) - start > 1 and words[start] in BEFORE:
        start += 1
    return words[start:]


def squeeze(text: str) -> str:
    """Every doubled letter once: 'dongg' → 'dong'."""
    return _TWICE.sub(r"\1", text)


def owned(pairs: Iterable[tuple[str, _Owner]]) -> dict[str, _Owner]:
    """Phrases and their owners, without the phrases that have several."""
    owners: dict[str, set[_Owner]] = {}
    for said, owner in pairs:
        owners.setdefault(said, set()).add(owner)
    return {said: min(one) for said, one in owners.items() if said and len(one) == 1}
