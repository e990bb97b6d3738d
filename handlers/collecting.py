"""A result changes hands: the officer notes who took it, and the citizen hears of it."""

from flows.cleaning import clean
from handlers.desk import Sight
from handlers.dossier import LONGEST_NOTE
from handlers.errors import Rejected
from handlers.tickets import Actor, move
from storage import collections
from storage.db import Tx

COLLECTORS = ("self", "proxy")
LONGEST = 80
"""Characters of a name or a relation."""


def collect(
    tx: Tx,
    sight: Sight,
    number: str,
    collector: str,
    name: str,
    relation: str,
    mandate: bool,
    note: str,
) -> None:
    """Hand a result over to the applicant, or to a proxy who showed a mandate.

    Raises Rejected: proxy_unnamed, mandate_unseen, note_long, and as tickets.move.
    """
    name, relation, note = (clean(each).strip() for each in (name, relation, note))
    if collector not in COLLECTORS:
        raise Rejected("impossible")
    if collector == "proxy" and not (name and relation):
        raise Rejected("proxy_unnamed")
    if collector == "proxy" and not mandate:
        raise Rejected("mandate_unseen")
    if len(note) > LONGEST_NOTE or max(len(name), len(relation)) > LONGEST:
        raise Rejected("note_long")
    officer = sight.officer
    said = ""
    if collector == "proxy":
        said = sight.house.words.say("collected_by_proxy", name=name, relation=relation)
    row = move(
        tx, sight.house, officer.office_id, number, "hand_over",
        Actor("staff", officer.login, officer.name), sight.now,
        note="\n".join(filter(None, (said, note))),
    )  # fmt: skip
    kept = (name, relation) if collector == "proxy" else ("", "")
    collections.add(tx, row.office_id, row.id, collector, *kept, officer.login, sight.now)
