"""Asking: the next open question, and what is said when something was no answer to it.

Also the two questions that are the engine's own: which document a photo shows, and which
answer is to be changed.  Pure; knows no channel and no wording.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from flows.checklist import applies, changeable, missing, position, requirements
from flows.facts import facts
from flows.model import (
    Ask,
    Choice,
    Context,
    Effect,
    Finish,
    Flow,
    Option,
    Say,
    State,
    Step,
    Turn,
)

PLACE = "@place"
"""The question which document this photo shows."""
CHANGE = "@change"
"""The question which answer is to be changed."""

HUMAN_AFTER = 3
"""Failures in a row after which a human is offered."""


def ask(flow: Flow, state: State, context: Context) -> Turn:
    """Ask the question at which this state stands; information on the way is said first."""
    said: list[Effect] = []
    while True:
        here = position(flow, state, context)
        at_photos = has_documents(flow) and (here is None or here.kind in ("document", "review"))
        if state.waiting and at_photos:
            return Turn(state, (*said, Say("photo_on_its_way")))
        if state.loose and (at_photos or state.asked == PLACE):
            if not open_places(flow, state, context):
                said.append(Say("photo_not_needed"))
                state = replace(state, loose=())
                continue
            turn = ask_place(flow, state, context)
            return replace(turn, effects=(*said, *turn.effects))
        if here is None:
            return Turn(None, (*said, Finish(flow.id, state.answers, state.ticket)))
        if state.asked != here.id:
            state = replace(state, asked=here.id, tries=0, doubtful=())
        if here.id == state.growing:
            return Turn(state, (*said, _more(flow, here, state)))
        said.append(Ask(flow, here, state, buttons(flow, here.id, here.options)))
        if here.kind == "stop":
            return Turn(None, tuple(said))
        if here.kind != "info":
            return Turn(state, tuple(said))
        state = replace(state, answers={**state.answers, here.id: "seen"})


def offered(flow: Flow, state: State, context: Context) -> tuple[Option, ...]:
    """What stands below the open question, to be chosen; empty when nothing does."""
    asked = asked_step(flow, state, context)
    return options_of(flow, state, asked) if asked is not None else ()


def token(flow: Flow, step_id: str, option: str) -> str:
    """What a button carries: the question it answers, and the answer."""
    return f"{flow.id}/{step_id}:{option}"


def asked_step(flow: Flow, state: State, context: Context) -> Step | None:
    """The question last asked, while it still is one: its step may have gone or been answered."""
    if state.asked == PLACE and state.loose:
        options = (*places(open_places(flow, state, context)), *_own(flow, "none"))
        return Step(PLACE, "choice", "", "", options=options)
    if state.asked == CHANGE:
        choices = changeable(flow, state, context)
        options = tuple(Option(each.id, each.label) for each in choices)
        return Step(CHANGE, "choice", "", "", options=options)
    step = flow.step(state.asked)
    if step is None or (step.id in state.answers and step.id != state.growing):
        return None
    return step if applies(step, facts(flow, state.answers, context)) else None


def places(steps: Iterable[Step]) -> tuple[Option, ...]:
    """These documents as what a photo may show, by their short and by their full names."""
    return tuple(Option(each.id, each.label, (each.name,)) for each in steps)


def options_of(flow: Flow, state: State, asked: Step) -> tuple[Option, ...]:
    """What may be chosen now: the step's own options, and the engine's where they fit."""
    match asked.kind:
        case "document":
            done = ("done",) if asked.id == state.growing else ()
            if len(state.doubtful) > 1:
                return _own(flow, *done, "again", "keep")
            return _own(flow, *(done or ("again",)))
        case "choices" if asked.id == state.growing:
            given = state.answers[asked.id]
            left = tuple(each for each in asked.options if each.id not in given)
            return (*left, *_own(flow, "done"))
    return asked.options


def _own(flow: Flow, *names: str) -> tuple[Option, ...]:
    return tuple(flow.own[name] for name in names if name in flow.own)


def buttons(flow: Flow, step_id: str, options: tuple[Option, ...]) -> tuple[Choice, ...]:
    """The buttons of these options below a question."""
    return tuple(Choice(token(flow, step_id, each.id), each.label) for each in options)


def _more(flow: Flow, here: Step, state: State) -> Say:
    values = {"label": here.label, "count": len(state.answers[here.id])}
    name = "more_photos" if here.kind == "document" else "more_choices"
    return Say(name, values, buttons(flow, here.id, options_of(flow, state, here)))


def ask_place(flow: Flow, state: State, context: Context) -> Turn:
    """Ask which document the first of the loose photos shows."""
    state = replace(state, asked=PLACE, tries=0)
    asked = asked_step(flow, state, context)
    assert asked is not None
    choices = buttons(flow, PLACE, asked.options)
    return Turn(
        state, (Say("which_photo", {"left": len(state.loose)}, choices, state.loose[0][0]),)
    )


def ask_change(flow: Flow, state: State, context: Context) -> Turn:
    """Ask which answer is to be changed."""
    options = tuple(Option(each.id, each.label) for each in changeable(flow, state, context))
    asking = replace(state, asked=CHANGE, tries=0)
    return Turn(asking, (Say("what_to_change", choices=buttons(flow, CHANGE, options)),))


def has_documents(flow: Flow) -> bool:
    """Whether anything in this flow is a photo or file."""
    return any(each.kind == "document" for each in flow.steps)


def open_places(flow: Flow, state: State, context: Context) -> tuple[Step, ...]:
    """Where a photo may belong: documents that are missing, and those that may have several."""
    open_still = {each.id for each in missing(flow, state, context)}
    return tuple(
        each
        for each in requirements(flow, state, context)
        if each.id in open_still or (each.many and not state.ticket)
    )


def refuse(
    flow: Flow,
    state: State,
    message: str,
    values: Mapping[str, object],
    options: tuple[Option, ...] = (),
    human_after: int = HUMAN_AFTER,
) -> Turn:
    """Say what would help; after some failures in a row offer a human, if no option does."""
    tries = state.tries + 1
    choices = buttons(flow, state.asked, options)
    if tries >= human_after:
        human = (Choice(each.id, each.label) for each in _own(flow, "officer"))
        offered = {each.label for each in choices}
        choices = (*choices, *(each for each in human if each.label not in offered))
    say = Say(message, {**values, "tries": tries}, choices)
    return Turn(replace(state, tries=tries), (say,), understood=False)


def not_understood(flow: Flow, state: State, options: tuple[Option, ...]) -> Turn:
    """Say that none of the options was recognised, and show them again."""
    return refuse(flow, state, "not_understood", {}, options)


def repeat(flow: Flow, state: State, say: Say, context: Context) -> Turn:
    """Answer something that is no answer, and ask again what was asked."""
    turn = ask(flow, state, context)
    return Turn(turn.state, (say, *turn.effects), understood=False)
