"""A ticket's documents one by one: what came, what was decided of each, what is new since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.model import Answers, Flow, Step
from handlers.desk import Sight, When, Who
from handlers.sessions import answers as read_answers
from storage import attachments, decisions
from storage.db import Tx
from storage.erasure import ERASED

ACCEPTED, REFUSED = "accepted", "refused"
REASON = "refuse_"
"""With what the names of the messages begin that say why a document is refused."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided of a document, by whom and when; `why` in words for the citizen."""

    decision: str
    why: str
    who: Who
    at: When


@dataclass(frozen=True, slots=True)
class File:
    """One received file.  `verdict` is "good" or a doubt; `refused` says why it was asked anew."""

    id: str
    kind: str
    verdict: str
    stored: bool
    at: When
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """That an original was seen at the desk, by whom and when."""

    who: Who
    at: When


@dataclass(frozen=True, slots=True)
class Document:
    """One required document with its files.

    original  has to be shown when the citizen comes; `shown` when it was
    wanted    was sent back and has not come again
    fresh     came again after it was sent back, and nobody has judged it yet
    version   which coming of it this is; empty when nothing has come
    judged    None when nobody has decided
    """

    id: str
    name: str
    original: bool
    wanted: bool
    fresh: bool
    version: str
    judged: Judged | None
    shown: Shown | None
    files: Sequence[File]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One file by itself, of so many; `before` and `after` are the ids of its neighbours.

    document  None when a newer file replaced this one
    """

    file: File
    document: Document | None
    position: int
    total: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Papers:
    """All documents of a ticket, and the files that newer ones replaced."""

    documents: Sequence[Document]
    replaced: Sequence[File]

    @property
    def here(self) -> list[Document]:
        """Those that can be judged: something has come."""
        return [each for each in self.documents if each.version]

    @property
    def judged(self) -> int:
        return sum(each.judged is not None for each in self.here)

    @property
    def refused(self) -> list[Document]:
        return [each for each in self.here if each.judged and each.judged.decision == REFUSED]

    @property
    def next(self) -> Document | None:
        """The first document that nobody has judged, if any."""
        return next((each for each in self.here if each.judged is None), None)

    @property
    def originals(self) -> list[Document]:
        """Those whose original has to be shown."""
        return [each for each in self.documents if each.original]

    def leaf(self, file: str) -> Leaf | None:
        """That file with its neighbours: the documents in order, then what was replaced."""
        leaves: list[tuple[File, Document | None]] = [
            (each, document) for document in self.documents for each in document.files
        ]
        leaves += [(each, None) for each in self.replaced]
        ids = [each.id for each, _ in leaves]
        if file not in ids:
            return None
        at = ids.index(file)
        before, after = ids[at - 1] if at else "", ids[at + 1] if at + 1 < len(ids) else ""
        return Leaf(*leaves[at], at + 1, len(ids), before, after)


def read(
    tx: Tx, sight: Sight, row: Any, steps: Sequence[Step], answers: Answers, history: Sequence[Any]
) -> Papers:
    """The documents of a ticket; `steps` are those that it needs."""
    sent_back = [each.documents for each in history if each.move == "send_back"]
    again = sent_back[-1] if sent_back and row.status == "needs_correction" else ()
    before = {name for names in sent_back for name in names}
    found = {(d.document, d.version): _judged(sight, d) for d in decisions.of_ticket(tx, row.id)}
    whys = {version: each.why for (_, version), each in found.items() if each.decision == REFUSED}
    seen = decisions.originals(tx, row.id)
    received = {
        each.id: File(each.id, each.kind, each.verdict, each.state == "stored",
                      sight.when(each.created_at), whys.get(each.id, ""))
        for each in attachments.of_ticket(tx, row.id)
        if each.state != ERASED and "signed" not in each.remote
    }  # fmt: skip
    documents = []
    for step in steps:
        version, judged = version_of(answers, step.id), None
        judged = found.get((step.id, version))
        documents.append(
            Document(
                id=step.id,
                name=step.name,
                original=step.original,
                wanted=step.id in again,
                fresh=judged is None and step.id in before and step.id not in again,
                version=version,
                judged=judged,
                shown=_shown(sight, seen.get(step.id)),
                files=[received[file] for file in answers.get(step.id, ()) if file in received],
            )
        )
    current = {file for step in steps for file in answers.get(step.id, ())}
    return Papers(documents, [file for file in received.values() if file.id not in current])


def refusals(tx: Tx, sight: Sight, row: Any) -> dict[str, str]:
    """The refused documents of a ticket as they came last, each with the reason in words."""
    answers = read_answers(row.answers)
    return {
        each.document: _why(sight, each)
        for each in decisions.of_ticket(tx, row.id)
        if each.decision == REFUSED and each.version == version_of(answers, each.document)
    }


def originals_missing(tx: Tx, flow: Flow, row: Any) -> list[str]:
    """The documents whose originals have to be shown and have not been."""
    seen = decisions.originals(tx, row.id)
    return [s.id for s in flow.steps if s.original and s.id in row.answers and s.id not in seen]


def reasons(sight: Sight) -> Mapping[str, str]:
    """Why a document may be refused: words by code."""
    names = sorted(name for name in sight.house.words.names() if name.startswith(REASON))
    return {name.removeprefix(REASON): sight.house.words.say(name) for name in names}


def _why(sight: Sight, row: Any) -> str:
    """A refusal in words: the chosen reason, the officer's own, or both."""
    chosen = sight.house.words.say(f"{REASON}{row.reason}") if row.reason else ""
    return ". ".join(part for part in (chosen, row.note) if part)


def _judged(sight: Sight, row: Any) -> Judged:
    why = _why(sight, row) if row.decision == REFUSED else ""
    return Judged(row.decision, why, sight.who(row.officer), sight.when(row.at))


def _shown(sight: Sight, row: Any | None) -> Shown | None:
    return None if row is None else Shown(sight.who(row.officer), sight.when(row.at))


def version_of(answers: Answers, document: str) -> str:
    """The last file of a document: a photo sent anew makes another version."""
    files = answers.get(document, ())
    return files[-1] if files and not isinstance(files, str) else ""
