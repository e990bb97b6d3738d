"""A flow as a Mermaid flowchart, for people who review it."""

from flows.model import Flow, Step

SHAPES = {
    "choice": ("{{", "}}"),
    "choices": ("{{", "}}"),
    "document": ("[/", "/]"),
    "stop": ("([", "])"),
    "review": ("[[", "]]"),
}


def diagram(flow: Flow) -> str:
    """The checklist from top to bottom; the guard of a step stands on the arrow to it."""
    lines = ["flowchart TD", f'    start(["{_safe(flow.title)}"])']
    before = "start"
    for step in flow.steps:
        opens, closes = SHAPES.get(step.kind, ("[", "]"))
        lines.append(f'    {step.id}{opens}"{_safe(step.name or step.id)}"{closes}')
        guard = _guard(step)
        lines.append(f"    {before} --{f' {guard} -->' if guard else '>'} {step.id}")
        if step.kind != "stop":
            before = step.id
    return "\n".join([*lines, '    ticket(["ticket"])', f"    {before} --> ticket"]) + "\n"


def _guard(step: Step) -> str:
    return " & ".join(f"{key} = {' or '.join(allowed)}" for key, allowed in step.when.items())


def _safe(text: str) -> str:
    return text.replace('"', "'")
