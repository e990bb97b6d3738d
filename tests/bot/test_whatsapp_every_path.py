"""Every talk and every path of every service, as WhatsApp and a text message show it.

What is shown must be within the limits and whole, and each choice can be answered in three
ways: by its number, by its words, by a tap.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.channels.whatsapp_form import straight
from fakes.twilio_model import Shown
from flows.asking import CHANGE, PLACE
from flows.dialogue import converse
from flows.model import (
    Ask,
    Event,
    Judged,
    Opened,
    Said,
    Say,
    Sent,
    Session,
    State,
    Tapped,
    Unsupported,
)
from flows.rules import BUTTON
from handlers.message import Message
from handlers.wording import Scene, speak
from paths import SERVICES, Place, the_house
from pieces import Talker
from seen import LIST, as_sms, as_text, on_whatsapp, tapped
from talk import MONDAY

OFFICES = sorted(the_house().offices)
GUESSES = ("ktp hilang", "surat miskin", "surat", "pindah", "assalamualaikum", "apa saja?")


# --- wherever a chat can stand ----------------------------------------------------------


def in_service(office: str, service: str) -> Iterator[Talker]:
    """At each place of a service, and after each thing that can go wrong there."""
    place = Place(office, service)
    for turn, before, _ in place.nodes():
        session = Session().put(turn.state or before or State(service))
        yield Talker(place.catalog, place.context, session, turn.effects)
        if turn.state is not None:
            for events in corners(place, turn.state):
                chat = Talker(place.catalog, place.context, session)
                for event in events:
                    yield chat.does(event)


def corners(place: Place, state: State) -> Iterator[list[Event]]:
    """Answers that lead nowhere, photos in doubt and at odd times, and changing one's mind."""
    yield [Said("?"), Said("??"), Said("???")]
    yield [Unsupported("voice")]
    yield [Sent("a"), Sent("b"), Judged("a", "photo", "good"), Judged("b", "photo", "good")]
    yield [Sent("a"), Judged("a", "photo", "blurred"), Sent("b"), Judged("b", "photo", "dark")]
    yield [Said("batal")]
    step = place.flow.step(state.asked)
    assert step is not None
    if step.kind == "choices":
        yield [Tapped(f"{place.flow.id}/{step.id}:{each.id}") for each in step.options]
    if step.kind == "review":
        yield [Tapped(f"{place.flow.id}/{step.id}:change"), Said("?"), Said("??"), Said("???")]


def in_talks(office: str) -> Iterator[Talker]:
    """Every talk from every beginning, by each button and each word understood at any moment."""
    house = the_house()
    catalog = house.catalog(office)
    half_way = Session().put(
        State("ktp_ganti", {"reason": "lost", "applicant": "self"}, asked="ready")
    )
    corrected = Session().put(State("ktp_ganti", {"reason": "lost"}, ticket="PU-2611-00042-7"))
    words: list[Event] = [Said(option.label) for option in catalog.commands.values()]
    words += [Said(guess) for guess in GUESSES]
    for session in (Session(), half_way, corrected):
        for quiet in (False, True):
            context = house.context(office, consented=False, quiet=quiet, now=MONDAY)
            seen: set[object] = set()
            todo: list[tuple[Session, Event]] = [(session, Opened()), (session, Said("batal"))]
            while todo:
                before, event = todo.pop()
                chat = Talker(catalog, context, before).does(event)
                yield chat
                state = chat.session.state
                key = (chat.at, state.topic, min(state.tries, 3)) if state else ()
                if key not in seen and (state is None or state.flow in catalog.talks):
                    seen.add(key)
                    taps = [Tapped(choice.token) for choice in chat.choices]
                    said = [] if state is not None and state.flow == "practice" else words
                    todo += [(chat.session, each) for each in (*taps, *said)]


# --- what is shown there ----------------------------------------------------------------


def messages(chat: Talker, office: str) -> Iterator[Message]:
    house = the_house()
    scene = Scene(house, house.office(office), chat.catalog, chat.context, chat.session,
                  MONDAY, MONDAY)  # fmt: skip
    return (speak(each, scene) for each in chat.effects if isinstance(each, Ask | Say))


class Looked:
    """What was looked at in one test: the same message is shown the same way every time."""

    def __init__(self, office: str) -> None:
        self.office = office
        self.kinds: set[str] = set()
        self._messages: set[object] = set()
        self._questions: set[object] = set()

    def check(self, chat: Talker) -> None:
        """Everything said just now."""
        for message in messages(chat, self.office):
            if (said := (message.text, message.choices)) in self._messages:
                continue
            self._messages.add(said)
            assert all(len(part) <= 1600 for part in as_sms(message))
            (shown,) = on_whatsapp(message)
            self.kinds.add(shown.kind)
            check_words(message, shown)
        if (asked := question(chat)) not in self._questions:
            self._questions.add(asked)
            check_answers(chat)


def question(chat: Talker) -> object:
    """What decides how a text is understood: the open question, and what stands around it."""
    state, last = chat.session.state, chat.effects[-1] if chat.effects else None
    choices = last.choices if isinstance(last, Ask | Say) else ()
    others = tuple((each.key, each.growing, each.waiting) for each in chat.session.states.values())
    stands = (state.asked, state.tries, state.topic, state.loose, state.doubtful) if state else ()
    return chat.session.current, stands, others, choices, chat.context.quiet


def check_words(message: Message, shown: Shown) -> None:
    """One bubble, whole; a list only where buttons are too few or too narrow."""
    rich = bool(shown.choices)
    assert straight(shown.body) == straight(message.text if rich else as_text(message))
    assert rich or not 0 < len(message.choices) <= 10
    narrow = any(len(choice.label) > BUTTON for choice in message.choices)
    assert shown.kind != LIST or len(shown.choices) > 3 or narrow
    number = 0
    for choice, one in zip(message.choices, shown.choices, strict=rich):
        number += choice.numbered
        assert one.title == (f"{number} {choice.label}" if choice.numbered else choice.label)
        assert tapped(shown, one) == Tapped(choice.token)


def check_answers(chat: Talker) -> None:
    """By number, by words, by both as they stand on the button: it is all one."""
    number, last = 0, chat.effects[-1] if chat.effects else None
    for choice in last.choices if isinstance(last, Ask | Say) else ():
        numbered = "/" in choice.token
        number += numbered
        meant = converse(chat.catalog, chat.session, Tapped(choice.token), chat.context)
        said = [choice.label, choice.label.lower(), choice.label.upper()]
        said += [f"{number}", f"{number}.", f"{number} {choice.label}"] if numbered else []
        for text in said:
            assert converse(chat.catalog, chat.session, Said(text), chat.context) == meant, text


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("office", OFFICES)
def test_every_path_of_every_service_is_shown_whole_and_answered_in_three_ways(office, service):
    looked, asked = Looked(office), set()
    for chat in in_service(office, service):
        looked.check(chat)
        asked.add(chat.session.state.asked if chat.session.state else "")
    assert looked.kinds >= {"twilio/text", "twilio/quick-reply"}
    assert {CHANGE, PLACE} <= asked


@pytest.mark.parametrize("office", ["", *OFFICES])
def test_every_talk_is_shown_whole_and_answered_in_three_ways(office):
    looked, talked = Looked(office), set()
    for chat in in_talks(office):
        looked.check(chat)
        talked |= {each.flow.id for each in chat.effects if isinstance(each, Ask)}
    # the office is all that one asks, and whoever has none cannot change it
    known = {"checkin"} if office else {"elsewhere"}
    assert the_house().catalog(office).talks.keys() - PARTS - known <= talked


PARTS = {"start", "finish", "news"}
"""Talks that are part of every service, or begin of themselves after one."""


def test_a_choice_is_answered_by_a_number_after_all_that_was_said_between():
    chat = next(chat for chat in in_talks("pu") if chat.at == "welcome/want")
    later = replace(chat.context, quiet=True)
    meant = converse(chat.catalog, chat.session, Tapped(chat.choices[2].token), later)
    assert converse(chat.catalog, chat.session, Said("3"), later) == meant
