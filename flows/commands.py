"""The words understood at any moment, and what each leads to.

One table, with a function for each that depends on what is being talked about.
How a word is recognised is `flows/keywords.py`'s.
"""

from collections.abc import Mapping

from flows.catalog import Catalog
from flows.model import Context, Finish, Record, Report, Say, Session
from flows.moves import Again, Back, Move, Open, Resume, tell

APPOINTMENT = "appointment"
OFFICER = "officer"
"""The talk with a human: what is written in it is meant for them."""
SCREENING = "screening"
"""The talk before a visit.  What is written in it may be about health, so it is not kept."""

VISITS: Mapping[str, Mapping[str, str]] = {
    "appointment": {}, "reschedule": {"visit": "change"}, "unbook": {"visit": "cancel"},
}  # fmt: skip
"""What the words around appointments answer already."""
WANTED: Mapping[str, Mapping[str, str]] = {
    "data": {"want": "export"}, "erase": {"want": "erase"}, "withdraw": {"want": "withdraw"},
}  # fmt: skip
"""What the words around one's data answer already."""


def order(catalog: Catalog, session: Session, context: Context, command: str) -> Move:
    """The move that a command asks for."""
    match command:
        case "help":
            return tell(catalog.say("help", "resume", "officer", "menu"))
        case "thanks":
            return tell(catalog.say("thanks"))
        case "later":
            return tell(catalog.say("later" if catalog.draft(session) else "thanks"))
        case "status":
            return tell(Report())
        case "mute":
            return tell(Record("mute", "yes"))
        case "unmute":
            return tell(Record("mute", "no"))
        case "try":
            return tell(Record("try", "yes"))
        case "officer" | "link" | "learn" | "practice":
            return Move(Open(command))
        case "elsewhere" if "office" in context.given:
            several = len(context.offers.get("offices", ())) > 1
            return Move(Open(command)) if several else tell(Say("one_office"))
        case "before_visit":
            return Move(Open(SCREENING))
        case "data" | "erase" | "withdraw":
            return Move(Open("data", answers=WANTED[command]))
        case "appointment" | "reschedule" | "unbook":
            return Move(Open(APPOINTMENT, answers=VISITS[command]))
        case "checkin" if "office" not in context.given:
            return Move(Open("checkin"))
        case "checkin" | "queue" | "unqueue":
            return tell(Finish(command, {}))
        case "subscribe":
            return _beside(catalog, session, Record("news", "yes"))
        case "unsubscribe":
            return _beside(catalog, session, Record("news", "no"))
        case "begin":
            return _beside(catalog, session, Record("news", "again"))
        case "stop":
            return _stop(catalog, session)
        case "resume":
            return _resume(catalog, session)
        case "cancel":
            return _cancel(catalog, session)
        case "back" if session.state is not None:
            return Move(Back())
    return _menu(catalog, session)


def greet(catalog: Catalog, session: Session, topic: tuple[str, ...] = ()) -> Move:
    """A chat just opened: offer an unfinished request first."""
    if draft := catalog.draft(session):
        return Move(Open("resume", (draft, *topic)))
    return Move(Open("welcome", topic))


def greeted(catalog: Catalog, session: Session, context: Context, salam: bool) -> Move:
    """A greeting follows the person's; in the middle of a request the question is repeated."""
    if catalog.in_service(session) and not context.quiet:
        return Move(Again(), (Say("greeting", {"salam": salam}),))
    return greet(catalog, session, ("salam",) if salam else ())


def _menu(catalog: Catalog, session: Session) -> Move:
    """The menu; whoever has begun a request is told that it is kept."""
    draft = catalog.draft(session)
    flow = catalog.flow(session.states[draft].flow) if draft else None
    if flow is None or session.states[draft].ticket:
        return Move(Open("welcome"))
    return Move(Open("welcome"), (Say("draft_waits", {"draft": flow.title}),))


def _resume(catalog: Catalog, session: Session) -> Move:
    if draft := catalog.draft(session):
        return Move(Resume(draft))
    return Move(Open("welcome"), (Say("no_draft"),))


def _beside(catalog: Catalog, session: Session, kept: Record) -> Move:
    """Keep something that is no part of what is being talked about, and go on with that."""
    if catalog.in_service(session):
        return Move(Again(), (kept,))
    return Move(Open("welcome") if kept.value == "again" else None, (kept,))


def _stop(catalog: Catalog, session: Session) -> Move:
    """No more news; in the middle of a request it may mean the request, so that is asked."""
    if catalog.in_service(session):
        asked = _cancel(catalog, session)
        return Move(asked.to, (Record("news", "stop"), *asked.say), asked.end)
    return tell(Record("news", "no"), end=session.current)


def _cancel(catalog: Catalog, session: Session) -> Move:
    state = session.state
    if state is not None and state.ticket:
        return Move(Again(), (Say("correction_waits", {"number": state.ticket}),))
    if state is not None and catalog.in_service(session) and state.answers:
        return Move(Open("cancel", (state.key,)))
    if catalog.in_service(session):
        return tell(catalog.say("cancelled", "menu"), end=session.current)
    return tell(Finish("cancel", {}), end=session.current)
