"""Short answers to what people ask beside the matter: the cost, the hours, where else to go.

An aside is said, then the open question is asked again.  It is known by a whole message
(`words`, as any word understood at any moment) or by the words that a sentence must have
(`has`).  Knows no wording: what is said and by what it is known is data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flows.model import Flow, State, Step
from flows.words import split_words

HEARD = ("anywhere", "openings", "idle")
"""Where an aside is listened for: anywhere, where no request is in hand, where nothing is open."""
LONGEST = 60
"""Words of a text that are looked at."""
_ENDINGS = ("nya", "kah", "lah")


@dataclass(frozen=True, slots=True)
class Aside:
    """One short answer.

    step     what is said, with the placeholders of any question
    words    whole messages that ask for it
    has      the words that a sentence asking for it has, in any order
    heard    where it is listened for, of HEARD
    buttons  the commands offered below it
    instead  a command that is done instead of saying anything
    """

    step: Step
    words: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    heard: str = "anywhere"
    buttons: tuple[str, ...] = ()
    instead: str = ""

    @property
    def flow(self) -> Flow:
        """A flow of this step alone, as whatever is asked belongs to one."""
        return Flow("asides", "", (self.step,))

    @property
    def of_service(self) -> bool:
        """Whether it speaks of one service, so that it must be known which."""
        return "{cases}" in self.step.ask or "{title}" in self.step.ask

    @property
    def of_office(self) -> bool:
        """Whether it speaks of one office, so that it must be known which."""
        return any(place in self.step.ask for place in ("{office}", "{address}", "{hours}"))


STATE = State("asides")


@dataclass(frozen=True)
class Asides:
    """All asides of the office by name, in the order in which a sentence is compared with them."""

    all: Mapping[str, Aside] = field(default_factory=dict)
    slang: Mapping[str, str] = field(default_factory=dict)
    _phrases: tuple[tuple[frozenset[str], str], ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        phrases = tuple(
            (frozenset(self._words(phrase)), name)
            for name, aside in self.all.items()
            for phrase in aside.has
        )
        object.__setattr__(self, "_phrases", phrases)

    def find(self, text: str) -> str | None:
        """The first aside of which the text has all words of one phrase."""
        said = set(self._words(text))
        for ending in _ENDINGS:
            said |= {word.removesuffix(ending) for word in said}
        return next((name for words, name in self._phrases if words <= said), None)

    def _words(self, text: str) -> Iterable[str]:
        for word in split_words(text)[:LONGEST]:
            yield from self.slang.get(word, word).split()
