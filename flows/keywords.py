"""The words understood at any moment, recognised whatever their spelling.

Forgiving about case, politeness, slang and typing errors, never about meaning:
a sentence is no keyword.  Knows nothing of what a word does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from flows.options import pick
from flows.words import (
    closest,
    normalise,
    owned,
    polite_less,
    split_words,
    squeeze,
    tail_less,
    within_typo,
)

__all__ = ["Keywords", "normalise", "pick"]

LONGEST = 60  # a longer message is a sentence, whatever its words


@dataclass(frozen=True)
class Keywords:
    """Words understood at any moment: each name with all its spellings.

    Digits count only when a spelling is exactly those digits ('0').

    careful  names not to be taken by mistake: in their phrases a slip is forgiven only within a
             word of five letters or more, so that "tidak bisa" is no "tidak jadi"
    """

    words: Mapping[str, tuple[str, ...]]
    slang: Mapping[str, str] = field(default_factory=dict)
    careful: frozenset[str] = frozenset()

    def find(self, text: str, *, slips: bool = True) -> str | None:
        """The name whose spelling the whole message is, or None.

        slips  forgive typing errors; not where any word may be an answer: "Batam" is a place
        """
        if len(text) > LONGEST:
            return None
        words = self._words(text)
        forms = dict.fromkeys(map(" ".join, (words, tail_less(words), polite_less(words))))
        for said in forms:
            if name := self._exact.get(said) or self._exact.get(squeeze(said)):
                return name
        for said in forms if slips else ():
            names = {self._exact[each] for each in self._near(said)}
            if len(names) == 1:
                return names.pop()
        return None

    def _near(self, said: str) -> list[str]:
        """The spellings that a mistyped one may mean."""
        near = closest(said, self._known)
        return [e for e in near if self._exact[e] not in self.careful or _same_words(said, e)]

    def _words(self, text: str) -> list[str]:
        return [self.slang.get(word, word) for word in split_words(text)]

    @cached_property
    def _exact(self) -> dict[str, str]:
        pairs = [
            (" ".join(said), name)
            for name, all_ in self.words.items()
            for each in all_
            for said in (split_words(each), self._words(each))
        ]
        return owned((squeeze(said), name) for said, name in pairs) | owned(pairs)

    @cached_property
    def _known(self) -> tuple[str, ...]:
        return tuple(said for said in self._exact if len(said) >= 5)


def _same_words(said: str, meant: str) -> bool:
    """Whether two phrases differ by slips within their longer words only."""
    one, other = said.split(), meant.split()
    return len(one) == len(other) and all(
        a == b or within_typo(a, b) for a, b in zip(one, other, strict=True)
    )
