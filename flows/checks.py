"""What counts as a good answer: every check a step may name.

A check turns typed text into its one stored form or refuses it with a code;
the words for a code are templates.  Checks see a text and a day, never the
person, the conversation, a register or the clock.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from flows.cleaning import clean, listed, plain, straighten
from flows.dates import check_date, check_future, check_past
from flows.identity import (
    Sex,
    check_kk,
    check_nik,
    check_phone,
    nik_birth,
    nik_matches,
    swapped,
)
from flows.numerals import digitise
from flows.places import check_lingkungan, check_rt_rw
from flows.verdicts import Checked, Refused

__all__ = [
    "CHECKS",
    "Check",
    "Checked",
    "Refused",
    "Sex",
    "check",
    "clean",
    "nik_birth",
    "nik_matches",
    "swapped",
]

Check = Callable[[str, date], Checked]

LONGEST_NAME = 100
LONGEST_TEXT = 1000


def check(name: str, text: str, today: date) -> Checked:
    """Run the named check; an unknown name is a KeyError, for the loader to prevent."""
    return CHECKS[name](text, today)


def check_text(text: str, today: date) -> Checked:
    value = clean(text)
    if not value:
        raise Refused("text_empty")
    if len(value) > LONGEST_TEXT:
        raise Refused("text_long", letters=len(value), most=LONGEST_TEXT)
    return Checked(value)


def check_phrase(text: str, today: date) -> Checked:
    """A few words about something: no bare number, sign, or 'tidak tahu'."""
    value = check_text(text, today).value
    if not any(char.isalpha() for char in value) or _is_no_name(" ".join(value.split())):
        raise Refused("text_answer")
    return Checked(value)


# 'nama saya Slamet' answers 'Slamet'.
_INTRODUCTION = re.compile(
    r"\A(?:(?:nama(?:ku| lengkap saya| lengkap| saya| pemohon)?(?: adalah| ialah)?(?: ?[:=] ?| )"
    r"|jeneng(?:e|ku| kula)? )(?=[^\W\d_]))+",
    re.IGNORECASE,
)
_APOSTROPHES = str.maketrans("’‘`´ʼ", "'''''")
_IN_NAMES = frozenset(" '.-,")  # the comma is for degrees: 'Yuni Lestari, S.Pd.'
_SMALL_IN_NAMES = frozenset({"bin", "binti"})
# Whom one speaks to, after one's name: 'siti bu'.
_ADDRESSED = frozenset({"bu", "pak"})
# Answers that are no name; refused when nothing else was said, for "Salah" may be part of one.
_NO_NAMES = listed(
    "tau tahu weruh tidak tdk gak ga gk nggak ngga engga enggak ndak mboten bukan bkn jangan jgn "
    "belum blm blom belom durung lupa klalen nanti ntar besok bsk iya iyah ya yah yaa sudah udah "
    "udh sdh sampun apa apaan kenapa knp mengapa gimana gmn bagaimana berapa brp bayar gratis "
    "biaya salah sebentar bentar tunggu batal batalin batalkan entah entahlah embuh mbuh ngerti "
    "paham bingung kapan dimana siapa ok oke okey siap lanjut benar bener betul kosong "
    "kk ktp nomor nomer no foto"
)
_WITH_THEM = listed(
    "saya sy aku kita itu ini yang yg aja saja deh dong sih kok nih tuh lah kah kan kayaknya "
    "sepertinya mungkin dulu lagi mau bisa ada punya orang orangnya namanya nama harus bu pak ibu "
    "bapak mas mbak kak min admin bang mana pun di ke dan ora wae bae jadi soal kalau kalo klo "
    "sama masih nya"
)


def check_name(text: str, today: date) -> Checked:
    """A person's name in any script, its capitals kept unless they say nothing."""
    written = " ".join(clean(text).split())
    letters = "".join(filter(_is_of_names, written.translate(_APOSTROPHES)))
    name = _addressing_nobody(_INTRODUCTION.sub("", " ".join(letters.split())).strip(" ,-"))
    if any(char.isdigit() for char in name):
        raise Refused("name_digits")
    if not name:
        raise Refused("name_empty")
    if _is_no_name(name):
        raise Refused("name_answer")
    if not all(char in _IN_NAMES or char.isalpha() or _is_mark(char) for char in name):
        raise Refused("name_unknown")
    count = sum(char.isalpha() for char in name)
    if not count:
        raise Refused("name_empty")
    name = unicodedata.normalize("NFC", _capitalised(name))
    if len(name) > LONGEST_NAME:
        raise Refused("name_long", letters=len(name), most=LONGEST_NAME)
    return Checked(name, "name_short" if count == 1 else "")


def _addressing_nobody(name: str) -> str:
    """Without a 'bu' or 'ya pak' at the end, unless nothing else was said."""
    words = name.split(" ")
    addressed = False
    while len(words) > 1:
        last = words[-1].strip(",-.").lower()
        if last and last not in _ADDRESSED and not (addressed and last == "ya"):
            break
        addressed = addressed or bool(last)
        words.pop()
    return " ".join(words).strip(" ,-") if addressed else name


def _is_no_name(name: str) -> bool:
    """Whether every word is one with which people answer or ask, as in 'tidak tahu bu'."""
    words = {word.strip(",-.'?!") for word in name.lower().split(" ")} - {""}
    return not words <= _WITH_THEM and words <= _NO_NAMES | _WITH_THEM


def _is_of_names(char: str) -> bool:
    """Emoji, joiners and other symbols fall out; what is left is judged."""
    return unicodedata.category(char) not in ("So", "Sk", "Cf", "Cn", "Co", "Me") and (
        char not in "\ufe0e\ufe0f"
    )


def _is_mark(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Mc")


def _capitalised(name: str) -> str:
    if name not in (name.lower(), name.upper()):
        return name
    words = name.lower().split(" ")
    return " ".join(
        word if at and word in _SMALL_IN_NAMES else _INITIAL.sub(lambda m: m[0].title(), word)
        for at, word in enumerate(words)
    )


_INITIAL = re.compile(r"(?:^|(?<=[.\-,]))[^\W\d_]")


def check_number(text: str, today: date) -> Checked:
    """A count from 1 to 999: exactly one number, in figures or words ('3 orang', 'dua')."""
    words = digitise(re.findall(r"[^\W_]+|[^\w\s]", straighten(plain(text)).lower()))
    numbers = [word for word in words if re.search(r"\d", word)]
    line = "".join(word if word in ".,-" else f" {word} " for word in words)
    if len(numbers) != 1 or re.search(r"- *\d", line):
        raise Refused("number_unknown")
    figure = re.match(r"\d+", numbers[0])
    if figure is None or len(figure[0]) > 9 or not 1 <= int(figure[0]) <= 999:
        raise Refused("number_unknown")
    return Checked(str(int(figure[0])))


def check_code(text: str, today: date) -> Checked:
    """The digits that join two chats, in groups or not: eight of a chat, twelve of a slip."""
    digits = re.sub(r"[\s.-]", "", plain(text))
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12}", digits):
        raise Refused("code_unknown")
    return Checked(digits)


CHECKS: dict[str, Check] = {
    "nik": check_nik,
    "kk": check_kk,
    "phone": check_phone,
    "date": check_date,
    "date_past": check_past,
    "date_future": check_future,
    "rt_rw": check_rt_rw,
    "lingkungan": check_lingkungan,
    "name": check_name,
    "text": check_text,
    "phrase": check_phrase,
    "number": check_number,
    "code": check_code,
}
