"""By what a ticket will be found: the names, NIKs and phones among its answers, by their checks."""

from flows.model import Answers, Flow
from storage import search
from storage.db import Tx


def index(
    tx: Tx, office_id: str, ticket_id: int, flow: Flow, answers: Answers, phone: str = ""
) -> None:
    """Let a ticket be found by what its citizen answered, and by their verified phone."""
    found = search.keys(
        _given(flow, answers, "name"),
        _given(flow, answers, "nik"),
        [*_given(flow, answers, "phone"), phone],
    )
    search.add(tx, office_id, ticket_id, found)


def _given(flow: Flow, answers: Answers, check: str) -> list[str]:
    return [str(answers[s.id]) for s in flow.steps if s.check == check and answers.get(s.id)]
