"""Settings and the files of flows/ and templates/ -> the House that every handler is given."""

import secrets
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bot.channels.whatsapp_templates import load as load_templates
from bot.compiled import cache
from bot.config import ROOT
from bot.day_settings import read_location
from bot.settings import OfficeSettings, Settings
from flows import guides
from flows.calendar import Sla
from flows.catalog import Catalog
from flows.guides import Guide
from flows.health import Protocol
from flows.load import load
from flows.mistakes import Mistake, Mistakes
from flows.model import Option
from flows.numerals import read_roman
from flows.slots import Booking
from handlers import lessons, tokens
from handlers.doors import DIGITS
from handlers.lessons import Lesson
from handlers.letterhead import Letterhead, LetterKind
from handlers.offices import House, Office, Section
from handlers.reach import Reach
from handlers.replies import read as read_replies
from handlers.words import Words


def build(settings: Settings) -> House:
    """Read everything; raises flows.mistakes.Mistakes when a flow cannot be used."""
    areas = {name: office.area for name, office in settings.offices.items()}
    offices = {name: _office(name, office, settings) for name, office in settings.offices.items()}
    catalogs = load(_texts(ROOT / "flows", "*/*.toml"), areas)
    _check_services(offices.values(), catalogs)
    return House(
        offices=offices,
        catalogs=catalogs,
        words=Words(_texts(ROOT / "templates" / "messages", "*.j2"), cache()),
        replies=read_replies(tomllib.loads((ROOT / "templates" / "replies.toml").read_text())),
        consent=settings.talk.consent,
        quiet=timedelta(hours=settings.talk.quiet_hours),
        officer_silence=timedelta(minutes=settings.talk.officer_minutes),
        fallback={kind: tuple(ways) for kind, ways in asdict(settings.fallback).items()},
        timing=settings.reminders.timing(),
        manners=settings.broadcasts.manners(_paces(settings), _prices(settings), _fixed()),
        sms=bool(settings.sms.from_),
        reach=_reach(settings),
        lessons=_lessons(),
        draw=_draw,
        desk_url=_public(settings.web.public_url, "desk/tickets"),
        visits_url=_public(settings.web.public_url, "appointments"),
        token=_token,
        contacts=_contacts(settings),
        letters=_letters(),
        guides=_guides(),
        result_life=timedelta(days=settings.letters.result_days),
        pages_url=_public(settings.web.public_url, ""),
    )


def _check_services(offices: Iterable[Office], catalogs: Mapping[str, Catalog]) -> None:
    """Raises Mistakes where a place or a section names what flows/services does not have."""
    wrong = [
        Mistake(f"config.toml: offices.{office.id}.{key}", f"no service {service!r}")
        for office in offices
        for key, parts in (("mobile", office.outings), ("sections", office.sections))
        for part in parts
        for service in part.services
        if service not in catalogs[office.id].services
    ]
    if wrong:
        raise Mistakes(wrong)


def _paces(settings: Settings) -> dict[str, int]:
    """Messages a second that each channel takes."""
    return {
        "telegram": 30, "whatsapp": settings.whatsapp.per_second, "sms": settings.sms.per_second,
    }  # fmt: skip


def _prices(settings: Settings) -> dict[str, int]:
    """Rupiah, as Manners names them."""
    given = settings.whatsapp
    return {
        "marketing": given.price_marketing, "utility": given.price_utility,
        "message": given.price_message, "sms": settings.sms.price,
    }  # fmt: skip


def _fixed() -> dict[str, int]:
    """Characters of WhatsApp's templates besides their values.  Raises Mistakes."""
    try:
        found = load_templates(ROOT / "templates" / "whatsapp")
    except ValueError as error:
        raise Mistakes([Mistake("templates/whatsapp", str(error))]) from None
    return {template.name: template.fixed for template in found.values()}


def _draw() -> str:
    """Eight random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def _token() -> str:
    """A random token in letters and digits that are not mistaken for each other."""
    return "".join(secrets.choice(tokens.ALPHABET) for _ in range(tokens.LENGTH))


def _contacts(settings: Settings) -> tuple[str, ...]:
    """Our WhatsApp number and our chat page, as far as there are such."""
    number = settings.whatsapp.sender.removeprefix("whatsapp:")
    web = _public(settings.web.public_url, "").rstrip("/")
    return tuple(filter(None, (f"WhatsApp {number}" if number else "", web)))


def _reach(settings: Settings) -> Reach:
    """Where links lead; a chat page that only this machine can open is not told to others."""
    whatsapp = settings.whatsapp.sender.removeprefix("whatsapp:+") if settings.whatsapp.on else ""
    telegram = settings.telegram.username.removeprefix("@")
    return Reach(whatsapp, telegram, settings.web.public_url.rstrip("/"))


def _lessons() -> tuple[Lesson, ...]:
    """Raises Mistakes."""
    try:
        return lessons.read(_texts(ROOT / "templates" / "lessons", "*"))
    except ValueError as error:
        raise Mistakes([Mistake("lessons", line) for line in str(error).split("\n")]) from None


def _letters() -> dict[str, LetterKind]:
    """The services that end in a letter."""
    text = (ROOT / "templates" / "print" / "letters.toml").read_text(encoding="utf-8")
    return {name: LetterKind.read(name, data) for name, data in tomllib.loads(text).items()}


def _guides() -> Mapping[str, Guide]:
    """Help for officers, by service."""
    texts = _texts(ROOT / "templates" / "guides", "*.toml")
    try:
        return guides.read({name.removesuffix(".toml"): text for name, text in texts.items()})
    except ValueError as error:
        raise Mistakes([Mistake("templates/guides", str(error))]) from None


def _texts(folder: Path, pattern: str) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.glob(pattern))
    }


def _office(name: str, office: OfficeSettings, settings: Settings) -> Office:
    names = {each.lower().replace(" ", "_"): each for each in office.kelurahan}
    return Office(
        id=name,
        name=office.name,
        code=office.code,
        area=office.area,
        address=office.address,
        kelurahan=tuple(Option(key, label, _spoken(label)) for key, label in names.items()),
        calendar=office.calendar(),
        check_within=Sla.read(office.check_within),
        staff_chat=office.staff_chat or settings.telegram.staff_chat,
        staff_whatsapp=office.staff_whatsapp,
        booking=Booking(
            minutes=office.slot_minutes,
            counters=office.counters,
            days=settings.appointments.days_ahead,
            lead=timedelta(minutes=settings.appointments.lead_minutes),
            kept=office.priority_seats,
            release=timedelta(hours=settings.appointments.priority_hours),
        ),
        protocol=Protocol(
            usual=office.protocol,
            seats=office.waiting_room,
            shares={
                "basic": settings.health.basic_percent,
                "strict": settings.health.strict_percent,
            },
        ),
        letterhead=Letterhead(**office.letterhead),
        outings=tuple(each.outing() for each in office.mobile),
        location=read_location(office.location),
        sections=tuple(
            Section(each.id, each.label.strip(), tuple(each.services)) for each in office.sections
        ),
    )


def _spoken(name: str) -> tuple[str, ...]:
    """Nobody types roman numerals: "Sukaramai II" is "sukaramai 2"."""
    first, _, last = name.rpartition(" ")
    number = read_roman(last) if first else None
    return (f"{first} {number}",) if number else ()


def _public(public_url: str, path: str) -> str:
    """Where something opens in a browser; empty when Telegram would refuse the link."""
    host = urlsplit(public_url).hostname or ""
    if "." not in host or host.replace(".", "").isdigit():
        return ""
    return f"{public_url.rstrip('/')}/{path}".rstrip("/") + "/"
