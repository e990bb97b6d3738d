"""Numbers written as words or in roman letters.

Indonesian and everyday Javanese counting words are input, never output.
Knows nothing of what is being counted.
"""

import re
from collections.abc import Sequence

_UNITS = {
    "nol": 0,
    "satu": 1,
    "dua": 2,
    "tiga": 3,
    "empat": 4,
    "lima": 5,
    "enam": 6,
    "tujuh": 7,
    "delapan": 8,
    "sembilan": 9,
    "siji": 1,
    "loro": 2,
    "telu": 3,
    "papat": 4,
    "limo": 5,
    "enem": 6,
    "pitu": 7,
    "wolu": 8,
    "sanga": 9,
    "songo": 9,
}
# word → (value, size): within a number each size must be smaller than the one before.
_WHOLE = {"sepuluh": (10, 1), "sebelas": (11, 1), "seratus": (100, 100), "seribu": (1000, 1000)}
_SCALES = {"puluh": 10, "ratus": 100, "ribu": 1000}

_ROMAN_DIGITS = (
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)
_ROMAN = re.compile(r"[IVXLC]{1,9}")


def spell(words: Sequence[str]) -> tuple[int, int]:
    """The number that begins a list of words and how many words it took; (0, 0) if none does."""
    total, used, size = 0, 0, 10_000
    while used < len(words):
        value, its_size, took = _part(words[used], words[used + 1] if used + 1 < len(words) else "")
        if not took or its_size >= size:
            break
        total, used, size = total + value, used + took, its_size
    return total, used


def _part(word: str, following: str) -> tuple[int, int, int]:
    if word in _WHOLE:
        return *_WHOLE[word], 1
    if word not in _UNITS:
        return 0, 0, 0
    unit = _UNITS[word]
    if following == "belas":
        return unit + 10, 1, 2
    if following in _SCALES:
        return unit * _SCALES[following], _SCALES[following], 2
    return unit, 1, 1


def digitise(words: Sequence[str]) -> list[str]:
    """The same words with every spelled number in digits: 'dua puluh lima hari' → '25 hari'."""
    result: list[str] = []
    at = 0
    while at < len(words):
        value, used = spell(words[at : at + 8])
        result.append(str(value) if used else words[at])
        at += used or 1
    return result


def read_roman(text: str) -> int | None:
    """'IV' → 4; None when it is not a proper roman number up to 399."""
    text = text.upper()
    if not _ROMAN.fullmatch(text):
        return None
    total, rest = 0, text
    for value, letters in _ROMAN_DIGITS:
        while rest.startswith(letters):
            total, rest = total + value, rest.removeprefix(letters)
    return total if not rest and write_roman(total) == text else None


def write_roman(number: int) -> str:
    result = ""
    for value, letters in _ROMAN_DIGITS:
        count, number = divmod(number, value)
        result += letters * count
    return result
