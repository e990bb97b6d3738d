"""A whole chat: several flows, the words understood at any moment, free text, coming back.

(catalog, session, event, context) -> (session, effects).  Decides which flow an
event belongs to and what follows when a talk ends; what happens inside a flow is
the engine's.  Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flows import engine
from flows.asides import STATE, Aside
from flows.catalog import Catalog
from flows.cleaning import plain
from flows.keywords import pick
from flows.model import (
    Ask,
    Choice,
    Context,
    Effect,
    Event,
    Finish,
    Flow,
    Judged,
    Left,
    Opened,
    Option,
    Record,
    Report,
    Said,
    Say,
    Sent,
    Session,
    Shared,
    State,
    Tapped,
    Turn,
    Unsupported,
)

TICKET = re.compile(r"\b([A-Z]{2,4})[-\s]?(\d{4})[-\s]?(\d{5,})[-\s]?(\d)\b", re.IGNORECASE)
"""A ticket number as people type it: with or without its dashes.

"nik 3302271708900003" has that form as well: without its dashes only an office's code counts.
"""

LINK = re.compile(
    r"\s*(?:(?:di|meny)?(?:sambung|hubung)\w*|kode(?:nya)?)\W+([0-9]{4}(?:[\s.-]?[0-9]{4}){1,2})\W*",
    re.IGNORECASE,
)
"""A code typed together with the word for it: "sambungkan 4829 1375"."""

APPOINTMENT = "appointment"
SCREENING = "screening"
"""The talk before a visit.  What is written in it may be about health, so it is not kept."""
VISITS: Mapping[str, Mapping[str, str]] = {
    "appointment": {}, "reschedule": {"visit": "change"}, "unbook": {"visit": "cancel"},
}  # fmt: skip
"""What the words around appointments answer already."""

OPENINGS = ("welcome", "suggest", "news", APPOINTMENT)
"""Talks in which a text that is no answer may be about something else."""
WANTED: Mapping[str, Mapping[str, str]] = {
    "data": {"want": "export"}, "erase": {"want": "erase"}, "withdraw": {"want": "withdraw"},
}  # fmt: skip
"""What the words around one's data answer already."""

OFFICER = "officer"
"""The talk with a human: what is written in it is meant for them."""
MORE = ("more",)
"""The topic of that talk once a message was sent: what is written next belongs to it."""
REPEATED = ("suggest", "cancel", "resume")
"""Talks whose question is asked again after a short answer beside the matter."""

FREE = ("text", "name", "")
"""Checks that accept nearly anything: after a long silence such a text may not be the answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What one event leads to in the whole chat."""

    session: Session
    effects: tuple[Effect, ...] = ()

    def then(self, *effects: Effect) -> "Reply":
        """This reply with more effects after it."""
        return replace(self, effects=(*self.effects, *effects))

    def first(self, *effects: Effect) -> "Reply":
        """This reply with effects before it."""
        return replace(self, effects=(*effects, *self.effects))


def converse(catalog: Catalog, session: Session, event: Event, context: Context) -> Reply:
    """What `event` leads to.  Never raises for anything a person can send."""
    talk = _Talk(catalog, context)
    session = talk.known(session)
    if isinstance(event, Tapped | Opened):
        session = heard_out(session)
    match event:
        case Left():
            return Reply(session)
        case Judged():
            return talk.judged(session, event)
        case Opened(link=link) if link in catalog.services:
            return talk.begin(session, link)
        case Opened(link=link) if link in catalog.suggestions:
            return talk.begin(session, link)
        case Opened(link=link) if link in catalog.commands:
            return talk.command(session, link)
        case Opened():
            return talk.greet(session)
        case Tapped(token=token) if token in catalog.commands:
            return talk.command(session, token)
        case Tapped(token=token):
            return talk.tapped(session, token)
        case Said(text=text):
            return talk.said(session, event, text)
        case Sent():
            return talk.sent(session, event)
        case Shared():
            return talk.shared(session, event)
        case Unsupported():
            if session.state is None:
                return talk.greet(session).first(Say("unsupported", {"kind": event.kind}))
            return talk.step(session, event)


def listening(session: Session) -> Session:
    """A message went to the officer: people write in pieces, so the next text is part of it."""
    return session.put(State(OFFICER, asked="message", topic=MORE))


def heard_out(session: Session) -> Session:
    """The session when nothing more belongs to the message that went to the officer."""
    state = session.states.get(OFFICER)
    return session.drop(OFFICER) if state is not None and state.topic == MORE else session


def ask(catalog: Catalog, session: Session, context: Context) -> Reply:
    """The question at which the chat stands, as this office asks it."""
    talk = _Talk(catalog, context)
    session = talk.known(session)
    return talk.ask(session) if session.state is not None else Reply(session)


def practising(catalog: Catalog, session: Session) -> bool:
    """Whether this chat is in the middle of a practice run: files that come now are not kept."""
    flow = catalog.flow(session.state.flow) if session.state is not None else None
    return flow is not None and flow.practice


@dataclass(frozen=True, slots=True)
class _Talk:
    """One event's worth of conversation: the catalogue and context that every move needs."""

    catalog: Catalog
    context: Context

    # --- which flow an event belongs to ----------------------------------------------

    def known(self, session: Session) -> Session:
        """The session without flows that the catalogue no longer has."""
        for key, state in session.states.items():
            if self.catalog.flow(state.flow) is None:
                session = session.drop(key)
        return session

    def said(self, session: Session, event: Said, text: str) -> Reply:
        free = session.state is not None and self._free(session.state)
        command = self.catalog.keywords.find(text, slips=not free)
        if aside := self._aside(session, event, command):
            return aside
        speaking = session.current == OFFICER and session.state is not None
        if command in self.catalog.asides.all or (speaking and command == "greeting"):
            command = None
        if command is not None and command != "thanks":
            session = heard_out(session)
        if command == "greeting":
            return self._greeted(session, salam="alaikum" in text.casefold().replace(" ", ""))
        if command is not None and (turn := self._chosen(session, event)) is not None:
            return self._after(session, turn)
        if command is not None:
            return self.command(session, command)
        if code := LINK.fullmatch(plain(text)):
            digits = "".join(filter(str.isdigit, code[1]))
            return Reply(session, (Finish("link", {"have": "yes", "code": digits}),))
        number = self._ticket(text)
        if number and not (speaking and TICKET.sub("", text).strip()):
            return Reply(session, (Report(number),))
        if session.state is None or not (session.state.asked or self._in_service(session)):
            return self._guess(session, text)  # nothing was asked yet, though a photo may have come
        if event.edited and not session.state.tries and session.state.topic != MORE:
            return Reply(session, (Say("edited"),))
        turn = self._turn(session.state, event)
        if self.context.quiet and self._doubtful_return(session.state, turn):
            return self._open(session, "resume", (session.current,))
        unused = not turn.understood or self._loosely(session.state, text, turn)
        if unused and session.current in OPENINGS:
            guess = self._guess(session, text)
            if guess.session.current != "welcome":
                return guess
        return self._after(session, turn)

    def _loosely(self, state: State, text: str, turn: Turn) -> bool:
        """At the menu "kartu keluarga" has a word of "Urus surat/kartu", but names a service."""
        asked = self._flow(state).step(state.asked)
        if state.flow != "welcome" or turn.state is None or asked is None or asked.id != "want":
            return False
        apply = [option for option in asked.options if option.id == turn.state.answers.get("want")]
        exact = pick([each.label for each in apply], text, [e.words for e in apply], whole=True)
        return bool(apply) and exact is None and self.catalog.intents.best(text) is not None

    def _ticket(self, text: str) -> str:
        """The ticket number in a text, if there is one."""
        for found in TICKET.finditer(plain(text)):
            number = "-".join(found.groups()).upper()
            if number == found.group().upper() or found[1].upper() in self.context.codes:
                return number
        return ""

    def tapped(self, session: Session, token: str) -> Reply:
        flow, _, answer = token.partition("/")
        if flow in self.catalog.talks and token.startswith(f"{APPOINTMENT}/slot:"):
            return self._time(session, answer.removeprefix("slot:"))
        states = [state for state in session.states.values() if state.flow == flow]
        state = session.state if session.state in states else next(iter(states), None)
        if state is None:
            asked = self.ask(session) if session.state else self._open(session, "welcome")
            return asked.first(Say("old_button"))
        reply = self.step(session.put(state), Tapped(token))
        if reply.effects or state.key == session.current:
            return reply
        return self.ask(session.put(state))

    def _time(self, session: Session, slot: str) -> Reply:
        """A time is meant whenever its button is tapped, be it below news of last week."""
        state = session.states.get(APPOINTMENT, State(APPOINTMENT))
        known = ("ticket", "visit", "place", "priority")
        kept = {key: state.answers[key] for key in known if key in state.answers}
        return self._enter(session, State(APPOINTMENT, {**kept, "slot": slot}))

    def _free(self, state: State) -> bool:
        """Was a text asked for that may be nearly anything?"""
        flow = self.catalog.flow(state.flow)
        asked = flow.step(state.asked) if flow is not None else None
        return asked is not None and asked.kind == "text" and asked.check in FREE

    def _chosen(self, session: Session, event: Said) -> Turn | None:
        """A command may be what the question offers ("Ya, lanjut"): then it is the answer.

        Only in the option's own words: "gak jadi" is no "tidak".
        """
        state = session.state
        asked = self._flow(state).step(state.asked) if state is not None else None
        if state is None or asked is None or asked.kind not in ("choice", "choices", "review"):
            return None
        labels = [option.label for option in asked.options]
        words = [option.words for option in asked.options]
        if pick(labels, event.text, words, whole=True) is None:
            return None
        turn = self._turn(state, event)
        return turn if turn.understood else None

    def sent(self, session: Session, event: Sent) -> Reply:
        """A photo belongs to the request in hand; without one it is kept until we know.

        In a practice run nobody looks at it: whatever comes is good enough.
        """
        if practising(self.catalog, session):
            came = self.step(session, event)
            return self.judged(came.session, Judged(event.attachment, "photo", "good"))
        if not self._in_service(session):
            draft = self._draft(session)
            session = session.put(session.states.get(draft) or session.state or State("welcome"))
        return self.step(session, event)

    def shared(self, session: Session, event: Shared) -> Reply:
        """A phone that the platform vouches for; if one was asked for, it is the answer too."""
        kept = Record("phone", event.phone)
        state = session.state
        asked = self._flow(state).step(state.asked) if state is not None else None
        if asked is not None and asked.check == "phone":
            return self.step(session, Said(event.phone)).first(kept)
        if self._in_service(session):
            return self.ask(session).first(kept, Say("phone_linked"))
        return Reply(session, (kept, self._say("phone_linked", "status")))

    def judged(self, session: Session, event: Judged) -> Reply:
        """An examined photo goes to the flow that waits for it, even if another is open."""
        waits = (s for s in session.states.values() if event.attachment in s.waiting)
        state = next(waits, None)
        if state is None:
            return Reply(session)
        if state.key == session.current:
            return self.step(session, event)
        turn = self._turn(state, event)
        if turn.state is None:
            return Reply(session.drop(state.key), turn.effects)
        states = {**session.states, state.key: turn.state}
        said = tuple(effect for effect in turn.effects if not isinstance(effect, Ask))
        return Reply(Session(session.current, states), said)

    def step(self, session: Session, event: Event) -> Reply:
        assert session.state is not None
        return self._after(session, self._turn(session.state, event))

    def _turn(self, state: State, event: Event) -> Turn:
        return engine.step(self._flow(state), state, event, self._about(state))

    def ask(self, session: Session) -> Reply:
        assert session.state is not None
        state = session.state
        return self._after(session, engine.ask(self._flow(state), state, self._about(state)))

    def _flow(self, state: State) -> Flow:
        flow = self.catalog.flow(state.flow)
        assert flow is not None
        if state.flow in self.catalog.services:
            return self.catalog.offering(flow, self.context.offers)
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

    def _about(self, state: State) -> Context:
        """What is given to this state: a correction goes on under the consent of its request."""
        given = dict(self.context.given)
        if state.flow == "suggest":
            given["suggested"] = "one" if len(state.topic) == 1 else "several"
        elif state.ticket:
            given["consent"] = "yes"
        else:
            return self.context
        return replace(self.context, given=given)

    # --- the words understood at any moment ------------------------------------------

    def command(self, session: Session, command: str) -> Reply:
        match command:
            case "menu":
                return self._open(session, "welcome")
            case "help":
                return Reply(session, (self._say("help", "resume", "officer", "menu"),))
            case "status":
                return Reply(session, (Report(),))
            case "officer":
                return self._open(session, "officer")
            case "mute":
                return Reply(session, (Record("mute", "yes"),))
            case "unmute":
                return Reply(session, (Record("mute", "no"),))
            case "link" | "learn" | "practice":
                return self._open(session, command)
            case "subscribe":
                return self._beside(session, Record("news", "yes"))
            case "unsubscribe":
                return self._beside(session, Record("news", "no"))
            case "begin":
                return self._beside(session, Record("news", "again"))
            case "stop":
                return self._stop(session)
            case "try":
                return Reply(session, (Record("try", "yes"),))
            case "resume":
                return self._resume(session)
            case "data" | "erase" | "withdraw":
                return self._enter(session, State("data", WANTED[command]))
            case "appointment" | "reschedule" | "unbook":
                return self._enter(session, State(APPOINTMENT, VISITS[command]))
            case "checkin" if "office" not in self.context.given:
                return self._open(session, "checkin")
            case "checkin" | "queue" | "unqueue":
                return Reply(session, (Finish(command, {}),))
            case "before_visit":
                return self._open(session, SCREENING)
            case "cancel":
                return self._cancel(session)
            case "back" if session.state is not None:
                state = session.state
                turn = engine.back(self._flow(state), state, self._about(state))
                return self._after(session, turn)
            case "thanks":
                return Reply(session, (self._say("thanks"),))
        return self._open(session, "welcome")

    def greet(self, session: Session, topic: tuple[str, ...] = ()) -> Reply:
        """A chat just opened: offer an unfinished request first."""
        draft = self._draft(session)
        if draft:
            return self._open(session, "resume", (draft, *topic))
        return self._open(session, "welcome", topic)

    def _greeted(self, session: Session, salam: bool) -> Reply:
        """A greeting follows the person's; in the middle of a request the question is repeated."""
        if self._in_service(session) and not self.context.quiet:
            return self.ask(session).first(Say("greeting", {"salam": salam}))
        return self.greet(session, ("salam",) if salam else ())

    def _resume(self, session: Session) -> Reply:
        draft = self._draft(session)
        if not draft:
            return self._open(session, "welcome").first(Say("no_draft"))
        return self.ask(session.put(session.states[draft]))

    def _beside(self, session: Session, kept: Record) -> Reply:
        """Keep something that is no part of what is being talked about, and go on with that."""
        if self._in_service(session):
            return self.ask(session).first(kept)
        if kept.value == "again":
            return self._open(session, "welcome").first(kept)
        return Reply(session, (kept,))

    def _stop(self, session: Session) -> Reply:
        """No more news; in the middle of a request it may mean the request, so that is asked."""
        if self._in_service(session):
            return self._cancel(session).first(Record("news", "stop"))
        return Reply(session.drop(session.current), (Record("news", "no"),))

    def _cancel(self, session: Session) -> Reply:
        state = session.state
        if state is not None and state.ticket:
            return self.ask(session).first(Say("correction_waits", {"number": state.ticket}))
        if state is not None and self._in_service(session) and state.answers:
            return self._open(session, "cancel", (state.key,))
        if self._in_service(session):
            return Reply(session.drop(session.current), (self._say("cancelled", "menu"),))
        return Reply(session.drop(session.current), (Finish("cancel", {}),))

    # --- beside the matter -----------------------------------------------------------

    def _aside(self, session: Session, event: Said, name: str | None) -> Reply | None:
        """The short answer to a text, then the open question again; None when it is no aside."""
        if session.current == OFFICER or name in self.catalog.commands:
            return None
        asides = self.catalog.asides.all
        if name is None or not self._listens(session, asides[name]):
            name = self._in_a_sentence(session, event)
        if name is None or self._chooses(session, event.text):
            return None
        if asides[name].of_office and "office" not in self.context.given:
            return self.ask(session) if self._in_service(session) else self.greet(session)
        if asides[name].of_service:
            return self._of_service(session, asides[name], event.text)
        if asides[name].instead:
            return self.command(session, asides[name].instead)
        said = self._short(asides[name], asides[name].flow, STATE)
        if self._in_service(session) or session.current in REPEATED:
            return self.ask(session).first(said)
        return Reply(session, (said,))

    def _chooses(self, session: Session, text: str) -> bool:
        """Whether it is one of the answers below the question, in its own words or by number."""
        if session.state is None:
            return False
        options = engine.offered(self._flow(session.state), session.state, self.context)
        labels, words = [each.label for each in options], [each.words for each in options]
        numbered = text.strip()[:1].isdecimal()
        return pick(labels, text, words, whole=not numbered) is not None

    def _of_service(self, session: Session, aside: Aside, text: str) -> Reply | None:
        """What is asked about a service that the text names, or about the one in hand."""
        meant = self.catalog.intents.best(text)
        if meant is not None:
            state = State(meant.flow, dict(meant.answers))
        elif session.state is not None and self._in_service(session):
            state = session.state
        else:
            return None
        said = self._short(aside, self._flow(state), state)
        if self._in_service(session):
            return self.ask(session).first(said)
        return self._guess(session, text).first(said)

    def _short(self, aside: Aside, flow: Flow, state: State) -> Ask:
        choices = tuple(Choice(b, self.catalog.commands[b].label) for b in aside.buttons)
        return Ask(flow, aside.step, state, choices)

    def _in_a_sentence(self, session: Session, event: Said) -> str | None:
        """The aside that a sentence asks for, unless it is an answer or surely means a service."""
        name = self.catalog.asides.find(event.text)
        if name is None or not self._listens(session, self.catalog.asides.all[name]):
            return None
        state = session.state
        asked = self._flow(state).step(state.asked) if state is not None else None
        if asked is None or state is None or asked.kind not in ("text", "date"):
            return name
        if asked.check == "name" or not self._turn(state, event).understood:
            return name
        return None

    def _listens(self, session: Session, aside: Aside) -> bool:
        match aside.heard:
            case "idle":  # who has agreed to nothing yet has nothing to wait for
                return session.state is None and not self._draft(session) and self._agreed
            case "openings":
                return session.state is None or session.current in OPENINGS
        return True

    @property
    def _agreed(self) -> bool:
        return "consent" in self.context.given

    # --- free text -------------------------------------------------------------------

    def _guess(self, session: Session, text: str) -> Reply:
        """Free text may mean a service; when in doubt offer the likely ones."""
        best = self.catalog.intents.best(text)
        hints = (best,) if best else self.catalog.intents.near(text)
        if not hints:
            return self.greet(session)
        return self._open(session, "suggest", tuple(map(self.catalog.suggestion_id, hints)))

    # --- moving between flows --------------------------------------------------------

    def begin(self, session: Session, suggestion: str) -> Reply:
        """Start a service, or offer to go on with it if it was begun before."""
        flow, _, _ = suggestion.partition(".")
        if suggestion not in self.catalog.suggestions:
            return self._open(session, "welcome")
        if flow in session.states and session.states[flow].answers:
            return self._open(session, "resume", (flow,))
        return self._fresh(session, flow, self.catalog.suggestions[suggestion].hint.answers)

    def _fresh(self, session: Session, flow: str, answers: Mapping[str, str]) -> Reply:
        return self._enter(session, State(flow, answers=dict(answers)))

    def _open(self, session: Session, talk: str, topic: tuple[str, ...] = ()) -> Reply:
        return self._enter(session, State(talk, topic=topic))

    def _enter(self, session: Session, state: State) -> Reply:
        """Begin a flow; photos that came in the talk before go along."""
        before = session.state
        if before is not None and before.flow in self.catalog.talks:
            state = replace(state, waiting=before.waiting, loose=before.loose)
        return self.ask(self._without_talks(session).put(state))

    def _without_talks(self, session: Session) -> Session:
        for flow in self.catalog.talks:
            if flow in session.states:
                session = session.drop(flow)
        return session

    def _draft(self, session: Session) -> str:
        """The service begun most recently and not ended."""
        states = session.states.items()
        begun = [key for key, state in states if state.flow in self.catalog.services]
        return begun[-1] if begun else ""

    def _in_service(self, session: Session) -> bool:
        return session.state is not None and session.state.flow in self.catalog.services

    def _doubtful_return(self, state: State, turn: Turn) -> bool:
        """After a long silence: is this text rather a new beginning than the answer awaited?"""
        if state.flow not in self.catalog.services or not state.answers:
            return False
        return not turn.understood or self._free(state)

    # --- what follows a turn ---------------------------------------------------------

    def _after(self, session: Session, turn: Turn) -> Reply:
        """Keep the new state; when a talk is complete, do what it was about."""
        if turn.state is not None:
            return Reply(session.put(turn.state), turn.effects)
        ended = session.state
        assert ended is not None
        finish = next((effect for effect in turn.effects if isinstance(effect, Finish)), None)
        if finish is None or ended.flow in self.catalog.services:
            return Reply(session.drop(ended.key), turn.effects)
        said = tuple(effect for effect in turn.effects if effect is not finish)
        return self._ended(session, ended, finish).first(*said)

    def _ended(self, session: Session, ended: State, finish: Finish) -> Reply:
        """What a talk's answers lead to."""
        closed = session.drop(ended.key)
        draft = ended.topic[0] if ended.topic else ""
        answers = {name: value for name, value in finish.answers.items() if isinstance(value, str)}
        match ended.flow, answers:
            case "welcome", {"want": "apply", "service": service}:
                return self.begin(session, service)
            case "welcome", {"want": "status"}:
                return Reply(closed, (Report(),))
            case "suggest", {"yes": "yes"}:
                return self.begin(session, draft)
            case "suggest", {"meant": meant} if meant.replace("-", ".") in ended.topic:
                return self.begin(session, meant.replace("-", "."))
            case ("welcome", {"want": "officer"}) | ("suggest", {"meant": "officer"}):
                return self._open(session, "officer")
            case "resume", {"resume": "yes"} if draft in session.states:
                return self.ask(closed.put(session.states[draft]))
            case "resume", {"resume": "restart"} if draft in session.states:
                if session.states[draft].ticket:
                    return self.ask(closed.put(session.states[draft]))
                return self._fresh(closed.drop(draft), draft, {})
            case "resume", {"resume": "later"}:
                return Reply(closed, (self._say("later"),))
            case "cancel", {"cancel": "yes"}:
                return Reply(closed.drop(draft), (self._say("cancelled", "menu"),))
            case "cancel", {"cancel": "no"} if draft in session.states:
                return self.ask(closed.put(session.states[draft]))
            case "learn", {"lesson": lesson}:
                return self._open(closed, "lesson", (lesson,))
            case "lesson", {"then": "more"}:
                return self._open(closed, "learn")
            case "lesson", {"then": then} if then in self.catalog.services:
                return self.begin(closed, then)
            case "lesson", {"then": then} if then in self.catalog.commands:
                return self.command(closed, then)
            case "practice", {"then": "again"}:
                return self._open(closed, "practice")
            case "practice", {"then": "real"}:
                return self._enter(closed, State("welcome", {"want": "apply"}))
            case "screening", {"plan": "day"}:
                return self._enter(closed, State(APPOINTMENT, VISITS["reschedule"]))
            case "screening", {"plan": "online"}:
                return Reply(closed, (self._say("screening_online", "menu", "officer"),))
            case "screening", {"plan": "proxy"}:
                return Reply(closed, (self._say("screening_proxy", "officer"),))
            case "screening", _:
                return Reply(closed, (self._say("screening_come", "reschedule"),))
            case "checkin", {"here": "no"}:
                return Reply(closed, (self._say("later"),))
            case (("officer" | "link" | "appointment" | "checkin" | "data"), _):
                return Reply(closed, (finish,))
            case "news", {"news": answer}:
                return Reply(closed, (Record("news", "yes" if answer == "yes" else "rather_not"),))
        return self._open(closed, "welcome")

    def _say(self, message: str, *commands: str) -> Say:
        choices = tuple(Choice(name, self.catalog.commands[name].label) for name in commands)
        return Say(message, choices=choices)
