"""A result changes hands: the officer notes who took it, and the citizen hears of it."""

from flows.cleaning import clean
from handlers.desk import Sight
from handlers.errors import Rejected
from handlers.moves import LONGEST_NOTE, move
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
    excuse: str = "",
) -> None:
    """Hand a result over to the applicant, or to a proxy who showed a mandate.

    excuse  why not every original was shown: see moves.move
    Raises Rejected: proxy_unnamed, mandate_unseen, note_long, and as moves.move.
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
    said = ""
    if collector == "proxy":
        said = sight.house.words.say("collected_by_proxy", name=name, relation=relation)
    told = "\n".join(filter(None, (said, note)))
    row = move(tx, sight, number, "hand_over", told, excuse)
    kept = (name, relation) if collector == "proxy" else ("", "")
    collections.add(tx, row.office_id, row.id, collector, *kept, sight.officer.login, sight.now)
