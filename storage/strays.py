"""Which files of the vault belong to a row; what belongs to none, nobody can see or erase."""

from collections.abc import Sequence

import sqlalchemy as sa

from storage.db import Tx
from storage.erasure import ERASED
from storage.tables import ATTACHMENTS, DOOMED_FILES, ENCLOSURES, LETTERS

LETTER = "letter-"
"""The name of a printed letter is this and its token, also before its row says that it is there."""


def known(tx: Tx, names: Sequence[str]) -> set[str]:
    """Those of these names that some row still needs, or that are listed to be deleted."""
    a, letter = ATTACHMENTS.c, LETTERS.c
    upload = a.remote["upload"].as_string()
    tokens = [name.removeprefix(LETTER) for name in names if name.startswith(LETTER)]
    found = [
        sa.select(a.id).where(a.id.in_(names), a.state != ERASED),
        sa.select(upload).where(sa.text("attachments.state = 'waiting'"), upload.in_(names)),
        sa.select(DOOMED_FILES.c.id).where(DOOMED_FILES.c.id.in_(names)),
        sa.select(ENCLOSURES.c.id).where(ENCLOSURES.c.id.in_(names)),
        sa.select(letter.file).where(letter.file.in_(names)),
    ]
    kept = {str(row[0]) for query in found for row in tx.execute(query)}
    printed = sa.select(letter.token).where(letter.token.in_(tokens), letter.state != ERASED)
    return kept | {LETTER + row.token for row in tx.execute(printed)}
