"""The offices and all that is said in their name: what every handler is given.

Read once at the start from config.toml, flows/ and templates/; nothing here changes
while the program runs.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from secrets import token_urlsafe

from flows.calendar import Calendar, Sla
from flows.catalog import Catalog
from flows.guides import Guide
from flows.health import Protocol
from flows.model import Answer, Context, Option, Session
from flows.outings import Outing
from flows.slots import Booking
from flows.talk import Abroad
from handlers import lessons
from handlers.lessons import Lesson
from handlers.letterhead import Letterhead, LetterKind
from handlers.manners import Manners
from handlers.reach import Reach
from handlers.replies import Replies
from handlers.timing import Timing
from handlers.words import Words

FOUR_HOURS = Sla(minutes=240)
BOOKING = Booking()
PROTOCOL = Protocol()
LETTERHEAD = Letterhead()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an office that sees to some services; a head of section (kasi) leads it."""

    id: str
    label: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Office:
    """One sub-district office.

    code        first part of its ticket numbers
    area        how its addresses are divided: "rt_rw" or "lingkungan"
    staff_chat  Telegram chat that gets its alerts; empty for none
    booking     how people book times to collect results
    staff_whatsapp  whether linked WhatsApp chats of its staff get alerts
    protocol    for health, as config.toml has it; what was set at the desk is added when read
    letterhead  how its letters look and are numbered
    outings     days of service at other places
    location    latitude and longitude in degrees; None when nobody gave it
    sections    who sees to which services; a service may belong to none
    """

    id: str
    name: str
    code: str
    area: str
    address: str
    kelurahan: tuple[Option, ...]
    calendar: Calendar
    check_within: Sla = FOUR_HOURS
    staff_chat: str = ""
    booking: Booking = BOOKING
    staff_whatsapp: bool = False
    protocol: Protocol = PROTOCOL
    letterhead: Letterhead = LETTERHEAD
    outings: tuple[Outing, ...] = ()
    location: tuple[float, float] | None = None
    sections: tuple[Section, ...] = ()

    def section(self, name: str) -> Section | None:
        """The section of that id."""
        return next((each for each in self.sections if each.id == name), None)

    def today(self, now: datetime) -> date:
        """The date at the office."""
        return now.astimezone(self.calendar.zone).date()


@dataclass(frozen=True, slots=True)
class House:
    """Everything that stays the same from turn to turn.

    catalogs    what each office talks about; "" before an office is chosen
    consent     version of the consent text in force
    quiet       a silence after which a person is asked whether to go on
    replies     what officers say often
    officer_silence  after which the bot takes a chat over again from an officer
    album_wait  how long the photos of one album may take to arrive
    timing      when people are reminded, and when they are left in peace
    manners     how people are told things without being asked
    fallback    per kind of message, what is tried in turn when it does not arrive
    draw        random digits for a code that joins two chats
    secret      a name that nobody can guess, for a calendar file
    token       a shorter one, that people can also type, for a pass or a letter
    contacts    where people can chat with us, as it is printed
    guides      help for officers, by service
    letters     the services that end in a letter
    result_life how long a document sent in chat can be opened
    pages_url   where passes, letters, results and copies of data open, with a slash; or empty
    visits_url  where calendar files are, as `visits_url + name`; empty when not public
    lessons     what people can learn about the service
    reach       where people find us: what posters, pages and shared links lead to
    sms         whether there is a number to send text messages from
    desk_url    where staff open a ticket, as `desk_url + number`; empty when not public
    """

    offices: Mapping[str, Office]
    catalogs: Mapping[str, Catalog]
    words: Words
    consent: str
    quiet: timedelta = timedelta(hours=6)
    album_wait: timedelta = timedelta(seconds=1.5)
    replies: Replies = field(default_factory=Replies)
    officer_silence: timedelta = timedelta(minutes=30)
    desk_url: str = ""
    timing: Timing = field(default_factory=Timing)
    manners: Manners = field(default_factory=Manners)
    fallback: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    draw: Callable[[], str] = str
    secret: Callable[[], str] = token_urlsafe
    token: Callable[[], str] = token_urlsafe
    visits_url: str = ""
    pages_url: str = ""
    contacts: tuple[str, ...] = ()
    letters: Mapping[str, LetterKind] = field(default_factory=dict)
    guides: Mapping[str, Guide] = field(default_factory=dict)
    result_life: timedelta = timedelta(days=14)
    sms: bool = False
    reach: Reach = field(default_factory=Reach)
    lessons: tuple[Lesson, ...] = ()
    _taught: Mapping[str, Mapping[str, tuple[Option, ...]]] = field(
        init=False, default_factory=dict
    )
    _choices: tuple[Option, ...] = field(init=False, default=())
    _codes: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_choices", _choices(self.offices.values()))
        codes = tuple(office.code for office in self.offices.values())
        object.__setattr__(self, "_codes", codes)
        taught = {office: lessons.offers(self, office) for office in self.catalogs}
        object.__setattr__(self, "_taught", taught)

    def ladder(self, kind: str) -> tuple[str, ...]:
        """The ways to try for that kind of message, in order; a conversation's by default."""
        return self.fallback.get(kind or "talk", ("call",))

    def office(self, office_id: str) -> Office:
        """The office of that id; the first one while none is chosen (it only lends its clock)."""
        return self.offices.get(office_id) or next(iter(self.offices.values()))

    def of_ticket(self, number: str) -> str:
        """The office that gave a ticket its number; "" when none of these did."""
        code = number.partition("-")[0]
        return next((each.id for each in self.offices.values() if each.code == code), "")

    def settle(self, office_id: str) -> str:
        """The office a chat belongs to: the only one there is, else the one chosen before."""
        if len(self.offices) == 1:
            return next(iter(self.offices))
        return office_id if office_id in self.offices else ""

    def catalog(self, office_id: str) -> Catalog:
        """What this office talks about."""
        return self.catalogs[office_id if office_id in self.offices else ""]

    def asking(self, office_id: str, now: datetime) -> tuple[Office, Catalog, Context]:
        """An office that asks again for what was sent to it: with that, consent was given."""
        context = self.context(office_id, consented=True, quiet=False, now=now)
        return self.office(office_id), self.catalog(office_id), context

    def abroad(self, session: Session, office_id: str, now: datetime) -> Abroad:
        """How other offices ask for what they sent back to this chat, by their tickets."""
        found = {}
        for state in session.states.values():
            there = self.of_ticket(state.ticket) if state.ticket else ""
            if there not in ("", office_id):
                _, catalog, context = self.asking(there, now)
                found[state.ticket] = (catalog, context)
        return found

    def context(self, office_id: str, consented: bool, quiet: bool, now: datetime) -> Context:
        """What a turn may know of the world."""
        office = self.office(office_id)
        given: dict[str, Answer] = {}
        if office_id in self.offices:
            given = {"office": office.id, "area": office.area}
        if consented:
            given["consent"] = "yes"
        return Context(
            today=office.today(now),
            given=given,
            offers={
                "offices": self._choices,
                "kelurahan": office.kelurahan,
                **self._taught.get(office_id, {}),
            },
            quiet=quiet,
            calendar=office.calendar,
            codes=self._codes,
        )


def _choices(offices: Collection[Office]) -> tuple[Option, ...]:
    """The offices to choose from, without the first word when it is that of all their names."""
    kinds = {office.name.partition(" ")[0] for office in offices}
    prefix = f"{kinds.pop()} " if len(kinds) == 1 else ""
    return tuple(
        Option(office.id, office.name.removeprefix(prefix), (office.name,)) for office in offices
    )
