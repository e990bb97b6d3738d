"""A whole chat: several flows, the words understood at any moment, free text, coming back.

(catalog, session, event, context) -> (session, effects).  Decides what an event belongs
to: an open question, a command, another flow.  Pure.
"""

import re
from dataclasses import replace

from flows import beside, commands, officer, photos
from flows.beside import OPENINGS
from flows.catalog import Catalog
from flows.cleaning import plain
from flows.commands import APPOINTMENT, OFFICER
from flows.keywords import pick
from flows.model import (
    Ask,
    Context,
    Event,
    Finish,
    Judged,
    Left,
    Opened,
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
from flows.moves import Begin, Move, Open, Resume
from flows.talk import Abroad, Reply, Talk
from flows.words import split_words

TICKET = re.compile(r"\b([A-Z]{2,4})[-\s]?(\d{4})[-\s]?(\d{5,})[-\s]?(\d)\b", re.IGNORECASE)
"""A ticket number as people type it: with or without its dashes.

"nik 3302271708900003" has that form as well: without its dashes only an office's code counts.
"""

LINK = re.compile(
    r"\s*(?:(?:di|meny)?(?:sambung|hubung)\w*|kode(?:nya)?)\W+([0-9]{4}(?:[\s.-]?[0-9]{4}){1,2})\W*",
    re.IGNORECASE,
)
"""A code typed together with the word for it: "sambungkan 4829 1375"."""

NOWHERE: Abroad = {}
FREE = ("text", "phrase", "name", "")
"""Checks that accept nearly anything: after a long silence such a text may not be the answer."""


def converse(
    catalog: Catalog, session: Session, event: Event, context: Context, abroad: Abroad = NOWHERE
) -> Reply:
    """What `event` leads to.  Never raises for anything a person can send."""
    talk = Talk(catalog, context, abroad)
    session = _known(talk, session)
    if isinstance(event, Tapped | Opened):
        session = officer.heard_out(session)
    match event:
        case Left():
            return Reply(session)
        case Judged():
            return _judged(talk, session, event)
        case Opened(link=link) if link in catalog.suggestions:
            return talk.go(session, Move(Begin(link)))
        case Opened(link=name) | Tapped(token=name) if name in catalog.commands:
            return talk.command(session, name)
        case Opened():
            return talk.greet(session)
        case Tapped(token=token):
            return _tapped(talk, session, token)
        case Said():
            return _said(talk, session, event)
        case Sent():
            return _sent(talk, session, event)
        case Shared():
            return _shared(talk, session, event)
        case Unsupported():
            if session.state is None:
                return talk.greet(session).first(Say("unsupported", {"kind": event.kind}))
            return talk.step(session, event)


def ask(catalog: Catalog, session: Session, context: Context, abroad: Abroad = NOWHERE) -> Reply:
    """The question at which the chat stands, as this office asks it."""
    talk = Talk(catalog, context, abroad)
    session = _known(talk, session)
    return talk.ask(session) if session.state is not None else Reply(session)


def moved(catalog: Catalog, session: Session, context: Context) -> Session:
    """The chat of somebody who goes on at another office: what cannot hold there is dropped.

    Corrections stay as they are: they belong to the office that asked for them.
    """
    talk = Talk(catalog, context)
    session = _known(talk, session)
    states = {
        key: state if state.ticket or state.flow not in catalog.services else talk.fitting(state)
        for key, state in session.states.items()
    }
    return replace(session, states=states)


def practising(catalog: Catalog, session: Session) -> bool:
    """Whether this chat is in the middle of a practice run: files that come now are not kept."""
    flow = catalog.flow(session.state.flow) if session.state is not None else None
    return flow is not None and flow.practice


def _known(talk: Talk, session: Session) -> Session:
    """The session without flows that the catalogue no longer has."""
    for key, state in session.states.items():
        if not talk.knows(state):
            session = session.drop(key)
    return session


# --- texts ---------------------------------------------------------------------------


def _said(talk: Talk, session: Session, event: Said) -> Reply:
    name = talk.catalog.keywords.find(event.text, slips=not _free(talk, session.state))
    if aside := beside.answer(talk, session, event, name):
        return aside
    command = name if name in talk.catalog.commands else None
    speaking = session.current == OFFICER and session.state is not None
    if speaking and command == "greeting":
        command = None
    if command is not None:
        return _commanded(talk, session, event, command)
    if code := LINK.fullmatch(plain(event.text)):
        digits = "".join(filter(str.isdigit, code[1]))
        return Reply(session, (Finish("link", {"have": "yes", "code": digits}),))
    number = ticket_in(event.text, talk.context.codes)
    if number and not (speaking and TICKET.sub("", event.text).strip()):
        return Reply(session, (Report(number),))
    return _answered(talk, session, event)


def _commanded(talk: Talk, session: Session, event: Said, command: str) -> Reply:
    """A word understood at any moment; it may be what the question offers ("Ya, lanjut")."""
    if command != "thanks":
        session = officer.heard_out(session)
    if command == "greeting":
        salam = "alaikum" in event.text.casefold().replace(" ", "")
        move = commands.greeted(talk.catalog, session, talk.context, salam)
        return talk.go(session, move)
    if (turn := _chosen(talk, session.state, event)) is not None:
        return talk.after(session, turn)
    return talk.command(session, command)


def _answered(talk: Talk, session: Session, event: Said) -> Reply:
    """The answer to the open question, if it is one; else it may mean something new."""
    state = session.state
    if state is None or not (state.asked or talk.catalog.in_service(session)):
        return talk.guess(session, event.text)  # nothing was asked yet, though a photo may be here
    if event.edited and not state.tries and state.topic != officer.MORE:
        return Reply(session, (Say("edited"),))
    turn = talk.turn(state, event)
    if talk.context.quiet and _doubtful_return(talk, session, state, turn):
        return talk.go(session, Move(Open("resume", (session.current,))))
    if not turn.understood and (ahead := _ahead(talk, session, state, event.text)):
        return ahead
    if session.current == "welcome" and state.asked == "office" and turn.understood:
        named = tuple(effect for effect in turn.effects if isinstance(effect, Record))
        if talk.catalog.intents.best(event.text) is not None:  # and the service with it
            return talk.guess(session, event.text).first(*named)
    unused = not turn.understood or _loosely(talk, state, event.text, turn)
    if unused and session.current in OPENINGS:
        guess = talk.guess(session, event.text)
        reached = guess.session.current
        if reached != "welcome" and (reached, session.current) != ("resume", "resume"):
            return guess
    return talk.after(session, turn)


def _ahead(talk: Talk, session: Session, state: State, text: str) -> Reply | None:
    """What is no answer here, but says already what would be asked next."""
    if state.asked != "office" and (office := _office(talk, text)):
        meant = talk.catalog.intents.best(text)
        reply = talk.guess(session, text) if meant else talk.ask(session)
        return reply.first(Record("office", office))
    if _elsewhere(talk, session, text):
        return talk.command(session, "elsewhere")
    if session.current == OFFICER and state.asked == "office":
        kept = officer.early(state, text, talk.context.today)
        return talk.ask(session.put(kept)).first(Say("message_kept")) if kept else None
    if session.current == "resume":
        meant = talk.catalog.intents.best(text)
        draft = session.states.get(next(iter(state.topic), ""))
        if meant is not None and draft is not None and meant.flow == draft.flow:
            return talk.go(session.drop("resume"), Move(Resume(draft.key)), state)
    return None


def _office(talk: Talk, text: str) -> str:
    """The office that a text names, while nobody knows which one it is."""
    return "" if "office" in talk.context.given else _named(talk, text)


def _elsewhere(talk: Talk, session: Session, text: str) -> bool:
    """Whether somebody names another office where the answer could not be its name.

    "Pindah ke Medan Area" is about moving, and is for the office they move from.
    """
    asked = talk.asked(session.state)
    if asked is None or asked.id == "where" or "office" not in talk.context.given:
        return False
    here = asked.offers == "kelurahan" or asked.kind == "document" or not asked.label
    if not (here or session.current in OPENINGS):
        return False
    if talk.catalog.intents.best(text) is not None:
        return False
    return _named(talk, text) not in ("", talk.context.given["office"])


def _named(talk: Talk, text: str) -> str:
    """The office of which a text has the whole name."""
    offices = talk.context.offers.get("offices", ())
    labels, words = [each.label for each in offices], [each.words for each in offices]
    found = pick(labels, text, words, named=True, numbered=False)
    if found is None or not {*split_words(labels[found])} <= {*split_words(text)}:
        return ""
    return offices[found].id


def ticket_in(text: str, codes: tuple[str, ...]) -> str:
    """The ticket number in a text, if there is one."""
    for found in TICKET.finditer(plain(text)):
        number = "-".join(found.groups()).upper()
        if number == found.group().upper() or found[1].upper() in codes:
            return number
    return ""


def _free(talk: Talk, state: State | None) -> bool:
    """Was a text asked for that may be nearly anything?"""
    flow = talk.catalog.flow(state.flow) if state is not None else None
    asked = flow.step(state.asked) if flow is not None and state is not None else None
    return asked is not None and asked.kind == "text" and asked.check in FREE


def _chosen(talk: Talk, state: State | None, event: Said) -> Turn | None:
    """The answer that a text is, taken in the option's own words only: "gak jadi" is no "tidak"."""
    asked = talk.asked(state)
    if state is None or asked is None or asked.kind not in ("choice", "choices", "review"):
        return None
    labels = [option.label for option in asked.options]
    words = [option.words for option in asked.options]
    if pick(labels, event.text, words, whole=True) is None:
        return None
    turn = talk.turn(state, event)
    return turn if turn.understood else None


def _loosely(talk: Talk, state: State, text: str, turn: Turn) -> bool:
    """At the menu "kartu keluarga" has a word of "Urus surat/kartu", but names a service."""
    asked = talk.asked(state)
    if state.flow != "welcome" or turn.state is None or asked is None or asked.id != "want":
        return False
    apply = [option for option in asked.options if option.id == turn.state.answers.get("want")]
    exact = pick([each.label for each in apply], text, [e.words for e in apply], whole=True)
    return bool(apply) and exact is None and talk.catalog.intents.best(text) is not None


def _doubtful_return(talk: Talk, session: Session, state: State, turn: Turn) -> bool:
    """After a long silence: is this text rather a new beginning than the answer awaited?"""
    if not talk.catalog.in_service(session) or not state.answers:
        return False
    return not turn.understood or _free(talk, state)


# --- buttons -------------------------------------------------------------------------


def _tapped(talk: Talk, session: Session, token: str) -> Reply:
    flow, _, answer = token.partition("/")
    if flow == APPOINTMENT and answer.startswith("slot:"):
        return _time(talk, session, answer.removeprefix("slot:"))
    states = [state for state in session.states.values() if state.flow == flow]
    state = session.state if session.state in states else next(iter(states), None)
    if state is None:
        welcome = Move(Open("welcome"))
        asked = talk.ask(session) if session.state else talk.go(session, welcome)
        return asked.first(Say("old_button"))
    reply = talk.step(session.put(state), Tapped(token))
    if reply.effects or state.key == session.current:
        return reply
    return talk.ask(session.put(state))


def _time(talk: Talk, session: Session, slot: str) -> Reply:
    """A time is meant whenever its button is tapped, be it below news of last week."""
    state = session.states.get(APPOINTMENT, State(APPOINTMENT))
    known = ("ticket", "visit", "place", "priority")
    kept = {key: state.answers[key] for key in known if key in state.answers}
    return talk.go(session, Move(Open(APPOINTMENT, answers={**kept, "slot": slot})))


# --- photos, files, phones -----------------------------------------------------------


def _sent(talk: Talk, session: Session, event: Sent) -> Reply:
    """A photo belongs to the request in hand; without one it is kept until we know.

    What is sent while somebody writes to an officer is meant for the officer.
    In a practice run nobody looks at it: whatever comes is good enough.
    """
    if practising(talk.catalog, session):
        came = talk.step(session, event)
        return _judged(talk, came.session, Judged(event.attachment, "photo", "good"))
    if session.current == OFFICER and session.state is not None:
        return _enclosed(talk, session, session.state, event)
    if session.current != "elsewhere" and not talk.catalog.in_service(session):
        draft = talk.catalog.draft(session)
        session = session.put(session.states.get(draft) or session.state or State("welcome"))
    return talk.step(session, event)


def _enclosed(talk: Talk, session: Session, state: State, event: Sent) -> Reply:
    """A photo for the officer; of several that wait for the office only the first is answered."""
    match officer.with_photo(state, event):
        case Finish() as message:
            return Reply(session, (message,))
        case kept if state.topic and not event.caption:
            return Reply(session.put(kept))
        case kept:
            return talk.ask(session.put(kept)).first(Say("message_kept"))


def _judged(talk: Talk, session: Session, event: Judged) -> Reply:
    """An examined photo goes to the flow that waits for it, even if another is open."""
    waits = (s for s in session.states.values() if event.attachment in s.waiting)
    state = next(waits, None)
    if state is None:
        return Reply(session)
    if (meant := _meant(talk, session, state, event)) is not None:
        rest = tuple(file for file in state.waiting if file != event.attachment)
        session = session.put(replace(state, waiting=rest))
        state = replace(meant, waiting=(*meant.waiting, event.attachment))
        session = session.put(state)
    if state.key == session.current:
        return talk.step(session, event)
    turn = talk.turn(state, event)
    if turn.state is None:
        return Reply(session.drop(state.key), turn.effects)
    states = {**session.states, state.key: turn.state}
    said = tuple(effect for effect in turn.effects if not isinstance(effect, Ask))
    return Reply(Session(session.current, states), said)


def _meant(talk: Talk, session: Session, state: State, event: Judged) -> State | None:
    """The other request of which alone the caption names a paper."""
    requests = [each for each in session.states.values() if each.flow in talk.catalog.services]
    wanted = [
        each
        for each in requests
        if photos.named(talk.flow(each), each, event.caption, talk.about(each)) is not None
    ]
    return wanted[0] if len(wanted) == 1 and wanted[0].key != state.key else None


def _shared(talk: Talk, session: Session, event: Shared) -> Reply:
    """A phone that the platform vouches for; if one was asked for, it is the answer too."""
    kept = Record("phone", event.phone)
    asked = talk.asked(session.state)
    if asked is not None and asked.check == "phone":
        return talk.step(session, Said(event.phone)).first(kept)
    if talk.catalog.in_service(session):
        return talk.ask(session).first(kept, Say("phone_linked"))
    return Reply(session, (kept, talk.catalog.say("phone_linked", "status")))
