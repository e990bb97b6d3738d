"""Starts as options of a question: a few good times, the days, the hours of a chosen day."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flows import slots
from flows.model import Answers, Option
from handlers.agenda import HERE, place_id
from handlers.offices import House, Office
from handlers.words import say_clock, say_day, say_short_time, say_weekday

OFFERED_TIMES = {"slot": "slots", "day": "days", "time": "times"}
"""Which offers each of these questions shows."""
SLOT, DAY = "%Y%m%d%H%M", "%Y%m%d"
"""How an option names a start or a day: in the office's time, "-" and the place if elsewhere."""
OTHER = "other"


def times(
    house: House,
    office: Office,
    room: Sequence[datetime],
    answers: Answers,
    now: datetime,
    place: str,
) -> dict[str, tuple[Option, ...]]:
    """The options of each question about a time."""
    calendar, zone = office.calendar, office.calendar.zone
    local = {start: start.astimezone(zone) for start in room}
    mark = f"-{place_id(place)}" if place != HERE else ""
    chosen = str(answers.get("day", ""))
    days = slots.days(calendar, room)
    day = next((each for each in days if each.strftime(DAY) == chosen), None)
    hours = slots.hours(calendar, room, day) if day is not None else []
    return {
        "slots": tuple(
            Option(f"{local[start]:{SLOT}}{mark}", say_short_time(start, zone))
            for start in slots.good(calendar, room)
        ),
        "days": tuple(
            Option(each.strftime(DAY), say_day(each), words)
            for each, words in _named(house, days, office.today(now))
        ),
        "times": tuple(
            Option(
                f"{local[start]:{SLOT}}{mark}", say_clock(start, zone), _hours(house, local[start])
            )
            for start in hours
        ),
    }


def start_of(answers: Answers, zone: ZoneInfo) -> datetime | None:
    """The start that was chosen; None for the button of something else."""
    try:
        local = datetime.strptime(_chosen(answers).partition("-")[0], SLOT)
    except ValueError:
        return None
    return local.replace(tzinfo=zone).astimezone(UTC)


def place_of(answers: Answers, places: Iterable[str]) -> str:
    """The place that was chosen with the time, or before it; the office when there is none such."""
    wanted = _chosen(answers).partition("-")[2] or str(answers.get("place", ""))
    return next((each for each in places if place_id(each) == wanted), HERE)


def _chosen(answers: Answers) -> str:
    return str(answers.get("time") or answers.get("slot") or "")


def _named(house: House, days: list[date], today: date) -> Iterable[tuple[date, tuple[str, ...]]]:
    """Each day with more words for it: its name belongs to the next day of that name."""
    seen: set[str] = set()
    for day in days:
        name = say_weekday(day)
        words = () if name in seen else (name,)
        if day == today + timedelta(days=1):
            words = (*words, house.words.say("said_tomorrow"))
        seen.add(name)
        yield day, words


def _hours(house: House, local: datetime) -> tuple[str, ...]:
    if local.minute:
        return ()
    return tuple(house.words.say("said_hour", hour=local.hour).splitlines())
