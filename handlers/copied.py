"""What the parts of a citizen's copy have in common: files by name, answers by their labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.model import Flow, Session
from handlers.media_types import ending
from handlers.offices import House
from handlers.sessions import answers as read_answers
from handlers.wording import Scene, show


@dataclass(frozen=True, slots=True)
class File:
    """A photo, PDF or voice note: its name in the copy, and where the vault has it."""

    name: str
    id: str
    office_id: str

    @classmethod
    def of(cls, row: Any, folder: str, number: int) -> "File":
        """A row of attachments, as the file of that number in a folder."""
        return cls(f"{folder}/{number:02}.{ending(row.media_type)}", row.id, row.office_id)


def answers(
    house: House, office_id: str, flow: Flow | None, raw: Mapping[str, Any], now: datetime
) -> list[tuple[str, str]]:
    """What was answered there, without its documents, as (label, answer)."""
    if flow is None:
        return [(key, str(value)) for key, value in raw.items()]
    context = house.context(office_id, consented=True, quiet=False, now=now)
    office, catalog = house.office(office_id), house.catalog(office_id)
    scene = Scene(house, office, catalog, context, Session(), now, now)
    given = read_answers(raw)
    steps = (step for step in flow.steps if step.id in given and step.label)
    plain = ((s, given[s.id]) for s in steps if s.kind not in ("document", "review"))
    return [(step.label, show(step, value, scene)) for step, value in plain]


def shown_in(flow: Flow | None, raw: Mapping[str, Any]) -> dict[str, str]:
    """The names of the documents that files were sent as, by the files' ids."""
    names = {step.id: step.name for step in flow.steps} if flow else {}
    return {
        file: names.get(step, "")
        for step, value in read_answers(raw).items()
        if not isinstance(value, str)
        for file in value
    }
