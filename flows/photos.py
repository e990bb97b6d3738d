"""Photos and files: taken, doubted, and put where they belong.

Pure; knows no channel and no wording.
"""

from dataclasses import replace

from flows.answering import add, take
from flows.asking import (
    PLACE,
    ask,
    ask_place,
    buttons,
    has_documents,
    open_places,
    options_of,
    places,
    refuse,
    repeat,
)
from flows.checklist import applying, missing, position, surely_left
from flows.keywords import pick
from flows.model import DOUBTS, Context, Flow, Judged, Say, State, Step, Turn
from flows.words import ANY_PAPER, split_words

POOR = "?"
"""Behind the kind of a loose photo: it is not good, and nobody was asking for it."""


def judge(flow: Flow, state: State, event: Judged, context: Context) -> Turn:
    """Take an examined file in, or say why it cannot be used and how to do better."""
    if event.attachment not in state.waiting:
        return Turn(state)
    state = replace(state, waiting=tuple(w for w in state.waiting if w != event.attachment))
    here = position(flow, state, context)
    awaited = here if here is not None and here.kind == "document" else None
    good, poor = event.verdict == "good", event.verdict in DOUBTS
    photo = (event.attachment, event.kind if good else event.kind + POOR)
    where = named(flow, state, event.caption, context) if good or poor else None
    if where is not None and poor and where.id in state.answers:
        worse = Say(f"photo_{event.verdict}", {"label": where.label, "tries": 1})
        return repeat(flow, state, worse, context)  # the one that came before is kept
    if where is not None and (good or where != awaited):
        return _filed(flow, file(flow, state, (photo,), where, context), context)
    if where is None and awaited is not None and _names_another(flow, awaited, event.caption):
        return ask_place(flow, replace(state, loose=(*state.loose, photo)), context)
    if good or (poor and awaited is None):
        return _sort(flow, replace(state, loose=(*state.loose, photo)), context)
    if event.verdict in DOUBTS and awaited is not None:
        turn = _doubt(flow, state, event, awaited)
    else:
        turn = refuse(flow, state, f"file_{event.verdict}", {})
    if state.loose and not state.waiting and turn.state is not None:
        following = _sort(flow, turn.state, context)
        return replace(following, effects=(*turn.effects, *following.effects))
    return turn


def named(flow: Flow, state: State, caption: str, context: Context) -> Step | None:
    """The document that a caption names: one that is missing, or that is sent once more.

    What officers did not ask for again is not replaced, and nothing is filed before consent.
    """
    if not caption or _unsettled(flow, state, context):
        return None
    steps = [
        each
        for each in applying(flow, state, context)
        if each.kind == "document" and not (state.ticket and each.id in state.answers)
    ]
    options = places(steps)
    labels, words = [each.label for each in options], [each.words for each in options]
    found = pick(labels, caption, words, numbered=False)
    if found is None:
        return None
    return steps[found] if _words_of(steps[found]) & {*split_words(caption)} else None


def _names_another(flow: Flow, awaited: Step, caption: str) -> bool:
    """Whether a caption has a word of another paper's name that the awaited one's has not."""
    said = {*split_words(caption)}
    own = _words_of(awaited)
    others = (_words_of(e) for e in flow.steps if e.kind == "document" and e.id != awaited.id)
    return any(said & (words - own) for words in others)


def _words_of(document: Step) -> frozenset[str]:
    """The words that tell this paper from others."""
    return frozenset(split_words(f"{document.label} {document.name}")) - ANY_PAPER


def _filed(flow: Flow, turn: Turn, context: Context) -> Turn:
    """What is said of one photo of several; the question comes after the last."""
    if turn.state is None or not (turn.state.waiting or turn.state.loose):
        return turn
    if turn.state.waiting:
        return replace(turn, effects=turn.effects[:1])
    following = _sort(flow, turn.state, context)
    return replace(following, effects=(*turn.effects[:1], *following.effects))


def _doubt(flow: Flow, state: State, event: Judged, here: Step) -> Turn:
    """A poor photo: how to do better; from the second one on the citizen may insist."""
    doubtful = (*state.doubtful, (event.attachment, event.kind))
    state = replace(state, doubtful=doubtful, asked=here.id)
    choices = buttons(flow, here.id, options_of(flow, state, here))
    values = {"label": here.label, "tries": len(doubtful)}
    return Turn(state, (Say(f"photo_{event.verdict}", values, choices, event.attachment),))


def _sort(flow: Flow, state: State, context: Context) -> Turn:
    """Put photos where they belong; ask only when that is not certain."""
    if state.waiting:
        return Turn(state)
    left = missing(flow, state, context)
    here = position(flow, state, context)
    if not has_documents(flow) or _unsettled(flow, state, context):
        turn = ask(flow, state, context)
        return replace(turn, effects=(Say("photo_kept"), *turn.effects))
    if not left:
        return repeat(flow, replace(state, loose=()), Say("photo_not_needed"), context)
    alone = len(state.loose) == 1 or (len(left) == 1 and left[0].many)
    if alone and here is not None and here.kind == "document":
        return file(flow, replace(state, loose=()), state.loose, here, context)
    return ask_place(flow, state, context)


def _unsettled(flow: Flow, state: State, context: Context) -> bool:
    """Whether consent, or which office it is, has still to be asked: nothing is filed before."""
    return any(
        each.record and each.id not in state.answers and each.id not in context.given
        for each in flow.steps
    )


def file(
    flow: Flow,
    state: State,
    files: tuple[tuple[str, str], ...],
    where: Step,
    context: Context,
    praise: str = "photo_good",
) -> Turn:
    """Take these attachments as the answer to that document step."""
    if any(kind.endswith(POOR) for _, kind in files):
        praise = "photo_as_is"
    if any(kind.removesuffix(POOR) not in where.accepts for _, kind in files):
        return refuse(flow, state, "file_kind", {"label": where.label, "accepts": where.accepts})
    ids = tuple(file for file, _ in files)
    if where.many:
        return add(flow, state, where, ids, context)
    turn = take(flow, state, where, ids, context)
    reached = turn.state or replace(state, answers={**state.answers, where.id: ids})
    values: dict[str, object] = {
        "label": where.label,
        "left": surely_left(flow, reached, context),
    }
    if state.ticket:
        values["number"] = state.ticket
    return replace(turn, effects=(Say(praise, values, about=ids[-1]), *turn.effects))


def place(flow: Flow, state: State, option: str, context: Context) -> Turn:
    """Put the first loose photo where the citizen says that it belongs, or away."""
    first, rest = state.loose[:1], state.loose[1:]
    left = replace(state, loose=rest, asked=PLACE if rest else "")
    where = next((e for e in open_places(flow, state, context) if e.id == option), None)
    if where is None:
        turn = ask(flow, left, context)
        return replace(turn, effects=(Say("photo_put_away"), *turn.effects))
    if not where.many:
        return file(flow, left, first, where, context)
    ids = (*state.answers.get(where.id, ()), first[0][0])
    answers = {**state.answers, where.id: ids}
    return ask(flow, replace(left, answers=answers, growing=where.id), context)
