"""Every setting: its name, its type, its default.

The defaults are those that config.toml shows.  Knows not where settings come from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.broadcast_settings import BroadcastsSettings
from bot.day_settings import MobileSettings, SeasonSettings, SectionSettings
from flows.calendar import Calendar, Hours
from handlers.retention import Keeping
from handlers.timing import Timing


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    url: str = ""


@dataclass(frozen=True, slots=True)
class FilesSettings:
    path: str = "var/files"
    key: str = ""
    key_path: str = "~/.config/loket/files.key"
    erased_path: str = ""


@dataclass(frozen=True, slots=True)
class WebSettings:
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    token: str = ""
    username: str = ""
    api_url: str = "https://api.telegram.org"
    mode: str = "polling"
    webhook_secret: str = ""
    staff_chat: str = ""


@dataclass(frozen=True, slots=True)
class WhatsappSettings:
    account_sid: str = ""
    auth_token: str = ""
    from_: str = ""
    messaging_service_sid: str = ""
    api_url: str = "https://api.twilio.com"
    per_second: int = 80
    person_seconds: int = 6
    person_burst: int = 10
    catch_up_seconds: int = 180
    price_marketing: int = 0
    price_utility: int = 0
    price_message: int = 0

    @property
    def sender(self) -> str:
        """Our number, as "whatsapp:+62…"; empty when there is none."""
        number = self.from_.removeprefix("whatsapp:")
        return f"whatsapp:{number}" if number else ""

    @property
    def on(self) -> bool:
        """Whether there is a WhatsApp number to speak from."""
        return bool(self.account_sid and self.from_)


@dataclass(frozen=True, slots=True)
class SmsSettings:
    from_: str = ""
    per_second: int = 10
    price: int = 0


WAYS = ("template", "other", "sms", "call")
"""What can be tried for a message that does not arrive."""


@dataclass(frozen=True, slots=True)
class FallbackSettings:
    talk: list[str] = field(default_factory=lambda: ["call"])
    news: list[str] = field(default_factory=lambda: list(WAYS))
    answer: list[str] = field(default_factory=lambda: list(WAYS))
    follow_up: list[str] = field(default_factory=list)
    alert: list[str] = field(default_factory=list)
    reminder: list[str] = field(default_factory=lambda: ["template", "other"])
    broadcast: list[str] = field(default_factory=lambda: ["template"])
    queue: list[str] = field(default_factory=lambda: ["template", "other"])


@dataclass(frozen=True, slots=True)
class ClockSettings:
    now: str = ""

    @property
    def start(self) -> datetime | None:
        """The start of the program's clock; None for the real time."""
        return datetime.fromisoformat(self.now) if self.now else None


@dataclass(frozen=True, slots=True)
class TalkSettings:
    quiet_hours: int = 6
    officer_minutes: int = 30
    consent: str = "2026-11"


@dataclass(frozen=True, slots=True)
class RemindersSettings:
    draft_days: list[int] = field(default_factory=lambda: [1, 3])
    correction_days: list[int] = field(default_factory=lambda: [2, 5])
    expiry_days: int = 14
    ready_days: list[int] = field(default_factory=lambda: [3, 7, 14])
    visit_day: str = "16.00"
    visit_hours: int = 2
    quiet: str = "20.00-07.00"
    digest: str = "07.30"
    warn_percent: int = 80
    alarm_minutes: int = 60
    staff_quiet: str = "18.00-06.30"
    valid_days: int = 14
    keep_days: int = 400

    def timing(self) -> Timing:
        """The same as handlers want it.  Raises ValueError."""
        begins, _, ends = self.quiet.partition("-")
        rests, _, works = self.staff_quiet.partition("-")
        return Timing(
            draft=_days(self.draft_days),
            correction=_days(self.correction_days),
            expiry=timedelta(days=self.expiry_days),
            ready=_days(self.ready_days),
            visit_day=_clock(self.visit_day),
            visit_lead=timedelta(hours=self.visit_hours),
            quiet=(_clock(begins), _clock(ends)),
            digest=_clock(self.digest),
            warn=self.warn_percent / 100,
            alarm_every=timedelta(minutes=self.alarm_minutes),
            staff_quiet=(_clock(rests), _clock(works)),
            valid=timedelta(days=self.valid_days),
            keep=timedelta(days=self.keep_days),
        )


def _days(numbers: list[int]) -> tuple[timedelta, ...]:
    if numbers != sorted(set(numbers)) or any(number < 1 for number in numbers):
        raise ValueError(f"{numbers} must be whole days, growing")
    return tuple(timedelta(days=number) for number in numbers)


def _clock(text: str) -> time:
    match = re.fullmatch(r"(\d{1,2})[.:](\d{2})", text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no time like 07.30")
    return time(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True)
class AppointmentsSettings:
    days_ahead: int = 10
    lead_minutes: int = 60
    priority_hours: int = 24


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    photos_days: int = 90
    answers_days: int = 365
    chat_days: int = 90
    draft_days: int = 30

    def keeping(self) -> Keeping:
        """The same as handlers want it."""
        spans = (self.photos_days, self.answers_days, self.chat_days, self.draft_days)
        return Keeping(*(timedelta(days=n) if n else None for n in spans))


@dataclass(frozen=True, slots=True)
class HealthSettings:
    basic_percent: int = 75
    strict_percent: int = 50


@dataclass(frozen=True, slots=True)
class DeskSettings:
    idle_minutes: int = 60
    session_hours: int = 12


@dataclass(frozen=True, slots=True)
class LettersSettings:
    result_days: int = 14


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    name: str
    code: str
    hours: dict[str, str]
    area: str = "rt_rw"
    address: str = ""
    zone: str = "Asia/Jakarta"
    kelurahan: list[str] = field(default_factory=list)
    check_within: str = "4 jam"
    counters: int = 2
    slot_minutes: int = 15
    priority_seats: int = 0
    waiting_room: int = 0
    protocol: str = "off"
    staff_chat: str = ""
    staff_whatsapp: bool = False
    location: str = ""
    closed: list[date] = field(default_factory=list)
    letterhead: dict[str, str] = field(default_factory=dict)
    seasons: list[SeasonSettings] = field(default_factory=list)
    mobile: list[MobileSettings] = field(default_factory=list)
    sections: list[SectionSettings] = field(default_factory=list)

    def calendar(self) -> Calendar:
        """The office's working days and opening hours."""
        seasons = tuple(each.season(self.hours) for each in self.seasons)
        hours = Hours.read(self.hours)
        return Calendar(hours, ZoneInfo(self.zone), frozenset(self.closed), seasons=seasons)


@dataclass(frozen=True, slots=True)
class Settings:
    offices: Mapping[str, OfficeSettings]
    database: DatabaseSettings = DatabaseSettings()
    files: FilesSettings = FilesSettings()
    web: WebSettings = WebSettings()
    telegram: TelegramSettings = TelegramSettings()
    whatsapp: WhatsappSettings = WhatsappSettings()
    sms: SmsSettings = SmsSettings()
    fallback: FallbackSettings = field(default_factory=FallbackSettings)
    clock: ClockSettings = ClockSettings()
    talk: TalkSettings = TalkSettings()
    desk: DeskSettings = DeskSettings()
    reminders: RemindersSettings = field(default_factory=RemindersSettings)
    appointments: AppointmentsSettings = AppointmentsSettings()
    broadcasts: BroadcastsSettings = field(default_factory=BroadcastsSettings)
    health: HealthSettings = HealthSettings()
    letters: LettersSettings = LettersSettings()
    retention: RetentionSettings = RetentionSettings()

    @property
    def database_url(self) -> str:
        """The database: SQLite in var/ unless one is named."""
        return self.database.url or "sqlite:///var/loket.db"


SECTIONS: Mapping[str, type] = {
    "database": DatabaseSettings,
    "files": FilesSettings,
    "web": WebSettings,
    "telegram": TelegramSettings,
    "whatsapp": WhatsappSettings,
    "sms": SmsSettings,
    "fallback": FallbackSettings,
    "clock": ClockSettings,
    "talk": TalkSettings,
    "desk": DeskSettings,
    "reminders": RemindersSettings,
    "appointments": AppointmentsSettings,
    "broadcasts": BroadcastsSettings,
    "health": HealthSettings,
    "letters": LettersSettings,
    "retention": RetentionSettings,
}

SECRETS = (
    "telegram.token", "telegram.webhook_secret", "whatsapp.auth_token", "files.key", "database.url",
)  # fmt: skip
