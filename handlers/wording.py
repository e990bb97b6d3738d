"""From the engine's wishes to messages in the office's words.

Knows what each placeholder of an `ask` means; the sentences are in flows/*.toml and
templates/messages.
"""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flows import checklist
from flows.catalog import Catalog
from flows.model import (
    Answer,
    Answers,
    Ask,
    Choice,
    Context,
    Flow,
    Option,
    Say,
    Session,
    State,
    Step,
)
from flows.outings import ahead
from handlers.brochure import needs
from handlers.message import Button, Message
from handlers.offices import House, Office
from handlers.words import days_since, say_date, say_hours, say_outing

MOST_OUTINGS = 2
"""Days of service elsewhere that are told together with the opening hours."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where something is said: the office, the chat as it stands, and the time.

    since  when the person wrote last, before now
    """

    house: House
    office: Office
    catalog: Catalog
    context: Context
    session: Session
    since: datetime
    now: datetime

    def say(self, name: str, /, **values: object) -> str:
        return self.house.words.say(name, **values)

    def at(self, ticket: str) -> "Scene":
        """The same at the office that this ticket belongs to, where that is another one."""
        there = self.house.of_ticket(ticket) if ticket else ""
        if there in ("", self.office.id):
            return self
        office, catalog, context = self.house.asking(there, self.now)
        return replace(self, office=office, catalog=catalog, context=context)


def speak(effect: Say | Ask, scene: Scene) -> Message:
    """The message that a wish amounts to."""
    match effect:
        case Say(message=name, values=values):
            text = scene.say(name, **values)
        case Ask(step=step, flow=flow, state=state):
            text = _fill(step.ask, _About(scene.at(state.ticket), flow, state)).strip()
    return Message(text, tuple(map(_button, effect.choices)))


def summary(flow: Flow, state: State, scene: Scene) -> str:
    """All answers, a line each, as the citizen checks them at the review."""
    lines = [
        scene.say("summary_line", label=each.label, value=show(each, state.answers[each.id], scene))
        for each in checklist.changeable(flow, state, scene.context)
    ]
    return "\n".join(lines)


def show(step: Step, answer: Answer, scene: Scene) -> str:
    """An answer as a person reads it."""
    labels = {option.id: option.label for option in _options(step, scene)}
    match step.kind:
        case "document":
            return scene.say("photos_count", count=len(answer))
        case "date":
            return say_date(date.fromisoformat(str(answer)))
        case "choice":
            return labels.get(str(answer), str(answer))
        case "choices":
            return ", ".join(labels.get(each, each) for each in answer)
    return str(answer)


def _options(step: Step, scene: Scene) -> tuple[Option, ...]:
    return step.options or scene.context.offers.get(step.offers, ())


def _button(choice: Choice) -> Button:
    return Button(choice.label, choice.token)


def opening(house: House, office: Office, now: datetime) -> str:
    """When the office is open these weeks, and until when other hours hold; where else it serves.

    'Senin-Kamis 07.30-14.45, Jumat 07.30-11.00 (Ramadan, sampai 9 Maret 2027)'
    """
    today = office.today(now)
    text, season = say_hours(office.calendar.week(today)), office.calendar.season(today)
    if season is not None:
        until = say_date(season.last)
        text = house.words.say("hours_season", hours=text, name=season.name, until=until)
    coming = [say_outing(each) for each in ahead(office.outings, today)[:MOST_OUTINGS]]
    return house.words.say("hours_outings", hours=text, outings=coming) if coming else text


def applicant(flow: Flow | None, answers: Answers) -> str:
    """Whom a request is for: the first name among its answers; a phone may have many owners."""
    steps = flow.steps if flow else ()
    given = (answers.get(step.id) for step in steps if step.check == "name")
    return str(next(filter(None, given), ""))


# --- placeholders --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _About:
    """What a placeholder can look at: the scene, and the flow and state being asked."""

    scene: Scene
    flow: Flow
    state: State

    @property
    def draft(self) -> State | None:
        """The request that a talk such as "resume" is about."""
        return self.scene.session.states.get(self.state.topic[0]) if self.state.topic else None

    @property
    def draft_flow(self) -> Flow | None:
        return self.scene.catalog.flow(self.draft.flow) if self.draft else None


def _fill(text: str, about: _About) -> str:
    places = _places(text)
    return text.format(**{name: _VALUES[name](about) for name in places}) if places else text


@lru_cache(maxsize=1024)
def _places(text: str) -> tuple[str, ...]:
    return tuple({name for _, name, _, _ in string.Formatter().parse(text) if name})


def _requirements(about: _About) -> str:
    needed = checklist.requirements(about.flow, about.state, about.scene.context)
    lines = [
        about.scene.say("requirement_line", number=number, name=step.name, original=step.original)
        for number, step in enumerate(needed, 1)
    ]
    return "\n".join(lines)


def _cases(about: _About) -> str:
    """What to send, by what it depends on: a line for each case."""
    scene = about.scene
    groups = needs(scene.house, scene.office, about.flow, about.state.answers)
    lines = (
        scene.say("needed_line", heading=each.heading, documents=[e.name for e in each.documents])
        for each in groups
    )
    return "\n".join(dict.fromkeys(lines))


def _greeting(about: _About) -> str:
    if "salam" in about.state.topic:
        return about.scene.say("greeting_salam")
    hour = about.scene.now.astimezone(about.scene.office.calendar.zone).hour
    time_of_day = (
        "morning" if 4 <= hour < 11
        else "noon" if 11 <= hour < 15
        else "afternoon" if 15 <= hour < 18
        else "night"
    )  # fmt: skip
    return about.scene.say(f"greeting_{time_of_day}")


def _missing(about: _About) -> str:
    if about.draft is None or about.draft_flow is None:
        return ""
    left = checklist.missing(about.draft_flow, about.draft, about.scene.context)
    if len(left) == 1:
        return about.scene.say("missing_one", label=left[0].name)
    if left and not checklist.surely_left(about.draft_flow, about.draft, about.scene.context):
        return about.scene.say("missing_some")
    return about.scene.say("missing_many" if left else "missing_none", count=len(left))


def _since(about: _About) -> str:
    scene = about.scene
    days = days_since(scene.since, scene.now, scene.office.calendar.zone)
    names = {0: "since_today", 1: "since_yesterday"}
    return scene.say(names.get(days, "since_days"), days=days)


def _lesson(about: _About) -> str:
    chosen = about.state.topic[0] if about.state.topic else ""
    return next((each.text for each in about.scene.house.lessons if each.id == chosen), "")


def _suggested(about: _About) -> Any:
    return about.scene.catalog.suggestions[about.state.topic[0]]


def _standard(name: str) -> Callable[[_About], str]:
    def value(about: _About) -> str:
        standard = about.flow.standard.get(name)
        return standard.value if standard else ""

    return value


_VALUES: Mapping[str, Callable[[_About], str]] = {
    "title": lambda about: about.flow.title,
    "requirements": _requirements,
    "cases": _cases,
    "count": lambda about: str(
        len(checklist.requirements(about.flow, about.state, about.scene.context))
    ),
    "sla": _standard("sla"),
    "fee": _standard("fee"),
    "validity": _standard("validity"),
    "pickup": _standard("pickup"),
    "office": lambda about: about.scene.office.name,
    "address": lambda about: about.scene.office.address,
    "hours": lambda about: opening(about.scene.house, about.scene.office, about.scene.now),
    "area_letter": lambda about: about.scene.say(f"area_letter_{about.scene.office.area}"),
    "area_head": lambda about: about.scene.say(f"area_head_{about.scene.office.area}"),
    "summary": lambda about: summary(about.flow, about.state, about.scene),
    "greeting": _greeting,
    "draft": lambda about: about.draft_flow.title if about.draft_flow else "",
    "missing": _missing,
    "since": _since,
    "suggestion": lambda about: str(_suggested(about).label),
    "opening": lambda about: str(_suggested(about).opening),
    "lesson": _lesson,
    "most_news": lambda about: str(about.scene.house.manners.per_month),
    "come": lambda about: str(about.scene.context.given.get("come", "")),
    "stands": lambda about: str(about.scene.context.given.get("stands", "")),
}

PLACEHOLDERS = frozenset(_VALUES)
"""What {…} may stand in an `ask`."""
