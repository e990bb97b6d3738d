"""Where somebody stands in a checklist, derived from the answers and never stored.

Asks and changes nothing.  Pure; knows no channel and no wording.
"""

from collections.abc import Iterator

from flows.facts import facts
from flows.model import Answer, Answers, Context, Flow, State, Step


def applying(flow: Flow, state: State, context: Context) -> Iterator[Step]:
    """The steps that apply, in order."""
    known = facts(flow, state.answers, context)
    for each in flow.steps:
        if applies(each, known):
            yield each


def position(flow: Flow, state: State, context: Context) -> Step | None:
    """The first step that applies and has no answer; None when the checklist is complete."""
    known = facts(flow, state.answers, context)
    for each in flow.steps:
        if each.id != state.growing and (each.id in state.answers or each.id in context.given):
            continue
        if applies(each, known):
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
    return len(places) if all(applies(each, known) for each in places) else 0


def changeable(flow: Flow, state: State, context: Context) -> tuple[Step, ...]:
    """The answered steps that the citizen may change at the review."""
    return tuple(
        each
        for each in applying(flow, state, context)
        if each.id in state.answers and each.kind not in ("info", "review", "stop") and each.label
    )


def applies(each: Step, known: Answers) -> bool:
    """Whether what its guards ask for is answered, and as they want it."""
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
