"""One step of one flow: (flow, state, event, context) -> Turn.

The next question is the first step that applies and has no answer.  Everything
else follows from that: "back" drops an answer, a document that staff send back is
a deleted answer, a changed file asks its new steps.  Pure; knows no channel and
no wording.
"""

from dataclasses import replace

from flows.answering import add, take, without
from flows.asking import (
    CHANGE,
    PLACE,
    ask,
    ask_change,
    asked_step,
    not_understood,
    options_of,
    refuse,
    repeat,
)
from flows.checks import Refused, check
from flows.doubts import CERTAIN, doubt
from flows.keywords import pick
from flows.model import (
    Answer,
    Context,
    Event,
    Flow,
    Judged,
    Said,
    Say,
    Sent,
    State,
    Step,
    Tapped,
    Turn,
    Unsupported,
)
from flows.photos import file, judge, place

WITHOUT_PHOTO = 2
"""Texts in the place of a photo after which a human is offered: who writes may not have it."""


def step(flow: Flow, state: State, event: Event, context: Context) -> Turn:
    """What `event` leads to in this flow.  Never raises for anything a person can send."""
    match event:
        case Said(text=text):
            return _said(flow, state, text, context)
        case Tapped(token=token):
            return _tapped(flow, state, token, context)
        case Sent(attachment=attachment):
            return Turn(replace(state, waiting=(*state.waiting, attachment)))
        case Judged():
            return judge(flow, state, event, context)
        case Unsupported(kind=kind):
            return repeat(flow, state, Say("unsupported", {"kind": kind}), context)
        case _:
            return ask(flow, state, context)


def _said(flow: Flow, state: State, text: str, context: Context) -> Turn:
    asked = asked_step(flow, state, context)
    if asked is None:
        return ask(flow, state, context)
    if state.waiting and asked.kind in ("document", "review"):
        return Turn(state, (Say("photo_on_its_way"),))
    if asked.kind in ("text", "date"):
        try:
            checked = check(asked.check, text, context.today)
        except Refused as refused:
            return refuse(flow, state, f"wrong_{refused.code}", refused.values)
        odd = doubt(flow, asked, checked, state.answers, context.today)
        if odd and (odd in CERTAIN or (checked.value, odd) not in state.doubtful):
            doubted = replace(state, doubtful=((checked.value, odd),))
            return refuse(flow, doubted, f"wrong_{odd}", {})
        return take(flow, state, asked, checked.value, context)
    if asked.kind == "choices":
        return _said_several(flow, state, asked, text, context)
    options = options_of(flow, state, asked)
    labels, words = [each.label for each in options], [each.words for each in options]
    found = pick(labels, text, words, named=asked.offers == "offices")
    if found is not None and _is_final(flow, asked, options[found].id):
        found = pick(labels, text, words, whole=not text.strip()[:1].isdecimal())
    if found is not None:
        return _chose(flow, state, asked, options[found].id, context)
    if asked.kind == "document":
        wanted = {"label": asked.label}
        return refuse(flow, state, "photo_wanted", wanted, human_after=WITHOUT_PHOTO)
    return not_understood(flow, state, options)


def _is_final(flow: Flow, asked: Step, option: str) -> bool:
    """Sending, and refusing consent, have to be said in their own words, or by number."""
    if asked.kind == "review":
        return option == "send"
    ends = (step.when.get(asked.id, ()) for step in flow.steps if step.kind == "stop")
    return asked.record and any(option in values for values in ends)


def _said_several(flow: Flow, state: State, asked: Step, text: str, context: Context) -> Turn:
    """Several options in one text ("1, 3 dan 4") close the question; one alone leaves it open."""
    options = options_of(flow, state, asked)
    found = [
        pick([each.label for each in options], part, [each.words for each in options])
        for part in _parts(text)
    ]
    chosen = tuple(dict.fromkeys(options[i].id for i in found if i is not None))
    if not chosen or None in found:
        return not_understood(flow, state, options)
    if len(chosen) == 1:
        return _chose(flow, state, asked, chosen[0], context)
    given = state.answers.get(asked.id, ())
    answer = tuple(dict.fromkeys(each for each in (*given, *chosen) if each != "done"))
    return take(flow, state, asked, answer, context)


def _parts(text: str) -> list[str]:
    words = text.split()
    if all(word.isdigit() for word in words):
        return words
    separated = text.replace(" dan ", ",").replace("&", ",").replace("\n", ",")
    return [part for part in separated.split(",") if part.strip()]


def _tapped(flow: Flow, state: State, tapped: str, context: Context) -> Turn:
    question, _, option = tapped.removeprefix(f"{flow.id}/").rpartition(":")
    asked = asked_step(flow, state, context)
    if asked is not None and question == asked.id:
        if state.waiting and asked.kind in ("document", "review"):
            return Turn(state, (Say("photo_on_its_way"),))
        return _chose(flow, state, asked, option, context)
    if _already(state.answers.get(question), option):
        return Turn(state)
    return repeat(flow, state, Say("old_button"), context)


def _already(answer: Answer | None, option: str) -> bool:
    """A second tap on the button that gave this answer is not worth a word."""
    return answer == option or (isinstance(answer, tuple) and option in (*answer, "done"))


def _chose(flow: Flow, state: State, asked: Step, option: str, context: Context) -> Turn:
    if option not in {each.id for each in options_of(flow, state, asked)}:
        return repeat(flow, state, Say("old_button"), context)
    match asked.kind, option:
        case _ if asked.id == PLACE:
            return place(flow, state, option, context)
        case _ if asked.id == CHANGE:
            return ask(flow, without(flow, state, (option,), context), context)
        case "document", "keep":
            return file(flow, state, state.doubtful[-1:], asked, context, "photo_as_is")
        case "document", "again":
            return ask(flow, state, context)
        case (("document" | "choices"), "done"):
            return take(flow, state, asked, state.answers[asked.id], context)
        case "choices", _:
            return add(flow, state, asked, (option,), context)
        case "review", "change":
            return ask_change(flow, state, context)
    return take(flow, state, asked, option, context)
