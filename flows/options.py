"""Which of the offered options a person meant, by number or by words.

An answer that fits two options fits none: a wrong guess costs more than a
second question.  Knows nothing of what an option stands for.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from flows.cleaning import listed
from flows.days import WEEKDAYS
from flows.numerals import spell
from flows.words import AFTER, BEFORE, closest, owned, polite_less, split_words, squeeze

_YES = (
    "iya iyah yah iyo yo y yes yup yoi ok oke okay okey sip siap betul benar bener boleh setuju "
    "ayo inggih enggih enggeh nggih nggeh njih leres heeh monggo mangga"
)
_NO = "gak ga gk g nggak ngga engga enggak tdk tak no nope ndak ora mboten bukan bkn jangan jgn"
_DAY_NAMES = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
# Ways to say the same, for telling options apart.
_SAME = {
    **dict.fromkeys(_YES.split(), "ya"),
    **dict.fromkeys(_NO.split(), "tidak"),
    **dict.fromkeys(("blm", "blom", "belom", "durung", "urung"), "belum"),
    **dict.fromkeys(("sdh", "udah", "udh", "dah", "uwis", "wis", "sampun"), "sudah"),
    **{spelling: _DAY_NAMES[day] for spelling, day in WEEKDAYS.items()},
}
# Words that turn an answer round or take it back, unless they are an option's own.
_TURNING = listed(
    "tidak belum selain kecuali tahu tau ngerti paham yakin bingung mudeng "
    "dimana gimana bagaimana kenapa kapan berapa"
)
_TOWARDS = listed("ke menuju")
_ORDINALS = {"pertama": 1, "kesatu": 1, "kedua": 2, "ketiga": 3, "keempat": 4, "kelima": 5}
_ORDINALS |= {"keenam": 6, "ketujuh": 7, "kedelapan": 8, "kesembilan": 9, "kesepuluh": 10}
_ORDINALS["terakhir"] = 0  # however many there are
_POINTING = listed(
    "no nomor nomer nmr nomornya angka pilih pilihan plh opsi yang yg ke urutan sing milih"
)
_FILLER = (_POINTING | BEFORE | AFTER | listed("itu ini untuk buat di dan atau dengan")) - {"ya"}

LONGEST = 200  # a longer message is a story

_GLUED = re.compile(r"^(?:no|nomor|nomer|nmr|opsi|pilih|ke)(?=\d)")


def pick(
    labels: Sequence[str],
    text: str,
    words: Sequence[Sequence[str]] = (),
    *,
    whole: bool = False,
    named: bool = False,
    numbered: bool = True,
) -> int | None:
    """Which of the offered options a person meant, counted from 0; None when unclear.

    Tried in turn: the option's own words, its number as shown (from 1), then the
    words only one option has, allowing for slips.  `words` are more ways to say
    each option; with `whole` nothing but all the words of one way will do.  With `named`
    options are names: 'Purwokerto Selatan' has a word of 'Purwokerto Utara' and is another.
    `numbered`: their numbers are shown, so that they can be meant.
    """
    if len(text) > LONGEST:
        return None
    options = _prepare(tuple(labels), tuple(tuple(each) for each in words))
    return options.pick(text, whole, named, numbered)


@dataclass(frozen=True)
class _Options:
    """Offered options, indexed by everything people may call them."""

    count: int
    exact: Mapping[str, int]
    owners: Mapping[str, frozenset[int]]
    first: Mapping[str, frozenset[int]]
    known: tuple[str, ...]
    names: tuple[frozenset[str], ...]

    def pick(
        self, text: str, whole: bool = False, named: bool = False, numbered: bool = True
    ) -> int | None:
        typed = split_words(text)
        literal = polite_less(typed)
        said = _said(literal)
        core = [word for word in said if word not in _FILLER] or said
        for words in (typed, literal, said, core):
            if (found := self.exact.get(" ".join(words))) is not None:
                return found
        if whole or (named and self._is_destination(typed)):
            return None
        number, rest = self._number(literal) if numbered else (None, [])
        if number is None:
            return self._by_words(core, named)
        if rest:
            return number if all(number in self._owners_of(word) for word in rest) else None
        # '2' beside options like '2 anak' may be that one or the second.
        return number if self.first.get(str(number + 1), {number}) == {number} else None

    def _is_destination(self, typed: list[str]) -> bool:
        """'Pindah ke Medan' says where somebody goes, not where they are."""
        return any(w in _TOWARDS and self._owners_of(name) for w, name in pairwise(typed))

    def _number(self, said: list[str]) -> tuple[int | None, list[str]]:
        """The number shown beside an option, and the words after it."""
        at = 0
        while at < len(said) - 1 and said[at] in _POINTING:
            at += 1
        word = _GLUED.sub("", said[at]) if said else ""
        if word in _ORDINALS:
            value, used = _ORDINALS[word] or self.count, 1
        elif word.isdecimal():
            value, used = int(word) if len(word) < 4 else 0, 1
        else:
            value, used = spell(said[at:])
        if not used or not 1 <= value <= self.count:
            return None, said
        rest = map(_same, said[at + used :])
        return value - 1, [word for word in rest if word not in _FILLER]

    def _by_words(self, said: list[str], named: bool) -> int | None:
        """The only option that has all the words any option has, if those are most words.

        A name is meant by words of its own alone, or by all of them.
        """
        owners = [self._owners_of(word) for word in said]
        known = [each for each in owners if each]
        if not known or len(known) * 2 < len(said):
            return None
        if named and len(known) < len(said) and not any(name <= {*said} for name in self.names):
            return None
        denied = any(w in _TURNING and not o for w, o in zip(said, owners, strict=True))
        fitting = known[0].intersection(*known[1:])
        return next(iter(fitting)) if len(fitting) == 1 and not denied else None

    def _owners_of(self, word: str) -> frozenset[int]:
        if owners := self.owners.get(_figure(word)):
            return owners
        near = closest(squeeze(word), self.known)
        return self.owners[near[0]] if len(near) == 1 else frozenset()


@lru_cache(maxsize=2048)
def _prepare(labels: tuple[str, ...], words: tuple[tuple[str, ...], ...]) -> _Options:
    literal: list[tuple[str, int]] = []
    loose: list[tuple[str, int]] = []
    owners: dict[str, set[int]] = {}
    first: dict[str, set[int]] = {}
    for index, label in enumerate(labels):
        for phrase in (label, *(words[index] if index < len(words) else ())):
            said = _said(split_words(phrase))
            core = [word for word in said if word not in _FILLER] or said
            literal.append((" ".join(split_words(phrase)), index))
            loose += ((" ".join(said), index), (" ".join(core), index))
            for word in core:
                owners.setdefault(_figure(word), set()).add(index)
        first.setdefault(_figure((split_words(label) or [""])[0]), set()).add(index)
    return _Options(
        len(labels),
        owned(loose) | owned(literal),
        {word: frozenset(indices) for word, indices in owners.items()},
        {word: frozenset(indices) for word, indices in first.items()},
        tuple(word for word in owners if len(word) >= 5),
        tuple(frozenset(_said(split_words(label))) for label in labels),
    )


def _said(words: Sequence[str]) -> list[str]:
    """The common forms, each said once at a time: 'iya benar' is one 'ya'."""
    return [word for word, _ in groupby(map(_same, words))]


def _same(word: str) -> str:
    """The common form of words that say the same: 'iyaa' and 'nggih' are 'ya'."""
    return _SAME.get(word) or _SAME.get(squeeze(word), word)


def _figure(word: str) -> str:
    """'09' and '9' are one word."""
    return (word.lstrip("0") or "0") if word.isdecimal() else word
