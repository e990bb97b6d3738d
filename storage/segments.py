"""Whom a broadcast is for, as SQL: one row a person, with the chat to write to.

A segment is data, never an expression: each of its fields narrows the choice.  Who gets nothing
although they are meant, so that an effect can be seen, is drawn here as well.
"""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import sqlalchemy as sa

from storage.db import Tx
from storage.tables import BROADCASTS, CONVERSATIONS, OPTINS, RECIPIENTS, TICKETS

RINGS = ("telegram", "whatsapp")
"""Channels of a broadcast unless it names others: a chat page does not ring, a text costs."""
OPEN = ("submitted", "in_review", "needs_correction", "ready")
"""While a request is in these states, its person has business with the office."""
PRIME = 2**31 - 1
HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Segment:
    """Who is meant; an empty field narrows nothing.

    channels         where they can be written to
    kelurahan        where they live, as they said in a request
    used, unused     services of which they sent a request, or never did
    drafts           services of which they began a request that they have not sent
    newcomers        they never sent any request
    languages        of their app, as far as it is known: Telegram tells it, WhatsApp does not
    seen_after, seen_before      when they wrote last
    agreed_after, agreed_before  when they agreed to be told things
    """

    channels: tuple[str, ...] = RINGS
    kelurahan: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    newcomers: bool = False
    languages: tuple[str, ...] = ()
    seen_after: datetime | None = None
    seen_before: datetime | None = None
    agreed_after: datetime | None = None
    agreed_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What one broadcast asks of the database.

    purpose  "news": only who agreed to be told things, and no more than `most` since `since`;
             "service": who has a request that is not finished
    holdout  percent drawn with `seed` to get nothing
    """

    office_id: str
    purpose: str
    segment: Segment
    since: datetime
    most: int
    holdout: int = 0
    seed: int = 0


def people(wanted: Draft) -> sa.Select[Any]:
    """Who is meant: person_id, conversation_id, channel, held; a person once, in their order."""
    chat = CONVERSATIONS.c
    chosen = sa.select(
        chat.person_id,
        chat.id.label("conversation_id"),
        chat.channel,
        drawn(chat.person_id, wanted.holdout, wanted.seed).label("held"),
    )
    return chosen.where(
        chat.office_id == wanted.office_id,
        chat.left_at.is_(None),
        # not the bare column: its index would be tempting, and is of no use for a range of people
        sa.func.coalesce(chat.channel, "").in_(wanted.segment.channels),
        ~_used_later(wanted.segment.channels),
        *_allowed(wanted),
        *_narrowed(wanted.office_id, wanted.segment),
    ).order_by(chat.person_id)


def drawn(person_id: sa.ColumnElement[int], percent: int, seed: int) -> sa.ColumnElement[bool]:
    """Whether a person is drawn: `percent` of all, and nobody can tell whom without the seed.

    A polynomial of the third degree with random coefficients modulo a prime: any four draws are
    independent of each other (Wegman and Carter 1981), and every database reckons the same.
    """
    chance = Random(seed)
    first, *others = (chance.randrange(1, PRIME) for _ in range(4))
    number = sa.cast(person_id, sa.BigInteger)
    drawn: sa.ColumnElement[int] = sa.literal(first, sa.BigInteger)
    for each in others:
        drawn = (drawn * number + sa.literal(each, sa.BigInteger)) % PRIME
    return drawn < PRIME * percent // HUNDRED


def count(tx: Tx, wanted: Draft, silent_since: datetime) -> dict[str, tuple[int, int]]:
    """How many are meant, hold-out included, and how many of those wrote last before that time;
    by channel."""
    silent = (CONVERSATIONS.c.seen_at < silent_since).label("silent")
    found = people(wanted).add_columns(silent).order_by(None).subquery()
    number = sa.func.count()
    by_channel = sa.select(found.c.channel, number, number.filter(found.c.silent))
    rows: list[Any] = list(tx.execute(by_channel.group_by(found.c.channel)))
    return {str(row[0]): (int(row[1]), int(row[2])) for row in rows}


def _used_later(channels: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Whether the person used another of their chats after this one."""
    other = CONVERSATIONS.alias("other").c
    chat = CONVERSATIONS.c
    later = sa.or_(
        other.seen_at > chat.seen_at, sa.and_(other.seen_at == chat.seen_at, other.id > chat.id)
    )
    return sa.exists().where(
        other.person_id == chat.person_id, other.left_at.is_(None),
        sa.func.coalesce(other.channel, "").in_(channels), later,
    )  # fmt: skip


def _allowed(wanted: Draft) -> list[sa.ColumnElement[bool]]:
    """What the purpose demands."""
    person = CONVERSATIONS.c.person_id
    agreed = sa.exists().where(OPTINS.c.person_id == person)
    if wanted.purpose == "service":
        business = sa.exists().where(
            TICKETS.c.person_id == person,
            TICKETS.c.office_id == wanted.office_id,
            TICKETS.c.status.in_(OPEN),
        )
        return [business, ~agreed.where(OPTINS.c.state == "out")]
    yes = agreed.where(OPTINS.c.state == "in")
    if wanted.segment.agreed_after:
        yes = yes.where(OPTINS.c.at >= wanted.segment.agreed_after)
    if wanted.segment.agreed_before:
        yes = yes.where(OPTINS.c.at < wanted.segment.agreed_before)
    return [yes, told(person, wanted.since) < wanted.most]


def told(person: sa.ColumnElement[int], since: Any) -> sa.ScalarSelect[int]:
    """How much news a person was sent since then."""
    earlier = RECIPIENTS.alias("earlier")
    return (
        sa.select(sa.func.count())
        .select_from(earlier)
        .join(BROADCASTS, BROADCASTS.c.id == earlier.c.broadcast_id)
        .where(
            earlier.c.person_id == person,
            sa.literal_column("earlier.state = 'promised'"),
            earlier.c.at > since,
            BROADCASTS.c.purpose == "news",
        )
        .scalar_subquery()
    )


def _narrowed(office_id: str, segment: Segment) -> list[sa.ColumnElement[bool]]:
    """The segment's own conditions."""
    chat = CONVERSATIONS.c
    sent = sa.exists().where(
        TICKETS.c.person_id == chat.person_id, TICKETS.c.office_id == office_id
    )
    found: list[sa.ColumnElement[bool]] = []
    if segment.kelurahan:
        home = TICKETS.c.answers["kelurahan"].as_string()
        found.append(sent.where(home.in_(segment.kelurahan)))
    if segment.used:
        found.append(sent.where(TICKETS.c.service.in_(segment.used)))
    if segment.unused:
        found.append(~sent.where(TICKETS.c.service.in_(segment.unused)))
    if segment.newcomers:
        found.append(~sent)
    if segment.drafts:
        begun = (f'"flow":"{service}","answers":{{"' for service in segment.drafts)
        found.append(sa.or_(*(chat.session.contains(each, autoescape=True) for each in begun)))
    if segment.languages:
        found.append(chat.language.in_(segment.languages))
    if segment.seen_after:
        found.append(chat.seen_at >= segment.seen_after)
    if segment.seen_before:
        found.append(chat.seen_at < segment.seen_before)
    return found
