"""Help for officers with one service, as the desk shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows import checklist
from flows.guides import DELIVERY, OFFICE, Guide, Mistake, find
from flows.model import Flow, Source, State
from handlers.desk import Sight
from handlers.errors import Rejected


@dataclass(frozen=True, slots=True)
class Component:
    """One of the fourteen; `lines` are empty while nobody has filled it in."""

    code: str
    lines: Sequence[str]
    source: Source | None


@dataclass(frozen=True, slots=True)
class Help:
    """All that helps with one service."""

    service: str
    title: str
    delivery: Sequence[Component]
    office: Sequence[Component]
    steps: Sequence[str]
    mistakes: Sequence[Mistake]


def of_service(sight: Sight, service: str) -> Help:
    """The help with a service of the officer's office.  Raises Rejected: unknown."""
    flow = sight.flow(service)
    if flow is None:
        raise Rejected("unknown")
    guide = find(sight.house.guides, service)
    return Help(
        service=service,
        title=flow.title,
        delivery=[_component(sight, flow, guide, code) for code in DELIVERY],
        office=[_component(sight, flow, guide, code) for code in OFFICE],
        steps=guide.steps,
        mistakes=guide.mistakes,
    )


def _component(sight: Sight, flow: Flow, guide: Guide, code: str) -> Component:
    match code:
        case "requirements":
            return Component(code, _requirements(sight, flow), None)
        case "procedure":
            return Component(code, guide.steps, None)
        case "time" | "fee":
            standard = flow.standard.get({"time": "sla"}.get(code, code))
        case "product":
            standard = flow.standard.get("validity")
            valid = [standard.value] if standard else []
            return Component(code, [flow.title, *valid], standard.source if standard else None)
        case "law":
            return Component(code, flow.legal, None)
        case _:
            standard = guide.standard.get(code)
    if standard is None:
        return Component(code, (), None)
    return Component(code, (standard.value,), standard.source)


def _requirements(sight: Sight, flow: Flow) -> list[str]:
    """Every document that may be asked for, in the order of the checklist."""
    context = sight.house.context(
        sight.officer.office_id, consented=True, quiet=False, now=sight.now
    )
    always = {step.id for step in checklist.requirements(flow, State(flow.id, {}), context)}
    documents = [step for step in flow.steps if step.kind == "document"]
    first = [step.name for step in documents if step.id in always]
    return list(dict.fromkeys([*first, *(step.name for step in documents)]))
