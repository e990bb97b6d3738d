"""What a service asks for, before anybody begins: its documents, grouped by when each is needed.

The same checklist that the engine walks, read as a list.  Pure; knows no wording.
"""

from dataclasses import dataclass

from flows.model import Answers, Flow, Guard, Step


@dataclass(frozen=True, slots=True)
class Condition:
    """An answer or fact that decides: its name, and the values with which the documents hold."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """Documents that are needed together: always, or when all conditions are met.

    adds  they come on top of those of a case before; else they are all that is needed
    """

    conditions: tuple[Condition, ...]
    documents: tuple[Step, ...]
    adds: bool = False


def cases(flow: Flow, known: Answers) -> tuple[Case, ...]:
    """All documents that some citizen may be asked for.

    Where one choice decides most, each of its options has its whole list: nobody should have
    to put theirs together.  What depends on something else comes on top.

    known  what is certain beforehand, such as how the office's addresses are divided
    """
    deciding = _deciding(flow, known)
    if deciding is None:
        return _grouped(flow, known)
    extra: list[list[Case]] = []
    whole: list[Case] = []
    for option in deciding.options:
        some = _grouped(flow, {**known, deciding.id: option.id})
        always = next((case.documents for case in some if not case.conditions), ())
        whole.append(Case((Condition(deciding.id, (option.id,)),), always))
        extra.append([case for case in some if case.conditions])
    common = [case for case in extra[0] if all(case in each for each in extra)]
    found: list[Case] = []
    for case, more in zip(whole, extra, strict=True):
        found += [case, *(each for each in more if each not in common)]
    return (*found, *common)


def _grouped(flow: Flow, known: Answers) -> tuple[Case, ...]:
    """Documents by what they depend on, those needed always first."""
    found: dict[tuple[Condition, ...], list[Step]] = {(): []}
    for step in flow.steps:
        if step.kind == "document" and _can_be(flow, step.when, known):
            found.setdefault(_conditions(flow, step.when, known), []).append(step)
    return tuple(Case(when, tuple(steps), bool(when)) for when, steps in found.items() if steps)


def _deciding(flow: Flow, known: Answers) -> Step | None:
    """The first choice of which two options or more ask for documents of their own."""
    guards = [step.when for step in flow.steps if step.kind == "document"]
    for step in flow.steps:
        asked_for = {value for when in guards for value in when.get(step.id, ())}
        open_still = step.id not in known and _can_be(flow, step.when, known)
        if step.kind == "choice" and open_still and len(asked_for) > 1:
            return step
    return None


def _can_be(flow: Flow, when: Guard, known: Answers) -> bool:
    """Whether what is certain lets the guard be met, and those of the questions it looks at."""
    for key, allowed in when.items():
        if key in known:
            if known[key] not in allowed:
                return False
        elif (asked := flow.step(key)) is not None and not _can_be(flow, asked.when, known):
            return False
    return True


def _conditions(flow: Flow, when: Guard, known: Answers) -> tuple[Condition, ...]:
    """What is left to decide.  A question that is asked only after another one says enough."""
    asked = [step for key in when if (step := flow.step(key)) is not None]
    implied = {key for step in asked for key in step.when}
    return tuple(
        Condition(key, allowed)
        for key, allowed in when.items()
        if key not in known and key not in implied
    )
