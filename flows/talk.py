"""One event's worth of conversation: asking, answering, and moving between flows.

What happens inside a flow is the engine's; what a command or the end of a talk leads to
stands in `flows/commands.py` and `flows/endings.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flows import answering, asking, engine
from flows.catalog import Catalog
from flows.commands import greet, order
from flows.endings import ending
from flows.model import (
    Context,
    Effect,
    Event,
    Finish,
    Flow,
    Option,
    Session,
    State,
    Step,
    Turn,
)
from flows.moves import Again, Back, Begin, Move, Open, Restart, Resume


@dataclass(frozen=True, slots=True)
class Reply:
    """What one event leads to in the whole chat."""

    session: Session
    effects: tuple[Effect, ...] = ()

    def first(self, *effects: Effect) -> "Reply":
        """This reply with effects before it."""
        return replace(self, effects=(*effects, *self.effects))


Abroad = Mapping[str, tuple[Catalog, Context]]


@dataclass(frozen=True, slots=True)
class Talk:
    """The catalogue and context that everything in one turn needs.

    abroad  the same for requests that another office sent back, by their ticket's number
    """

    catalog: Catalog
    context: Context
    abroad: Abroad = field(default_factory=dict)

    # --- inside a flow ---------------------------------------------------------------

    def knows(self, state: State) -> bool:
        """Whether its flow is still there."""
        return self._at(state)[0].flow(state.flow) is not None

    def flow(self, state: State) -> Flow:
        """The flow of a state, with the options that come as data."""
        catalog, context = self._at(state)
        flow = catalog.flow(state.flow)
        assert flow is not None
        if state.flow in catalog.services:
            return catalog.offering(flow, context.offers)
        services = tuple(Option(f.id, f.title, f.words) for f in self.catalog.services.values())
        suggested = tuple(
            Option(name.replace(".", "-"), self.catalog.suggestions[name].label)
            for name in state.topic
            if name in self.catalog.suggestions
        )
        topic = state.topic[0] if state.topic else ""
        after = self.context.offers.get(f"lesson.{topic}", ())
        return flow.offering(
            services=services, suggested=suggested, after_lesson=after, **self.context.offers
        )

    def fitting(self, state: State) -> State:
        """The state without the answers that its flow does not know or offer any more."""
        return answering.fitting(self.flow(state), state, self.about(state))

    def asked(self, state: State | None) -> Step | None:
        """The step that was asked last, if the file still has it."""
        return self.flow(state).step(state.asked) if state is not None else None

    def turn(self, state: State, event: Event) -> Turn:
        """What an event leads to in this flow alone."""
        return engine.step(self.flow(state), state, event, self.about(state))

    def step(self, session: Session, event: Event) -> Reply:
        """What an event leads to where the chat stands."""
        assert session.state is not None
        return self.after(session, self.turn(session.state, event))

    def ask(self, session: Session) -> Reply:
        """The open question."""
        assert session.state is not None
        state = session.state
        return self.after(session, asking.ask(self.flow(state), state, self.about(state)))

    def after(self, session: Session, turn: Turn) -> Reply:
        """Keep the new state; when a talk is complete, do what it was about."""
        if turn.state is not None:
            return Reply(session.put(turn.state), turn.effects)
        ended = session.state
        assert ended is not None
        closed = session.drop(ended.key)
        finish = next((effect for effect in turn.effects if isinstance(effect, Finish)), None)
        if finish is None or ended.flow in self.catalog.services:
            return Reply(closed, turn.effects)
        said = (effect for effect in turn.effects if effect is not finish)
        move = ending(self.catalog, closed, self.context, ended, finish)
        return self.go(closed, move, ended).first(*said)

    def about(self, state: State) -> Context:
        """What is given to this state: a correction goes on under the consent of its request."""
        _, context = self._at(state)
        if state.flow == "suggest":
            suggested = "one" if len(state.topic) == 1 else "several"
            return replace(context, given={**context.given, "suggested": suggested})
        if state.ticket:
            return replace(context, given={**context.given, "consent": "yes"})
        return context

    def _at(self, state: State) -> tuple[Catalog, Context]:
        """A correction is asked for by the office that wants it, wherever its person went on."""
        return self.abroad.get(state.ticket, (self.catalog, self.context))

    # --- between flows ---------------------------------------------------------------

    def go(self, session: Session, move: Move, ended: State | None = None) -> Reply:
        """Make a move; photos that came in the talk that ended go along."""
        if move.end:
            session = session.drop(move.end)
        return self._reach(session, move, ended or session.state).first(*move.say)

    def command(self, session: Session, command: str) -> Reply:
        """Do what a word understood at any moment asks for."""
        return self.go(session, order(self.catalog, session, self.context, command))

    def greet(self, session: Session) -> Reply:
        """A chat just opened."""
        return self.go(session, greet(self.catalog, session))

    def guess(self, session: Session, text: str) -> Reply:
        """Free text may mean a service; when in doubt offer the likely ones."""
        best = self.catalog.intents.best(text)
        hints = (best,) if best else self.catalog.intents.near(text)
        if not hints:
            return self.greet(session)
        topic = tuple(map(self.catalog.suggestion_id, hints))
        return self.go(session, Move(Open("suggest", topic)))

    def _reach(self, session: Session, move: Move, before: State | None) -> Reply:
        match move.to:
            case None:
                return Reply(session)
            case Again():
                return self.ask(session)
            case Back():
                state = session.state
                assert state is not None
                turn = answering.back(self.flow(state), state, self.about(state))
                return self.after(session, turn)
            case Resume(key):
                return self.ask(session.put(session.states[key]))
            case Restart(key):
                return self._enter(session.drop(key), State(key), before)
            case Open(talk, topic, answers):
                return self._enter(session, State(talk, answers, topic=topic), before)
            case Begin(suggestion):
                return self._begin(session, suggestion, before)

    def _begin(self, session: Session, suggestion: str, before: State | None) -> Reply:
        flow, _, _ = suggestion.partition(".")
        if suggestion not in self.catalog.suggestions:
            return self._enter(session, State("welcome"), before)
        if flow in session.states and session.states[flow].answers:
            return self._enter(session, State("resume", topic=(flow,)), before)
        answers = self.catalog.suggestions[suggestion].hint.answers
        return self._enter(session, State(flow, dict(answers)), before)

    def _enter(self, session: Session, state: State, before: State | None) -> Reply:
        """Begin a flow; photos that came in the talk before go along."""
        if before is not None and before.flow in self.catalog.talks:
            state = replace(state, waiting=before.waiting, loose=before.loose)
        for talk in self.catalog.talks:
            if talk in session.states:
                session = session.drop(talk)
        return self.ask(session.put(state))
