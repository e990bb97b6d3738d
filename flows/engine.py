"""One step of one flow: (flow, state, event, context) -> Turn.

The next question is the first step that applies and has no answer.  Everything
else follows from that: "back" drops an answer, a document that staff send back is
a deleted answer, a changed file asks its new steps.  Pure; knows no channel and
no wording.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from flows.checks import Refused, check
from flows.doubts import CERTAIN, doubt
from flows.facts import facts
from flows.keywords import pick
from flows.model import (
    DOUBTS,
    Answer,
    Answers,
    Ask,
    Choice,
    Context,
    Effect,
    Event,
    Finish,
    Flow,
    Judged,
    Option,
    Record,
    Said,
    Say,
    Sent,
    State,
    Step,
    Tapped,
    Turn,
    Unsupported,
)

PLACE = "@place"
"""The engine's own question: which document does this photo show?"""
CHANGE = "@change"
"""The engine's own question: which answer is to be changed?"""

HUMAN_AFTER = 3
"""Failures in a row after which a human is offered."""
WITHOUT_PHOTO = 2
"""Texts in the place of a photo after which one is: such a person may not have that document."""


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
            return _judged(flow, state, event, context)
        case Unsupported(kind=kind):
            return _unused(flow, state, Say("unsupported", {"kind": kind}), context)
        case _:
            return ask(flow, state, context)


# --- where we are --------------------------------------------------------------------


def applying(flow: Flow, state: State, context: Context) -> Iterator[Step]:
    """The steps that apply, in order."""
    known = facts(flow, state.answers, context)
    for each in flow.steps:
        if _holds(each, known):
            yield each


def position(flow: Flow, state: State, context: Context) -> Step | None:
    """The first step that applies and has no answer; None when the checklist is complete."""
    known = facts(flow, state.answers, context)
    for each in flow.steps:
        if each.id != state.growing and (each.id in state.answers or each.id in context.given):
            continue
        if _holds(each, known):
            return each
    return None


def requirements(flow: Flow, state: State, context: Context) -> tuple[Step, ...]:
    """The documents that this person needs, or may still turn out to need."""
    known = facts(flow, state.answers, context)
    return tuple(
        each for each in flow.steps if each.kind == "document" and _possible(flow, each, known)
    )


def missing(flow: Flow, state: State, context: Context) -> tuple[Step, ...]:
    """The required documents that have not come yet."""
    return tuple(
        each
        for each in requirements(flow, state, context)
        if each.id not in state.answers or each.id == state.growing
    )


def surely_left(flow: Flow, state: State, context: Context) -> int:
    """How many documents are surely missing; 0 also while nobody can tell how many will be."""
    known = facts(flow, state.answers, context)
    places = missing(flow, state, context)
    return len(places) if all(_holds(each, known) for each in places) else 0


def changeable(flow: Flow, state: State, context: Context) -> tuple[Step, ...]:
    """The answered steps that the citizen may change at the review."""
    return tuple(
        each
        for each in applying(flow, state, context)
        if each.id in state.answers and each.kind not in ("info", "review", "stop") and each.label
    )


def offered(flow: Flow, state: State, context: Context) -> tuple[Option, ...]:
    """What stands below the open question, to be chosen; empty when nothing does."""
    asked = _asked(flow, state, context)
    return _options(flow, state, asked) if asked is not None else ()


def token(flow: Flow, step_id: str, option: str) -> str:
    """What a button carries: the question it answers, and the answer."""
    return f"{flow.id}/{step_id}:{option}"


def _holds(each: Step, known: Answers) -> bool:
    return not each.when or all(
        key in known and _meets(known[key], allowed) for key, allowed in each.when.items()
    )


def _possible(flow: Flow, each: Step, known: Answers) -> bool:
    """Whether a step applies or may still turn out to: what its guards ask is open, or met."""
    for key, allowed in each.when.items():
        if key in known:
            if not _meets(known[key], allowed):
                return False
        elif (asked := flow.step(key)) is not None and not _possible(flow, asked, known):
            return False
    return True


def _meets(value: Answer, allowed: tuple[str, ...]) -> bool:
    return value in allowed if isinstance(value, str) else any(one in allowed for one in value)


# --- asking --------------------------------------------------------------------------


def ask(flow: Flow, state: State, context: Context) -> Turn:
    """Ask the question at which this state stands; information on the way is said first."""
    said: list[Effect] = []
    while True:
        here = position(flow, state, context)
        at_photos = _has_documents(flow) and (here is None or here.kind in ("document", "review"))
        if state.waiting and at_photos:
            return Turn(state, (*said, Say("photo_on_its_way")))
        if state.loose and (at_photos or state.asked == PLACE):
            if not _places(flow, state, context):
                said.append(Say("photo_not_needed"))
                state = replace(state, loose=())
                continue
            turn = _ask_place(flow, state, context)
            return replace(turn, effects=(*said, *turn.effects))
        if here is None:
            return Turn(None, (*said, Finish(flow.id, state.answers, state.ticket)))
        if state.asked != here.id:
            state = replace(state, asked=here.id, tries=0, doubtful=())
        if here.id == state.growing:
            return Turn(state, (*said, _more(flow, here, state)))
        said.append(Ask(flow, here, state, _choices(flow, here.id, here.options)))
        if here.kind == "stop":
            return Turn(None, tuple(said))
        if here.kind != "info":
            return Turn(state, tuple(said))
        state = replace(state, answers={**state.answers, here.id: "seen"})


def back(flow: Flow, state: State, context: Context) -> Turn:
    """Drop the last answer and ask it again; what is known anyway (consent) is not asked."""
    if state.asked == CHANGE or state.ticket:
        return ask(flow, state, context)
    questions = {e.id for e in flow.steps if e.kind != "info" and e.id not in context.given}
    last = next((key for key in reversed([*state.answers]) if key in questions), None)
    if last is None:
        turn = ask(flow, state, context)
        return replace(turn, effects=(Say("nothing_before"), *turn.effects))
    return ask(flow, _without(flow, state, last, context), context)


def without(flow: Flow, state: State, step_ids: tuple[str, ...], context: Context) -> State:
    """The state with those answers deleted, so that the engine asks for just them."""
    for each in step_ids:
        state = _without(flow, state, each, context)
    return state


def _without(flow: Flow, state: State, step_id: str, context: Context) -> State:
    answers = {key: value for key, value in state.answers.items() if key != step_id}
    cleared = replace(state, answers=answers, asked="", tries=0, growing="", doubtful=())
    return _pruned(flow, cleared, context)


def _pruned(flow: Flow, state: State, context: Context) -> State:
    """Drop answers that no longer apply, until nothing changes any more."""
    while True:
        known = facts(flow, state.answers, context)
        answered = (each for each in flow.steps if each.id in state.answers)
        live = {each.id for each in answered if _holds(each, known)}
        kept = {key: value for key, value in state.answers.items() if key in live}
        if len(kept) == len(state.answers):
            return state
        growing = state.growing if state.growing in kept else ""
        state = replace(state, answers=kept, growing=growing)


def _choices(flow: Flow, step_id: str, options: tuple[Option, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(token(flow, step_id, each.id), each.label) for each in options)


def _more(flow: Flow, here: Step, state: State) -> Say:
    values = {"label": here.label, "count": len(state.answers[here.id])}
    name = "more_photos" if here.kind == "document" else "more_choices"
    return Say(name, values, _choices(flow, here.id, _options(flow, state, here)))


# --- answers -------------------------------------------------------------------------


def _said(flow: Flow, state: State, text: str, context: Context) -> Turn:
    asked = _asked(flow, state, context)
    if asked is None:
        return ask(flow, state, context)
    if state.waiting and asked.kind in ("document", "review"):
        return Turn(state, (Say("photo_on_its_way"),))
    if asked.kind in ("text", "date"):
        try:
            checked = check(asked.check, text, context.today)
        except Refused as refused:
            return _refused(flow, state, f"wrong_{refused.code}", refused.values)
        odd = doubt(flow, asked, checked, state.answers, context.today)
        if odd and (odd in CERTAIN or (checked.value, odd) not in state.doubtful):
            doubted = replace(state, doubtful=((checked.value, odd),))
            return _refused(flow, doubted, f"wrong_{odd}", {})
        return _answered(flow, state, asked, checked.value, context)
    if asked.kind == "choices":
        return _said_several(flow, state, asked, text, context)
    options = _options(flow, state, asked)
    found = pick([each.label for each in options], text, [each.words for each in options])
    if found is not None:
        return _chose(flow, state, asked, options[found].id, context)
    if asked.kind == "document":
        wanted = {"label": asked.label}
        return _refused(flow, state, "photo_wanted", wanted, human_after=WITHOUT_PHOTO)
    return _not_understood(flow, state, options)


def _tapped(flow: Flow, state: State, tapped: str, context: Context) -> Turn:
    question, _, option = tapped.removeprefix(f"{flow.id}/").rpartition(":")
    asked = _asked(flow, state, context)
    if asked is not None and question == asked.id:
        if state.waiting and asked.kind in ("document", "review"):
            return Turn(state, (Say("photo_on_its_way"),))
        return _chose(flow, state, asked, option, context)
    if _already(state.answers.get(question), option):
        return Turn(state)
    return _unused(flow, state, Say("old_button"), context)


def _already(answer: Answer | None, option: str) -> bool:
    """A second tap on the button that gave this answer is not worth a word."""
    return answer == option or (isinstance(answer, tuple) and option in (*answer, "done"))


def _asked(flow: Flow, state: State, context: Context) -> Step | None:
    """The question last asked, while it still is one: its step may have gone or been answered."""
    if state.asked == PLACE and state.loose:
        places = tuple(Option(each.id, each.label) for each in _places(flow, state, context))
        options = (*places, *_own(flow, "none"))
        return Step(PLACE, "choice", "", "", options=options)
    if state.asked == CHANGE:
        choices = changeable(flow, state, context)
        options = tuple(Option(each.id, each.label) for each in choices)
        return Step(CHANGE, "choice", "", "", options=options)
    step = flow.step(state.asked)
    if step is None or (step.id in state.answers and step.id != state.growing):
        return None
    return step if _holds(step, facts(flow, state.answers, context)) else None


def _options(flow: Flow, state: State, asked: Step) -> tuple[Option, ...]:
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


def _chose(flow: Flow, state: State, asked: Step, option: str, context: Context) -> Turn:
    if option not in {each.id for each in _options(flow, state, asked)}:
        return _unused(flow, state, Say("old_button"), context)
    match asked.kind, option:
        case _ if asked.id == PLACE:
            return _placed(flow, state, option, context)
        case _ if asked.id == CHANGE:
            return ask(flow, _without(flow, state, option, context), context)
        case "document", "keep":
            return _filed(flow, state, state.doubtful[-1:], asked, context, "photo_as_is")
        case "document", "again":
            return ask(flow, state, context)
        case (("document" | "choices"), "done"):
            return _answered(flow, state, asked, state.answers[asked.id], context)
        case "choices", _:
            return _grown(flow, state, asked, (option,), context)
        case "review", "change":
            return _ask_change(flow, state, context)
    return _answered(flow, state, asked, option, context)


def _said_several(flow: Flow, state: State, asked: Step, text: str, context: Context) -> Turn:
    """Several options in one text ("1, 3 dan 4") close the question; one alone leaves it open."""
    options = _options(flow, state, asked)
    found = [
        pick([each.label for each in options], part, [each.words for each in options])
        for part in _parts(text)
    ]
    chosen = tuple(dict.fromkeys(options[i].id for i in found if i is not None))
    if not chosen or None in found:
        return _not_understood(flow, state, options)
    if len(chosen) == 1:
        return _chose(flow, state, asked, chosen[0], context)
    given = state.answers.get(asked.id, ())
    answer = tuple(dict.fromkeys(each for each in (*given, *chosen) if each != "done"))
    return _answered(flow, state, asked, answer, context)


def _parts(text: str) -> list[str]:
    words = text.split()
    if all(word.isdigit() for word in words):
        return words
    separated = text.replace(" dan ", ",").replace("&", ",").replace("\n", ",")
    return [part for part in separated.split(",") if part.strip()]


def _grown(flow: Flow, state: State, asked: Step, more: tuple[str, ...], context: Context) -> Turn:
    """Add to a question that may get more answers, and ask whether that was all."""
    given = state.answers.get(asked.id, ())
    answer = tuple(dict.fromkeys((*given, *more)))
    if asked.kind == "choices" and len(answer) == len(asked.options):
        return _answered(flow, state, asked, answer, context)
    grown = replace(
        state, answers={**state.answers, asked.id: answer}, growing=asked.id, tries=0, doubtful=()
    )
    return ask(flow, grown, context)


def _answered(flow: Flow, state: State, asked: Step, answer: Answer, context: Context) -> Turn:
    others = {key: value for key, value in state.answers.items() if key != asked.id}
    growing = "" if asked.id == state.growing else state.growing
    answered = replace(
        state, answers={**others, asked.id: answer}, tries=0, growing=growing, doubtful=()
    )
    turn = ask(flow, _pruned(flow, answered, context), context)
    if not asked.record:
        return turn
    return replace(turn, effects=(Record(asked.id, answer), *turn.effects))


def _ask_change(flow: Flow, state: State, context: Context) -> Turn:
    options = tuple(Option(each.id, each.label) for each in changeable(flow, state, context))
    asking = replace(state, asked=CHANGE, tries=0)
    return Turn(asking, (Say("what_to_change", choices=_choices(flow, CHANGE, options)),))


def _refused(
    flow: Flow,
    state: State,
    message: str,
    values: Mapping[str, object],
    options: tuple[Option, ...] = (),
    human_after: int = HUMAN_AFTER,
) -> Turn:
    """Say what would help; after some failures in a row offer a human, if no option does."""
    tries = state.tries + 1
    choices = _choices(flow, state.asked, options)
    if tries >= human_after:
        human = (Choice(each.id, each.label) for each in _own(flow, "officer"))
        offered = {each.label for each in choices}
        choices = (*choices, *(each for each in human if each.label not in offered))
    say = Say(message, {**values, "tries": tries}, choices)
    return Turn(replace(state, tries=tries), (say,), understood=False)


def _not_understood(flow: Flow, state: State, options: tuple[Option, ...]) -> Turn:
    return _refused(flow, state, "not_understood", {}, options)


def _unused(flow: Flow, state: State, say: Say, context: Context) -> Turn:
    """Answer something that is no answer, and ask again what was asked."""
    turn = ask(flow, state, context)
    return Turn(turn.state, (say, *turn.effects), understood=False)


# --- photos and files ----------------------------------------------------------------


def _judged(flow: Flow, state: State, event: Judged, context: Context) -> Turn:
    if event.attachment not in state.waiting:
        return Turn(state)
    state = replace(state, waiting=tuple(w for w in state.waiting if w != event.attachment))
    here = position(flow, state, context)
    awaited = here if here is not None and here.kind == "document" else None
    if event.verdict == "good" or (event.verdict in DOUBTS and awaited is None):
        state = replace(state, loose=(*state.loose, (event.attachment, event.kind)))
        return _sorted(flow, state, context)
    if event.verdict in DOUBTS and awaited is not None:
        turn = _doubted(flow, state, event, awaited)
    else:
        turn = _refused(flow, state, f"file_{event.verdict}", {})
    if state.loose and not state.waiting and turn.state is not None:
        following = _sorted(flow, turn.state, context)
        return replace(following, effects=(*turn.effects, *following.effects))
    return turn


def _doubted(flow: Flow, state: State, event: Judged, here: Step) -> Turn:
    """A poor photo: how to do better; from the second one on the citizen may insist."""
    doubtful = (*state.doubtful, (event.attachment, event.kind))
    state = replace(state, doubtful=doubtful, asked=here.id)
    choices = _choices(flow, here.id, _options(flow, state, here))
    values = {"label": here.label, "tries": len(doubtful)}
    return Turn(state, (Say(f"photo_{event.verdict}", values, choices, event.attachment),))


def _has_documents(flow: Flow) -> bool:
    return any(each.kind == "document" for each in flow.steps)


def _sorted(flow: Flow, state: State, context: Context) -> Turn:
    """Put photos where they belong; ask only when that is not certain."""
    if state.waiting:
        return Turn(state)
    places = missing(flow, state, context)
    here = position(flow, state, context)
    if not _has_documents(flow):
        turn = ask(flow, state, context)
        return replace(turn, effects=(Say("photo_kept"), *turn.effects))
    if not places:
        return _unused(flow, replace(state, loose=()), Say("photo_not_needed"), context)
    alone = len(state.loose) == 1 or (len(places) == 1 and places[0].many)
    if alone and here is not None and here.kind == "document":
        return _filed(flow, replace(state, loose=()), state.loose, here, context)
    return _ask_place(flow, state, context)


def _filed(
    flow: Flow,
    state: State,
    files: tuple[tuple[str, str], ...],
    where: Step,
    context: Context,
    praise: str = "photo_good",
) -> Turn:
    """Take these attachments as the answer to that document step."""
    if any(kind not in where.accepts for _, kind in files):
        return _refused(flow, state, "file_kind", {"label": where.label, "accepts": where.accepts})
    ids = tuple(file for file, _ in files)
    if where.many:
        return _grown(flow, state, where, ids, context)
    turn = _answered(flow, state, where, ids, context)
    reached = turn.state or replace(state, answers={**state.answers, where.id: ids})
    values: dict[str, object] = {
        "label": where.label,
        "left": surely_left(flow, reached, context),
    }
    if state.ticket:
        values["number"] = state.ticket
    return replace(turn, effects=(Say(praise, values, about=ids[-1]), *turn.effects))


def _places(flow: Flow, state: State, context: Context) -> tuple[Step, ...]:
    """Where a photo may belong: documents that are missing, and those that may have several."""
    open_still = {each.id for each in missing(flow, state, context)}
    return tuple(
        each
        for each in requirements(flow, state, context)
        if each.id in open_still or (each.many and not state.ticket)
    )


def _ask_place(flow: Flow, state: State, context: Context) -> Turn:
    state = replace(state, asked=PLACE, tries=0)
    asked = _asked(flow, state, context)
    assert asked is not None
    choices = _choices(flow, PLACE, asked.options)
    return Turn(
        state, (Say("which_photo", {"left": len(state.loose)}, choices, state.loose[0][0]),)
    )


def _placed(flow: Flow, state: State, option: str, context: Context) -> Turn:
    first, rest = state.loose[:1], state.loose[1:]
    left = replace(state, loose=rest, asked=PLACE if rest else "")
    where = next((e for e in _places(flow, state, context) if e.id == option), None)
    if where is None:
        return ask(flow, left, context)
    if not where.many:
        return _filed(flow, left, first, where, context)
    ids = (*state.answers.get(where.id, ()), first[0][0])
    answers = {**state.answers, where.id: ids}
    return ask(flow, replace(left, answers=answers, growing=where.id), context)
