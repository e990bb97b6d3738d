"""Taking an answer, adding to one, dropping one; then the next question.

Pure; knows no channel and no wording.
"""

from dataclasses import replace

from flows.asking import CHANGE, ask
from flows.checklist import applies
from flows.facts import facts
from flows.model import Answer, Context, Flow, Record, Say, State, Step, Turn


def take(flow: Flow, state: State, asked: Step, answer: Answer, context: Context) -> Turn:
    """Keep an answer, drop what no longer applies, and ask the next question."""
    others = {key: value for key, value in state.answers.items() if key != asked.id}
    growing = "" if asked.id == state.growing else state.growing
    answered = replace(
        state, answers={**others, asked.id: answer}, tries=0, growing=growing, doubtful=()
    )
    turn = ask(flow, _pruned(flow, answered, context), context)
    if not asked.record:
        return turn
    return replace(turn, effects=(Record(asked.id, answer), *turn.effects))


def add(flow: Flow, state: State, asked: Step, more: tuple[str, ...], context: Context) -> Turn:
    """Add to a question that may get more answers, and ask whether that was all."""
    given = state.answers.get(asked.id, ())
    answer = tuple(dict.fromkeys((*given, *more)))
    if asked.kind == "choices" and len(answer) == len(asked.options):
        return take(flow, state, asked, answer, context)
    grown = replace(
        state, answers={**state.answers, asked.id: answer}, growing=asked.id, tries=0, doubtful=()
    )
    return ask(flow, grown, context)


def back(flow: Flow, state: State, context: Context) -> Turn:
    """Drop the last answer and ask it again; what is known anyway (consent) is not asked."""
    if state.asked == CHANGE or state.ticket:
        return ask(flow, state, context)
    questions = {e.id for e in flow.steps if e.kind != "info" and e.id not in context.given}
    last = next((key for key in reversed([*state.answers]) if key in questions), None)
    if last is None:
        turn = ask(flow, state, context)
        return replace(turn, effects=(Say("nothing_before"), *turn.effects))
    return ask(flow, _less(flow, state, last, context), context)


def without(flow: Flow, state: State, step_ids: tuple[str, ...], context: Context) -> State:
    """The state with those answers deleted, so that the engine asks for just them."""
    for each in step_ids:
        state = _less(flow, state, each, context)
    return state


def fitting(flow: Flow, state: State, context: Context) -> State:
    """The state as far as it holds at another office, where other things are asked and offered.

    What was recorded beyond the flow, as a consent, was said to the other office.
    """
    gone = tuple(
        each.id
        for each in flow.steps
        if each.record or (each.options and not _offers(each, state.answers.get(each.id, ())))
    )
    return without(flow, state, gone, context)


def _offers(step: Step, answer: Answer) -> bool:
    chosen = {answer} if isinstance(answer, str) else {*answer}
    return chosen <= {option.id for option in step.options}


def _less(flow: Flow, state: State, step_id: str, context: Context) -> State:
    answers = {key: value for key, value in state.answers.items() if key != step_id}
    cleared = replace(state, answers=answers, asked="", tries=0, growing="", doubtful=())
    return _pruned(flow, cleared, context)


def _pruned(flow: Flow, state: State, context: Context) -> State:
    """Drop answers that no longer apply, until nothing changes any more."""
    while True:
        known = facts(flow, state.answers, context)
        answered = (each for each in flow.steps if each.id in state.answers)
        live = {each.id for each in answered if applies(each, known)}
        kept = {key: value for key, value in state.answers.items() if key in live}
        if len(kept) == len(state.answers):
            return state
        growing = state.growing if state.growing in kept else ""
        state = replace(state, answers=kept, growing=growing)
