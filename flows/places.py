"""Where in a neighbourhood someone lives: RT and RW, or Medan's Lingkungan.

Only the form is checked; which numbers exist is the office's knowledge.
"""

import re
from datetime import date

from flows.cleaning import plain, straighten
from flows.numerals import digitise, read_roman, write_roman
from flows.verdicts import Checked, Refused

_NUMBER = r"0*(\d{1,3})(?!\d)"
_LABELLED_RT = re.compile(rf"\brt ?{_NUMBER}")
_LABELLED_RW = re.compile(rf"\brw ?{_NUMBER}")
_PAIR = re.compile(rf"(?:rt )?{_NUMBER} ?[/\-,. ] ?(?:rw )?{_NUMBER}")
_BARE_PAIR = re.compile(rf"(?:rt ?/? ?rw )?{_PAIR.pattern}")
_LINGKUNGAN = re.compile(r"\b(?:lingkungan|lingkngan|lingkung|lingk|lngk|ling|lkg|lk) ?(\w+)")
_MOST_LINGKUNGAN = 99


def check_rt_rw(text: str, today: date) -> Checked:
    """'RT 003/RW 002'.  Bare numbers are RT first, as on the card; 0 stands for 'none' there."""
    words = _flat(text)
    rt, rw = _LABELLED_RT.search(words), _LABELLED_RW.search(words)
    if rt and rw:
        return Checked(f"RT {int(rt[1]):03}/RW {int(rw[1]):03}")
    pair = _BARE_PAIR.fullmatch(words)
    if pair is None and rt:
        pair = _PAIR.search(words, rt.start())
    if pair is None:
        raise Refused("rt_rw_unknown")
    return Checked(f"RT {int(pair[1]):03}/RW {int(pair[2]):03}")


def check_lingkungan(text: str, today: date) -> Checked:
    """'Lingkungan IV', as the city writes it."""
    words = _flat(text)
    named = _LINGKUNGAN.search(words)
    number = _either_numeral(named[1] if named else words)
    if number is None or not 1 <= number <= _MOST_LINGKUNGAN:
        raise Refused("lingkungan_unknown")
    return Checked(f"Lingkungan {write_roman(number)}")


def _either_numeral(word: str) -> int | None:
    return int(word) if word.isdecimal() and len(word) < 10 else read_roman(word)


def _flat(text: str) -> str:
    """Lower case, labels parted from numbers, words for numbers and filler removed."""
    text = re.sub(r"[.:]", " ", straighten(plain(text)).lower())
    text = re.sub(r"(?<=[a-z])(?=\d)", " ", text)
    words = [word for word in re.findall(r"[^\W_]+|[/\-,]", text) if word not in _FILLER]
    return " ".join(digitise(words))


_FILLER = frozenset({"no", "nomor", "nomer", "saya", "ya", "pak", "bu", "di", "ke"})
