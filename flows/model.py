"""What a conversation is made of: flows, steps, states, events, effects.

A flow is a checklist.  A state is the answers so far and what was asked last;
the position is derived from them, never stored.  Knows no clock, file, row or
channel, and none of the words a person reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from flows.calendar import Calendar

Kind = Literal["choice", "choices", "text", "date", "document", "info", "review", "stop"]
KINDS: tuple[Kind, ...] = (
    "choice",
    "choices",
    "text",
    "date",
    "document",
    "info",
    "review",
    "stop",
)

Answer = str | tuple[str, ...]
"""One chosen option, a text, an ISO date; or several options or attachment ids."""

Answers = Mapping[str, Answer]
Guard = Mapping[str, tuple[str, ...]]
"""For each earlier answer, fact or given value: the values that let a step apply."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen.

    `words` are other ways in which people say it; `opening` is what is said first to a
    person who came for it ("Ikut prihatin …"); `case` is how a list of requirements names it
    after "Kalau" ("diwakilkan"), the label where it is empty.
    """

    id: str
    label: str
    words: tuple[str, ...] = ()
    opening: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: offices disagree, so each value says who said so, and when."""

    url: str
    read: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a checklist: what is asked, when, and what counts as an answer.

    label    its short name, ≤ 22 characters: a list item and a line of the review
    name     its full name, as in the list of requirements
    offers   names options that come as data (offices, free slots)
    record   asks the handlers to remember the answer beyond this flow (consent)
    adult    a NIK of somebody who has a KTP: one that says under 17 is asked again, once
    """

    id: str
    kind: Kind
    ask: str
    label: str
    name: str = ""
    options: tuple[Option, ...] = ()
    offers: str = ""
    when: Guard = field(default_factory=dict)
    check: str = "text"
    many: bool = False
    original: bool = False
    accepts: tuple[str, ...] = ("photo", "pdf")
    record: bool = False
    adult: bool = False
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Standard:
    """One published value of a service (SLA, fee, validity, pickup) with its source."""

    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class Flow:
    """A checklist with a name; a service also carries its published standard.

    own     the engine's own options (done, keep, again, none) in the office's words
    facts   names of the derived answers that its guards use (flows/facts.py)
    practice  a trial run: nothing of it is sent, kept or counted
    appointment  when its citizen has to come: to collect the result ("pickup"), or also "before"
                 it can be made
    valid   how long the result is good for, as "6 bulan"; empty when for ever or not known
    """

    id: str
    title: str
    steps: tuple[Step, ...]
    words: tuple[str, ...] = ()
    standard: Mapping[str, Standard] = field(default_factory=dict)
    legal: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    own: Mapping[str, Option] = field(default_factory=dict)
    practice: bool = False
    appointment: str = "pickup"
    valid: str = ""

    def step(self, step_id: str) -> Step | None:
        """The step of that name, or None when the file no longer has it."""
        return next((step for step in self.steps if step.id == step_id), None)

    def offering(self, **offers: tuple[Option, ...]) -> "Flow":
        """The same flow with dynamic options before a step's own: `flow.offering(offices=...)`."""
        offered = [at for at, step in enumerate(self.steps) if step.offers in offers]
        if not offered:
            return self
        steps = list(self.steps)
        for at in offered:
            step = steps[at]
            steps[at] = replace(step, options=(*offers[step.offers], *step.options))
        return replace(self, steps=tuple(steps))


@dataclass(frozen=True, slots=True)
class State:
    """Where one person stands in one flow.

    answers   in the order in which they were given
    asked     id of the step asked last, or one of the engine's own questions ("@…")
    tries     answers to it that could not be used
    topic     what a talk is about: the drafts to resume, the hints to suggest
    growing   the step that already has an answer and may get more (several photos)
    waiting   attachments on their way, not examined yet
    loose     (id, kind) of examined attachments of which we do not know yet what they show
    doubtful  (id, kind) of poor photos; from the second one on the citizen may insist.
              Of a text the (answer, doubt) last asked about: the same again is taken
    ticket    the ticket that this state corrects, if any
    """

    flow: str
    answers: Answers = field(default_factory=dict)
    asked: str = ""
    tries: int = 0
    topic: tuple[str, ...] = ()
    growing: str = ""
    waiting: tuple[str, ...] = ()
    loose: tuple[tuple[str, str], ...] = ()
    doubtful: tuple[tuple[str, str], ...] = ()
    ticket: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The attachments that it names; of some answers only options, which are none."""
        several = (value for value in self.answers.values() if not isinstance(value, str))
        examined = (file for file, _ in (*self.loose, *self.doubtful))
        return (*self.waiting, *examined, *(each for value in several for each in value))

    @property
    def key(self) -> str:
        """What a session keeps this state under: a correction does not displace a new request."""
        return self.ticket or self.flow


@dataclass(frozen=True, slots=True)
class Session:
    """All of one chat: the state being talked about, and every one begun and not ended."""

    current: str = ""
    states: Mapping[str, State] = field(default_factory=dict)

    @property
    def state(self) -> State | None:
        """The current state."""
        return self.states.get(self.current)

    @property
    def files(self) -> frozenset[str]:
        """The attachments that its states name."""
        return frozenset(file for state in self.states.values() for file in state.files)

    def put(self, state: State) -> "Session":
        """This session with `state` as the current, most recent one."""
        return Session(state.key, {**self.drop(state.key).states, state.key: state})

    def drop(self, key: str) -> "Session":
        """This session without that state; nothing is current if it was."""
        others = {name: state for name, state in self.states.items() if name != key}
        return Session("" if self.current == key else self.current, others)

    def without(self, attachment: str) -> "Session":
        """This session, in which nobody waits for that attachment any more."""
        states = {
            key: replace(state, waiting=tuple(w for w in state.waiting if w != attachment))
            for key, state in self.states.items()
        }
        return replace(self, states=states)


# --- events: what the citizen did, in the past tense ---------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A text was written.  `edited`: it corrects one written before."""

    text: str
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Tapped:
    """A button was tapped; `token` is what the button carried."""

    token: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The chat was opened, through a deep link if `link` is not empty."""

    link: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A photo or file was sent: the id under which it is being fetched, and its caption."""

    attachment: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A sent attachment was examined.

    `verdict`: "good"; a doubt ("blurred", "dark", "bright", "small"); or why it cannot
    be used ("not_a_document", "broken", "lost", …).  `caption`: what was written below it.
    """

    attachment: str
    kind: str
    verdict: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that we cannot read was sent: a voice note, sticker, video, location."""

    kind: str


@dataclass(frozen=True, slots=True)
class Left:
    """The person blocked us or left the chat."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The person gave their own phone number, and the platform vouches for it: "+62812…"."""

    phone: str


Event = Said | Tapped | Opened | Sent | Judged | Unsupported | Left | Shared

DOUBTS = ("blurred", "dark", "bright", "small")


# --- effects: wishes, in the imperative ----------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what it carries, and its words.

    A token with a slash answers a question and is numbered; one without is a command ("menu").
    """

    token: str
    label: str


@dataclass(frozen=True, slots=True)
class Say:
    """Say the message of this name (templates/messages).

    choices  what is offered below it
    about    the attachment of which it speaks
    """

    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a step of a flow in the step's own words."""

    flow: Flow
    step: Step
    state: State
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """Remember an answer beyond the flow."""

    step: str
    value: Answer


@dataclass(frozen=True, slots=True)
class Finish:
    """A checklist is complete: act on it."""

    flow: str
    answers: Answers
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Tell the status of the person's tickets, or of the one with this number."""

    number: str = ""


Effect = Say | Ask | Record | Finish | Report


@dataclass(frozen=True, slots=True)
class Context:
    """What a turn may know of the world: today, given answers, data for the options.

    given     answers known beforehand (office, consent); a step with a given answer is not asked
    offers    dynamic options by name
    quiet     the citizen comes back after a long silence
    calendar  the office's working days, for derived facts
    codes     first parts of ticket numbers: what tells one from any other number
    """

    today: date
    given: Answers = field(default_factory=dict)
    offers: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    quiet: bool = False
    calendar: Calendar | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What one event leads to in one flow: the new state (None: the flow is over), and wishes.

    `understood` is False when the event could not be used as an answer.
    """

    state: State | None
    effects: tuple[Effect, ...] = ()
    understood: bool = True
