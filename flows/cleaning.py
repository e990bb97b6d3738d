"""Typed characters made safe and plain, whatever they are meant to say.

Every answer passes `clean` before it is stored or compared.  Knows characters,
not words: what a number or a sentence means is for the checks.
"""

import re
import unicodedata
from collections.abc import Iterator

# Joiners hold emoji families and some scripts together; every other invisible
# format character (bidi marks, zero-width spaces, tags) only misleads readers.
_JOINERS = "\u200c\u200d"
_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_MANY_SPACES = re.compile(r" {2,}")
_MANY_BREAKS = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """NFC, nothing invisible, single spaces, at most one empty line in a row."""
    if text.isascii() and text.isprintable():
        return _MANY_SPACES.sub(" ", text).strip()
    seen = "".join(filter(_is_kept, _BREAK.sub("\n", text).replace("\t", " ")))
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", seen).split("\n"))
    return _MANY_BREAKS.sub("\n\n", "\n".join(lines)).strip(" \n" + _JOINERS)


def _is_kept(char: str) -> bool:
    return char in _JOINERS or char == "\n" or unicodedata.category(char) not in _UNSEEN


_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


def listed(words: str) -> frozenset[str]:
    """A set of words written as one line."""
    return frozenset(words.split())


def plain(text: str) -> str:
    """Compatibility forms and the digits of any script as ASCII digits: '２', '٢' → '2'."""
    text = clean(text)
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in unicodedata.normalize("NFKC", text)
    )


# A letter typed for a digit: O or o for 0; l, I or | for 1.  Only inside a group
# that holds a real digit and is not glued to other letters, so 'lol' stays a word.
_LOOKALIKE = str.maketrans("OoIl|", "00111")
_GROUP = re.compile(r"(?:(?<![^\W_])[OoIl|]+)?[0-9]+(?:[OoIl|]+(?![^\W\d_])[0-9]*)*")
_BETWEEN = re.compile(r"[\s.\-\u2010-\u2015_/()]{1,3}")


def straighten(text: str) -> str:
    """Digits written as look-alike letters, put right: 'l7-O8-199O' → '17-08-1990'."""
    return _GROUP.sub(lambda group: group[0].translate(_LOOKALIKE), text)


def digit_runs(text: str) -> Iterator[tuple[str, ...]]:
    """The numbers in a text, each as the groups its writer made: '3302 2717' → ('3302', '2717')."""
    text = plain(text)
    run: list[str] = []
    end = 0
    for group in _GROUP.finditer(text):
        if run and not _BETWEEN.fullmatch(text, end, group.start()):
            yield tuple(run)
            run = []
        run.append(group[0].translate(_LOOKALIKE))
        end = group.end()
    if run:
        yield tuple(run)


def find_digits(text: str, length: int) -> str:
    """The digits meant by an answer that should have `length` of them.

    People add words and other numbers ('NIK: 3302…, umur 36').  A group or run
    of the right length wins, else the longest run, so that we can say how long
    it was.  No digits at all give an empty string.
    """
    runs = list(digit_runs(text))
    groups = [group for run in runs for group in run]
    joined = ["".join(run) for run in runs]
    for digits in groups + joined:
        if len(digits) == length:
            return digits
    return max(joined, key=len, default="")
