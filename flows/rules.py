"""What a flow must keep to, and only the whole of it can show: names, guards, limits."""

from collections.abc import Mapping

from flows.calendar import Sla
from flows.facts import FACTS
from flows.mistakes import File
from flows.model import Flow, Step

TOKEN_BYTES = 64
"""Telegram's limit on the data of a button (Bot API, InlineKeyboardButton.callback_data)."""
BUTTON = 18
"""WhatsApp's 20 for a quick reply, of which there are at most three, less its number "1 "."""
ITEM = 22
"""WhatsApp's 24 for a list item, less its number."""
GIVEN: Mapping[str, tuple[str, ...]] = {
    "office": (), "area": ("rt_rw", "lingkungan"), "suggested": ("one", "several"),
    "visit": ("new",),
}  # fmt: skip
"""Values that the handlers give to every flow, for guards."""


def check_flow(file: File, flow: Flow) -> None:
    """Names, guards and limits that only the whole flow can show to be wrong."""
    if flow.practice and file.name.startswith("services/"):
        file.wrong("a practice run is a talk: services become tickets", "practice")
    values: dict[str, tuple[str, ...]] = dict(GIVEN)
    for name in flow.facts:
        if name not in FACTS:
            file.wrong(f"fact {name!r} is unknown; known are {', '.join(FACTS)}", name)
            continue
        values[name] = FACTS[name].values
        for need in FACTS[name].needs:
            if flow.step(need) is None:
                file.wrong(f"fact {name!r} needs a step {need!r}", name)
    seen: set[str] = set()
    for step in flow.steps:
        near = f'{step.kind} = "{step.id}"'
        if step.id in seen:
            file.wrong(f"step {step.id!r} stands twice", near)
        seen.add(step.id)
        for key, allowed in step.when.items():
            if key not in values:
                file.wrong(f"step {step.id!r}: when asks for {key!r}, not answered before it", near)
            for value in allowed:
                if values.get(key) and value not in values[key]:
                    file.wrong(f"step {step.id!r}: {key!r} can never be {value!r}", near)
        _check_options(file, flow, step, near)
        if step.kind in ("choice", "choices", "review"):
            chosen = (option.id for option in step.options)
            values[step.id] = (*GIVEN.get(step.id, ()), *chosen)


def _check_options(file: File, flow: Flow, step: Step, near: str) -> None:
    limit = BUTTON if len(step.options) <= 3 and not step.offers else ITEM
    for option in step.options:
        if len(option.label) > limit:
            long = f"{len(option.label)} characters, {limit} fit on its button"
            file.wrong(f"step {step.id!r}: {option.label!r} has {long}", near)
        if len(f"{flow.id}/{step.id}:{option.id}".encode()) > TOKEN_BYTES:
            file.wrong(f"step {step.id!r}: names longer than {TOKEN_BYTES} bytes together", near)
    if step.kind in ("choice", "choices") and not step.offers and len(step.options) < 2:
        file.wrong(f"step {step.id!r}: a choice needs two options or more", near)
    if step.kind == "review" and {option.id for option in step.options} != {"send", "change"}:
        file.wrong(f"step {step.id!r}: a review has the options send and change", near)
    if step.kind not in ("choice", "choices", "review") and step.options:
        file.wrong(f"step {step.id!r}: a {step.kind} has no options", near)


def check_service(file: File, flow: Flow) -> None:
    """What citizens are promised of a service, and how its checklist ends."""
    if not flow.steps or flow.steps[-1].kind != "review":
        file.wrong("a service ends with a review")
    for name in ("sla", "fee"):
        if name not in flow.standard:
            file.wrong(f"standard.{name} is missing")
    if "sla" in flow.standard:
        try:
            Sla.read(flow.standard["sla"].value)
        except ValueError as error:
            file.wrong(f"standard.sla: {error}", "sla")
