"""The tables, as SQLModel classes.

Every table carries `office_id`: a regency hosts all its offices in one
installation.  Datetimes are aware and stored in UTC.  UNIQUE constraints, not
checks in code, keep the promises named beside them.
"""

from sqlmodel import SQLModel

from storage.tables.audit import AUDIT, AuditEntry
from storage.tables.messages import (
    ATTACHMENTS,
    BOOKMARKS,
    INBOX,
    OUTBOX,
    UNCONFIRMED,
    Attachment,
    Bookmark,
    Inbox,
    Outbox,
)
from storage.tables.papers import DECISIONS, ORIGINALS, VIEWS, Decision, Original, View
from storage.tables.people import (
    CONSENTS,
    CONVERSATIONS,
    LINK_CODES,
    LINK_TRIES,
    MUTES,
    PEOPLE,
    QUESTIONS,
    Consent,
    Conversation,
    LinkCode,
    LinkTry,
    Mute,
    Person,
    Question,
)
from storage.tables.staff import (
    INVITES,
    RECOVERY_CODES,
    SECOND_FACTORS,
    STAFF,
    STAFF_SESSIONS,
    Invite,
    RecoveryCode,
    SecondFactor,
    Staff,
    StaffSession,
)
from storage.tables.tickets import (
    SEQUENCES,
    TICKET_EVENTS,
    TICKET_KEYS,
    TICKET_NOTES,
    TICKETS,
    Sequence,
    Ticket,
    TicketEvent,
    TicketKey,
    TicketNote,
)
from storage.tables.time import APPOINTMENTS, DUE, Appointment, Due
from storage.tables.utc import Utc

METADATA = SQLModel.metadata

__all__ = [
    "APPOINTMENTS",
    "ATTACHMENTS",
    "AUDIT",
    "BOOKMARKS",
    "CONSENTS",
    "CONVERSATIONS",
    "DECISIONS",
    "DUE",
    "INBOX",
    "INVITES",
    "LINK_CODES",
    "LINK_TRIES",
    "METADATA",
    "MUTES",
    "ORIGINALS",
    "OUTBOX",
    "PEOPLE",
    "QUESTIONS",
    "RECOVERY_CODES",
    "SECOND_FACTORS",
    "SEQUENCES",
    "STAFF",
    "STAFF_SESSIONS",
    "TICKETS",
    "TICKET_EVENTS",
    "TICKET_KEYS",
    "TICKET_NOTES",
    "UNCONFIRMED",
    "VIEWS",
    "Appointment",
    "Attachment",
    "AuditEntry",
    "Bookmark",
    "Consent",
    "Conversation",
    "Decision",
    "Due",
    "Inbox",
    "Invite",
    "LinkCode",
    "LinkTry",
    "Mute",
    "Original",
    "Outbox",
    "Person",
    "Question",
    "RecoveryCode",
    "SecondFactor",
    "Sequence",
    "Staff",
    "StaffSession",
    "Ticket",
    "TicketEvent",
    "TicketKey",
    "TicketNote",
    "Utc",
    "View",
]
