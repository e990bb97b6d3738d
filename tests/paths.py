"""All that can be asked in a service, for the tests that walk every path of every file.

Two places of a conversation are the same when the same question stands and everything that
guards look at is the same: each such place is visited once, by every answer that makes a
difference.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

from flows import asking, engine
from flows.facts import FACTS, facts
from flows.model import Event, Flow, Judged, Said, Sent, Session, State, Step, Tapped, Turn
from handlers.offices import House
from handlers.wording import Scene
from pieces import ROOT
from talk import MONDAY, house

LONGEST_FLOW = 60
"""More turns than this and a conversation is stuck."""

TEXTS = {
    "nik": "3302271708900003",
    "kk": "3302270102150004",
    "phrase": "Jalan Kenanga 12",
    "phone": "081234567890",
    "rt_rw": "RT 3 RW 2",
    "lingkungan": "5",
    "name": "Yuni Astuti",
    "number": "3",
    "text": "Jalan Kenanga 12",
}
YEARS = (2, 10, 18, 20, 30, 16)
"""Ages that lie on either side of every boundary in flows/facts.py."""

SERVICES = sorted(path.stem for path in (ROOT / "flows" / "services").glob("*.toml"))


@cache
def the_house() -> House:
    return house()


class Place:
    """One service at one office, and how to answer its questions."""

    def __init__(self, office: str, service: str) -> None:
        self.house = the_house()
        self.office = self.house.office(office)
        self.context = self.house.context(office, consented=False, quiet=False, now=MONDAY)
        self.catalog = self.house.catalog(office)
        self.flow = self.catalog.services[service].offering(**self.context.offers)
        self.guards = {key for step in self.flow.steps for key in step.when}
        self.feeding = {need for name in self.flow.facts for need in FACTS[name].needs}

    def begin(self) -> Turn:
        return asking.ask(self.flow, State(self.flow.id), self.context)

    def nodes(self) -> Iterator[tuple[Turn, State | None, Step | None]]:
        """Every place once: the turn that led there, the state before it and what was answered."""
        seen: set[object] = set()
        todo: list[tuple[Turn, State | None, Step | None]] = [(self.begin(), None, None)]
        while todo:
            turn, before, answered = todo.pop()
            yield turn, before, answered
            if turn.state is None or self.key(turn.state) in seen:
                continue
            seen.add(self.key(turn.state))
            step = self.flow.step(turn.state.asked)
            assert step is not None, turn.state.asked
            for events in self.answers(step):
                todo.append((self.play(self.flow, turn.state, events), turn.state, step))

    def key(self, state: State) -> object:
        """What makes this place different from others."""
        known = facts(self.flow, state.answers, self.context)
        decided = [(name, known.get(name)) for name in sorted(self.guards)]
        waiting = self.flow.facts and not all(name in known for name in self.flow.facts)
        fed = [(name, known.get(name)) for name in sorted(self.feeding)] if waiting else []
        return state.asked, state.growing, tuple(decided), tuple(fed)

    def answers(self, step: Step) -> Iterator[list[Event]]:
        """The ways to answer a question that can lead to different places."""
        match step.kind:
            case "choice" | "choices":
                matters = step.id in self.guards
                for option in step.options if matters else step.options[:1]:
                    tap = Tapped(asking.token(self.flow, step.id, option.id))
                    done = Tapped(asking.token(self.flow, step.id, "done"))
                    yield [tap, done] if step.kind == "choices" else [tap]
            case "date":
                yield from ([Said(each)] for each in self.dates(step))
            case "document":
                file = f"photo-{step.id}"
                done = Tapped(asking.token(self.flow, step.id, "done"))
                sent: list[Event] = [Sent(file), Judged(file, step.accepts[0], "good")]
                yield [*sent, done] if step.many else sent
            case "review":
                yield [Tapped(asking.token(self.flow, step.id, "send"))]
            case _:
                yield [Said(TEXTS[step.check])]

    def dates(self, step: Step) -> list[str]:
        today = self.context.today
        if step.check == "date_future":
            found = [today + timedelta(days=7), today + timedelta(days=200)]
        else:
            found = [today.replace(year=today.year - years) for years in YEARS]
        return [day.isoformat() for day in (found if step.id in self.feeding else found[:1])]

    def play(self, flow: Flow, state: State, events: list[Event]) -> Turn:
        """What several events lead to; the effects are those of all of them."""
        turn = Turn(state)
        said: list[object] = []
        for event in events:
            if turn.state is not None:
                turn = engine.step(flow, turn.state, event, self.context)
                said += turn.effects
        return replace(turn, effects=tuple(said))

    def finish(self, flow: Flow, state: State) -> Turn:
        """Answer whatever is asked until the flow is over."""
        turn = asking.ask(flow, state, self.context)
        for _ in range(LONGEST_FLOW):
            if turn.state is None:
                return turn
            step = flow.step(turn.state.asked)
            assert step is not None, turn.state.asked
            turn = self.play(flow, turn.state, next(iter(self.answers(step))))
        raise AssertionError(f"stuck at {turn.state and turn.state.asked}")

    def scene(self, state: State) -> Scene:
        session = Session().put(state)
        return Scene(self.house, self.office, self.catalog, self.context, session, MONDAY, MONDAY)
