"""Small flows written as in flows/*.toml, and somebody who talks to them without a database."""

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from flows import answering, asking, engine
from flows.catalog import Catalog
from flows.dialogue import converse
from flows.load import load
from flows.model import (
    Ask,
    Choice,
    Context,
    Effect,
    Event,
    Finish,
    Flow,
    Judged,
    Opened,
    Record,
    Report,
    Said,
    Say,
    Sent,
    Session,
    State,
    Tapped,
)

TODAY = date(2026, 11, 23)
ROOT = Path(__file__).resolve().parent.parent
WORDS = (ROOT / "flows" / "talks" / "words.toml").read_text(encoding="utf-8")


def flow(steps: str, head: str = "") -> Flow:
    """A flow "test" from the text of its steps."""
    texts = {"talks/words.toml": WORDS, "talks/test.toml": f'title = "Test"\n{head}\n{steps}'}
    found = load(texts, {})[""].flow("test")
    assert found is not None
    return found


def texts() -> dict[str, str]:
    """All files of flows/ by name, as the loader gets them."""
    folder = ROOT / "flows"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.glob("*/*.toml"))
    }


def described(effect: Effect) -> str:
    """An effect in one word or two."""
    match effect:
        case Ask(step=step):
            return f"ask {step.id}"
        case Say(message=message):
            return message
        case Finish(flow=name):
            return f"finish {name}"
        case Record(step=step):
            return f"record {step}"
        case Report(number=number):
            return f"report {number}".strip()


@dataclass
class Answerer:
    """Somebody in one flow, talking to the engine alone."""

    flow: Flow
    context: Context = field(default_factory=lambda: Context(TODAY))
    state: State | None = None
    effects: tuple[Effect, ...] = ()
    understood: bool = True
    sent: int = 0

    def __post_init__(self) -> None:
        self._keep(asking.ask(self.flow, self.state or State(self.flow.id), self.context))

    def says(self, text: str) -> "Answerer":
        return self.does(Said(text))

    def taps(self, option: str, step: str = "") -> "Answerer":
        """Tap a button of the question last asked, or of that step."""
        assert self.state is not None
        return self.does(Tapped(asking.token(self.flow, step or self.state.asked, option)))

    def announces(self) -> str:
        self.sent += 1
        self.does(Sent(f"f{self.sent}"))
        return f"f{self.sent}"

    def judged(self, file: str, verdict: str = "good", kind: str = "photo") -> "Answerer":
        return self.does(Judged(file, kind, verdict))

    def sends(self, verdict: str = "good", kind: str = "photo") -> "Answerer":
        return self.judged(self.announces(), verdict, kind)

    def goes_back(self) -> "Answerer":
        assert self.state is not None
        return self._keep(answering.back(self.flow, self.state, self.context))

    def does(self, event: Event) -> "Answerer":
        assert self.state is not None, "the flow is over"
        return self._keep(engine.step(self.flow, self.state, event, self.context))

    def meanwhile(self, flow: Flow) -> "Answerer":
        """The file changed under this conversation."""
        self.flow = flow
        return self

    def _keep(self, turn: Any) -> "Answerer":
        self.state, self.effects, self.understood = turn.state, turn.effects, turn.understood
        return self

    @property
    def heard(self) -> list[str]:
        return [described(effect) for effect in self.effects]

    @property
    def asked(self) -> str:
        return self.state.asked if self.state else ""

    @property
    def answers(self) -> dict[str, Any]:
        if self.state is not None:
            return dict(self.state.answers)
        done = next(effect for effect in self.effects if isinstance(effect, Finish))
        return dict(done.answers)

    @property
    def offered(self) -> list[str]:
        """The labels of the newest buttons."""
        return [choice.label for choice in _choices(self.effects)]

    def values(self, message: str) -> dict[str, Any]:
        """What a message is about."""
        return next(
            dict(effect.values)
            for effect in self.effects
            if isinstance(effect, Say) and effect.message == message
        )


@dataclass
class Talker:
    """Somebody in one chat, talking to the whole dialogue without a database."""

    catalog: Catalog
    context: Context = field(
        default_factory=lambda: Context(
            TODAY, given={"office": "pu", "area": "rt_rw"}, codes=("PU", "MA")
        )
    )
    session: Session = field(default_factory=Session)
    effects: tuple[Effect, ...] = ()

    def opens(self, link: str = "") -> "Talker":
        return self.does(Opened(link))

    def says(self, text: str, edited: bool = False) -> "Talker":
        return self.does(Said(text, edited))

    def taps(self, token: str) -> "Talker":
        return self.does(Tapped(token))

    def sends(self, file: str = "f1", verdict: str = "good", kind: str = "photo") -> "Talker":
        return self.does(Sent(file)).does(Judged(file, kind, verdict))

    def returns(self) -> "Talker":
        """From now on each event comes after a long silence."""
        self.context = replace(self.context, quiet=True)
        return self

    def stays(self) -> "Talker":
        self.context = replace(self.context, quiet=False)
        return self

    def does(self, event: Event) -> "Talker":
        reply = converse(self.catalog, self.session, event, self.context)
        self.session, self.effects = reply.session, reply.effects
        return self

    @property
    def heard(self) -> list[str]:
        return [described(effect) for effect in self.effects]

    @property
    def at(self) -> str:
        """Where the chat stands: "flow/step", or nothing."""
        state = self.session.state
        return f"{state.flow}/{state.asked}" if state else ""

    @property
    def choices(self) -> tuple[Choice, ...]:
        return _choices(self.effects)


def _choices(effects: tuple[Effect, ...]) -> tuple[Choice, ...]:
    return next(
        (e.choices for e in reversed(effects) if isinstance(e, Ask | Say) and e.choices), ()
    )
