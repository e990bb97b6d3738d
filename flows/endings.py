"""What the end of a talk leads to: its answers, and where the chat goes next.

One table.  A service's end is no matter of it: it becomes a ticket.
"""

from dataclasses import replace

from flows import officer
from flows.catalog import Catalog
from flows.commands import APPOINTMENT, VISITS, greet, order
from flows.model import Context, Finish, Record, Session, State
from flows.moves import Begin, Move, Open, Restart, Resume, tell

_COMMANDS = ("status", "officer")
"""What can be chosen at the menu and below suggestions, and is a command as well."""


def ending(
    catalog: Catalog, session: Session, context: Context, ended: State, finish: Finish
) -> Move:
    """The move after a talk; the session is without it already."""
    draft = ended.topic[0] if ended.topic else ""
    kept = session.states.get(draft)
    answers = {name: value for name, value in finish.answers.items() if isinstance(value, str)}
    match ended.flow, answers:
        case "welcome", {"want": "apply", "service": service}:
            return Move(Begin(service))
        case "suggest", {"yes": "yes"}:
            return Move(Begin(draft))
        case "suggest", {"meant": meant} if meant.replace("-", ".") in ended.topic:
            return Move(Begin(meant.replace("-", ".")))
        case ("welcome", {"want": want}) | ("suggest", {"meant": want}) if want in _COMMANDS:
            return order(catalog, session, context, want)
        case "resume", {"resume": "restart"} if kept is not None and not kept.ticket:
            return Move(Restart(draft))
        case "resume", {"resume": "yes" | "restart"} if kept is not None:
            return Move(Resume(draft))
        case "cancel", {"cancel": "no"} if kept is not None:
            return Move(Resume(draft))
        case "cancel", {"cancel": "yes"}:
            return tell(catalog.say("cancelled", "menu"), end=draft)
        case ("resume", {"resume": "later"}) | ("checkin", {"here": "no"}):
            return tell(catalog.say("later"))
        case "elsewhere", {"where": office}:
            begun = [key for key, state in session.states.items() if not state.ticket]
            here = Session("", {key: session.states[key] for key in begun})
            return replace(greet(catalog, here), say=(Record("office", office),))
        case "learn", {"lesson": lesson}:
            return Move(Open("lesson", (lesson,)))
        case "lesson", {"then": "more"}:
            return Move(Open("learn"))
        case "lesson", {"then": then} if then in catalog.services:
            return Move(Begin(then))
        case "lesson", {"then": then} if then in catalog.commands:
            return order(catalog, session, context, then)
        case "practice", {"then": "again"}:
            return Move(Open("practice"))
        case "practice", {"then": "real"}:
            return Move(Open("welcome", answers={"want": "apply"}))
        case "screening", {"plan": "day"}:
            return Move(Open(APPOINTMENT, answers=VISITS["reschedule"]))
        case "screening", {"plan": "online"}:
            return tell(catalog.say("screening_online", "menu", "officer"))
        case "screening", {"plan": "proxy"}:
            return tell(catalog.say("screening_proxy", "officer"))
        case "screening", _:
            return tell(catalog.say("screening_come", "reschedule"))
        case "officer", _:
            return tell(officer.complete(ended, finish))
        case (("link" | "appointment" | "checkin" | "data"), _):
            return tell(finish)
        case "news", {"news": answer}:
            return tell(Record("news", "yes" if answer == "yes" else "rather_not"))
    return Move(Open("welcome"))
