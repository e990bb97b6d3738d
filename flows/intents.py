"""Which service a free text is about.

Words are compared as sets, each weighing more the fewer services use it, and
typing errors are forgiven.  A text whose words we mostly do not know is no
request.  Knows no service: hints and slang are data.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from flows.cleaning import listed
from flows.words import closest, split_words

SURE = 0.6  # a score from here on is an answer,
MARGIN = 0.12  # if it leads the next service by so much
NEAR = 0.4  # and from here on a suggestion
MOST = 3  # suggestions at once
LONGEST = 60  # words of a text that are looked at

# Words that say nothing about the service.
_EMPTY = listed(
    "saya sy aku ak gue gw gua kami kita kula inyong enyong awak nyong beta anda kamu dia rika "
    "mau ingin pengen pingin kepengin hendak badhe arep pan bisa boleh dapat harus perlu butuh "
    "bagaimana gimana gmn gmna kepriwe kepriben piye pripun cemana kekmana cara caranya apa apakah "
    "apaan kenapa mengapa kapan dimana mana siapa berapa kok sih dong deh lah kah ya yah iya nih "
    "tuh loh lho kan nya aja saja doang bae yang yg sing ini itu kie kuwe di ke dari daripada pada "
    "nang teng untuk buat oleh dengan dgn dan atau serta tapi tetapi kalau kalo klo jika bila agar "
    "supaya karena krn jadi juga lagi sudah udah sdh belum blm akan sedang masih pernah sangat "
    "sekali banget kali tolong tlg mohon minta coba maaf permisi punten halo hallo hai hei hi "
    "selamat pagi siang sore malam assalamualaikum salam sugeng pak bapak bu ibu mas mbak kak "
    "kakak min admin bang om tante terima kasih makasih suwun nuwun matur tanya nanya bertanya "
    "hari info informasi tentang soal mengenai ada adanya tidak gak ga nggak enggak bukan"
)
# What people do with every service: told apart, but of little weight.
_COMMON = listed(
    "bikin buat membuat mbikin bikinin pembuatan gawe urus mengurus ngurus ngurusi pengurusan "
    "daftar surat kartu layanan pelayanan syarat persyaratan proses kantor kecamatan kelurahan"
)
_COMMON_WEIGHT = 0.35
_UNKNOWN_WEIGHT = 0.8
_ENDINGS = ("nya", "ku", "mu", "kah", "lah")


@dataclass(frozen=True, slots=True)
class Hint:
    """A service that free text may mean, the answers it implies, and ways to say it."""

    flow: str
    answers: Mapping[str, str]
    words: tuple[str, ...]


class Intents:
    """The hints of one office, with its slang, indexed by word."""

    def __init__(self, hints: Sequence[Hint], slang: Mapping[str, str] | None = None) -> None:
        self.hints = tuple(hints)
        self.slang = dict(slang or {})
        phrases = [
            (index, frozenset(self._words(phrase)))
            for index, hint in enumerate(self.hints)
            for phrase in hint.words
        ]
        self._phrases = [(index, words) for index, words in phrases if words]
        users: dict[str, set[int]] = {}
        self._found_in: dict[str, list[int]] = {}
        for position, (index, words) in enumerate(self._phrases):
            for word in words:
                users.setdefault(word, set()).add(index)
                self._found_in.setdefault(word, []).append(position)
        self._users = users
        self._weights = {
            word: log(1 + len(self.hints) / len(of)) * (_COMMON_WEIGHT if word in _COMMON else 1)
            for word, of in users.items()
        }
        self._full = [self._weigh(words) for _, words in self._phrases]
        self._known = tuple(word for word in users if len(word) >= 5)

    def best(self, text: str) -> Hint | None:
        """The one service that is surely meant, or None."""
        ranked = self._ranked(text)
        if not ranked or ranked[0][1] < SURE:
            return None
        top = self.hints[ranked[0][0]]
        for index, score, _ in ranked[1:]:
            other = self.hints[index]
            # A service and one of its own options do not compete.
            rival = other.flow != top.flow or (other.answers and top.answers)
            if rival and score > ranked[0][1] - MARGIN:
                return None
        return top

    def near(self, text: str) -> tuple[Hint, ...]:
        """Up to three services that may be meant, best first; for when `best` has none."""
        close = [
            self.hints[index]
            for index, score, about in self._ranked(text)
            if score >= NEAR or about > 0.75
        ]
        return tuple(close[:MOST])

    def _ranked(self, text: str) -> list[tuple[int, float, float]]:
        """(hint, score, how much of the text is about it), best first; scores are from 0 to 1.

        The score is the share of a hint's best phrase that was said, lowered by
        the share of the text that is about something else.
        """
        said, unknown = self._understand(text)
        if said <= _COMMON:
            return []
        total = self._weigh(said) + unknown * _UNKNOWN_WEIGHT
        heard: dict[int, float] = {}
        for word in said:
            for position in self._found_in[word]:
                heard[position] = heard.get(position, 0.0) + self._weights[word]
        share: dict[int, float] = {}
        for position, weight in heard.items():
            index = self._phrases[position][0]
            share[index] = max(share.get(index, 0.0), weight / self._full[position])
        ranked = []
        for index, covered in share.items():
            if len(said) == 1 and covered < 1:  # 'ktp' begins many phrases
                covered *= 0.7
            about = self._weigh(word for word in said if index in self._users[word]) / total
            ranked.append((index, covered * (0.35 + 0.65 * about), about))
        return sorted(ranked, key=lambda r: (-r[1], -len(self.hints[r[0]].answers), r[0]))

    def _understand(self, text: str) -> tuple[frozenset[str], int]:
        """The words of the text that hints use, and how many it has that none does."""
        known: set[str] = set()
        unknown = 0
        for word in dict.fromkeys(self._words(text)):
            if meant := self._recognise(word):
                known.add(meant)
            elif word not in _COMMON:
                unknown += 1
        return frozenset(known), unknown

    def _recognise(self, word: str) -> str | None:
        if word in self._users:
            return word
        for ending in _ENDINGS:
            if word.endswith(ending) and word.removesuffix(ending) in self._users:
                return word.removesuffix(ending)
        near = closest(word, self._known)
        return near[0] if len(near) == 1 else None

    def _words(self, text: str) -> Iterator[str]:
        for word in split_words(text)[:LONGEST]:
            for meant in self.slang.get(word, word).split():
                if meant not in _EMPTY:
                    yield meant

    def _weigh(self, words: Iterable[str]) -> float:
        return sum(self._weights[word] for word in words)
