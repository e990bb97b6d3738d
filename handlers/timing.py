"""When things fall due: the office's choices of config.toml, as every handler is given them."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Timing:
    """After what time people are reminded, and when they are left in peace.

    draft        after the last word on an unfinished request; each once, then silence
    correction   after documents were asked for again
    expiry       after which a request without them is closed, with a warning the day before
    ready        after which somebody is reminded to collect
    visit_day    when somebody is reminded of tomorrow's appointment, in the office's time
    visit_lead   how long before an appointment they are reminded again
    quiet        from and until when nobody is reminded, in the office's time
    digest       when the morning's overview comes
    warn         share of the promised time after which officers are warned
    alarm_every  least time between two alarms to one person, or to the staff chat
    staff_quiet  from and until when alerts to staff make no sound
    valid        how long before a result is good no more its owner is told
    keep         how long finished due work is kept, to be looked at
    """

    draft: tuple[timedelta, ...] = (timedelta(days=1), timedelta(days=3))
    correction: tuple[timedelta, ...] = (timedelta(days=2), timedelta(days=5))
    expiry: timedelta = timedelta(days=14)
    ready: tuple[timedelta, ...] = (timedelta(days=3), timedelta(days=7), timedelta(days=14))
    visit_day: time = time(16)
    visit_lead: timedelta = timedelta(hours=2)
    quiet: tuple[time, time] = (time(20), time(7))
    digest: time = time(7, 30)
    warn: float = 0.8
    alarm_every: timedelta = timedelta(hours=1)
    staff_quiet: tuple[time, time] = (time(18), time(6, 30))
    valid: timedelta = timedelta(days=14)
    keep: timedelta = timedelta(days=400)

    def awake(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The instant itself, or the end of the quiet hours that it falls into."""
        begins, ends = self.quiet
        local = now.astimezone(zone)
        clock = local.time()
        if not _within(clock, begins, ends):
            return now
        day = local.date() + timedelta(days=begins > ends and clock >= begins)
        return datetime.combine(day, ends, zone).astimezone(now.tzinfo)

    def staff_asleep(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether staff want to hear no sound now."""
        return _within(now.astimezone(zone).time(), *self.staff_quiet)


def _within(clock: time, begins: time, ends: time) -> bool:
    """Whether a time of day lies between two others, perhaps over midnight."""
    return clock >= begins or clock < ends if begins > ends else begins <= clock < ends
