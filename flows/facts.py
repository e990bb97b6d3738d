"""Derived answers: named, tested functions where a guard needs more than equality.

A flow lists the facts it uses; each fact reads answers of fixed step names and
yields one of a few values, or None while those answers are missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from flows.model import Answer, Answers, Context, Flow

ADULT = 17
RECORDING = 16
MARRIAGE_AGE = 19
WEDDING_NOTICE = 10


@dataclass(frozen=True, slots=True)
class Fact:
    """A derived answer: the steps it reads, the values it can have, and how it is found."""

    needs: tuple[str, ...]
    values: tuple[str, ...]
    find: Callable[[Answers, Context], str | None]


def facts(flow: Flow, answers: Answers, context: Context) -> Mapping[str, Answer]:
    """Everything a guard may look at: given values, answers, and the flow's derived facts."""
    known: dict[str, Answer] = {**context.given, **answers}
    for name in flow.facts:
        fact = FACTS[name]
        value = fact.find(known, context) if all(step in known for step in fact.needs) else None
        if value is not None:
            known[name] = value
    return known


def age(born: date, today: date) -> int:
    """Completed years of life on `today`."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _date(answers: Answers, step: str) -> date:
    return date.fromisoformat(str(answers[step]))


def _age_band(answers: Answers, context: Context) -> str:
    """A child's identity card has no photo under 5 and ends at 17 (Permendagri 2/2016)."""
    years = age(_date(answers, "born"), context.today)
    return "under_5" if years < 5 else "child" if years < ADULT else "adult"


def _recording_age(answers: Answers, context: Context) -> str:
    """Face and fingerprints may be taken at 16; the card is for 17 and older (UU 24/2013)."""
    years = age(_date(answers, "born"), context.today)
    return "too_young" if years < RECORDING else "early" if years < ADULT else "adult"


def _photo_colour(answers: Answers, context: Context) -> str:
    """Medan asks a red background for odd birth years and a blue one for even years."""
    return "red" if _date(answers, "born").year % 2 else "blue"


def _wedding_notice(answers: Answers, context: Context) -> str | None:
    """Working days left to the akad: ten or more need no dispensation (PMA 30/2024)."""
    if context.calendar is None:
        return None
    akad = _date(answers, "akad")
    if akad < context.today:
        return "past"
    left = context.calendar.working_days_between(context.today, akad)
    return "enough" if left >= WEDDING_NOTICE else "short"


def _couple_age(answers: Answers, context: Context) -> str:
    """Under 19 a court decides, not the camat (UU 16/2019); 19 to 21 needs parental consent."""
    youngest = max(_date(answers, "groom_born"), _date(answers, "bride_born"))
    years = age(youngest, _date(answers, "akad"))
    return "under_19" if years < MARRIAGE_AGE else "under_21" if years < 21 else "adult"


FACTS: Mapping[str, Fact] = {
    "age_band": Fact(("born",), ("under_5", "child", "adult"), _age_band),
    "recording_age": Fact(("born",), ("too_young", "early", "adult"), _recording_age),
    "photo_colour": Fact(("born",), ("red", "blue"), _photo_colour),
    "wedding_notice": Fact(("akad",), ("past", "enough", "short"), _wedding_notice),
    "couple_age": Fact(
        ("akad", "groom_born", "bride_born"), ("under_19", "under_21", "adult"), _couple_age
    ),
}
