"""What somebody asks beside the matter: a short answer, then the open question again.

Which short answers there are, and by what they are known, is `flows/asides.py`'s.
"""

from flows import asking
from flows.asides import STATE, Aside
from flows.commands import APPOINTMENT, OFFICER
from flows.keywords import pick
from flows.model import Ask, Choice, Flow, Said, Session, State
from flows.talk import Reply, Talk

OPENINGS = ("welcome", "suggest", "resume", "news", APPOINTMENT)
"""Talks in which a text that is no answer may be about something else."""
REPEATED = ("suggest", "cancel", "resume")
"""Talks whose question is asked again after a short answer."""


def answer(talk: Talk, session: Session, event: Said, name: str | None) -> Reply | None:
    """The short answer to a text that was recognised as `name`; None when it is no aside."""
    if session.current == OFFICER or name in talk.catalog.commands:
        return None
    asides = talk.catalog.asides.all
    if name is None or not _listens(talk, session, asides[name]):
        name = _in_a_sentence(talk, session, event)
    if name is None or _chooses(talk, session, event.text):
        return None
    in_service = talk.catalog.in_service(session)
    if asides[name].of_office and "office" not in talk.context.given:
        return talk.ask(session) if in_service else talk.greet(session)
    if asides[name].of_service:
        return _of_service(talk, session, asides[name], event.text)
    if asides[name].instead:
        return talk.command(session, asides[name].instead)
    said = _short(talk, asides[name], asides[name].flow, STATE)
    if in_service or session.current in REPEATED:
        return talk.ask(session).first(said)
    return Reply(session, (said,))


def _listens(talk: Talk, session: Session, aside: Aside) -> bool:
    match aside.heard:
        case "idle":  # who has agreed to nothing yet has nothing to wait for
            agreed = "consent" in talk.context.given
            return session.state is None and not talk.catalog.draft(session) and agreed
        case "openings":
            return session.state is None or session.current in OPENINGS
    return True


def _in_a_sentence(talk: Talk, session: Session, event: Said) -> str | None:
    """The aside that a sentence asks for, unless it is an answer or surely means a service."""
    name = talk.catalog.asides.find(event.text)
    if name is None or not _listens(talk, session, talk.catalog.asides.all[name]):
        return None
    state, asked = session.state, talk.asked(session.state)
    if asked is None or state is None or asked.kind not in ("text", "date"):
        return name
    if asked.check == "name" or not talk.turn(state, event).understood:
        return name
    return None


def _chooses(talk: Talk, session: Session, text: str) -> bool:
    """Whether it is one of the answers below the question, in its own words or by number."""
    if session.state is None:
        return False
    options = asking.offered(talk.flow(session.state), session.state, talk.context)
    labels, words = [each.label for each in options], [each.words for each in options]
    numbered = text.strip()[:1].isdecimal()
    return pick(labels, text, words, whole=not numbered) is not None


def _of_service(talk: Talk, session: Session, aside: Aside, text: str) -> Reply | None:
    """What is asked about a service that the text names, or about the one in hand."""
    in_service = talk.catalog.in_service(session)
    meant = talk.catalog.intents.best(text)
    if meant is not None:
        state = State(meant.flow, dict(meant.answers))
    elif session.state is not None and in_service:
        state = session.state
    else:
        return None
    said = _short(talk, aside, talk.flow(state), state)
    return (talk.ask(session) if in_service else talk.guess(session, text)).first(said)


def _short(talk: Talk, aside: Aside, flow: Flow, state: State) -> Ask:
    choices = tuple(Choice(b, talk.catalog.commands[b].label) for b in aside.buttons)
    return Ask(flow, aside.step, state, choices)
