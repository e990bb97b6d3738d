"""Numbers that name a person, a family or a telephone.

NIK and KK number are both 16 digits (area, DDMMYY, serial) and people swap
them.  Knows how the numbers are built, not whose they are: no register is asked.
"""

import re
from datetime import date
from functools import lru_cache
from typing import Literal

import phonenumbers
from stdnum.id import nik as stdnum_nik

from flows.cleaning import digit_runs, find_digits, plain, straighten
from flows.days import puts_off
from flows.verdicts import Checked, Refused

Sex = Literal["male", "female"]

LENGTH = 16
# python-stdnum 2.2 lists the provinces of before 2012, so it would refuse people
# first registered in North Kalimantan (65) or in the newer Papuan provinces.
NEWER_PROVINCES = frozenset({"65", "92", "93", "95", "96"})
# We have seen no 16-digit KK number with an older date; not from a regulation.
FIRST_KK_YEAR = 1996
# '+81…' is Japan, not a bare Indonesian '81…'; '08123g45' has a digit we cannot read.
_NOT_OURS = re.compile(r"\+\s*(?!62|0)[1-9]|\d[^\W\d_]{1,2}\d")


def check_nik(text: str, today: date) -> Checked:
    digits = _read(text, "nik")
    _birth(digits, today)
    # python-stdnum takes the day modulo 40 (so 81 would pass as 1) and does not
    # look at the serial: date and serial are checked here, its share is the area.
    if digits[:2] not in NEWER_PROVINCES and not _registers(digits[:4]):
        raise Refused("nik_area", area=digits[:2])
    if digits.endswith("0000"):
        raise Refused("nik_serial")
    return Checked(digits)


def check_kk(text: str, today: date) -> Checked:
    """Day + 40 exists only in a woman's NIK, so such a 'KK number' is surely a NIK.

    A date from before the numbers existed is often a man's NIK: a warning, as
    our year for that is an assumption.
    """
    digits = _read(text, "kk")
    day, month, year = _day_month_year(digits)
    if 41 <= day <= 71 and _dated(day - 40, month, year, today):
        raise Refused("kk_looks_like_nik")
    recorded = _dated(day, month, year, today)
    if recorded is None:
        raise Refused("kk_date")
    if digits.endswith("0000"):
        raise Refused("kk_serial")
    return Checked(digits, "kk_old" if recorded.year < FIRST_KK_YEAR else "")


def nik_birth(nik: str, today: date) -> tuple[date, Sex]:
    """The birth date and sex a NIK carries.

    The century is not in the number: we take the latest that is not in the
    future, so a person of 100 or more is read as a small child.
    """
    return _birth(find_digits(nik, LENGTH), today)


def nik_matches(nik: str, born: date) -> bool:
    """Whether day, month and two-digit year agree with a birth date.

    A corrected birth date does not change the NIK (Permendagri 108/2019), so a
    mismatch is a remark for the officer and never a refusal.
    """
    day, month, year = _day_month_year(find_digits(nik, LENGTH))
    return (day - 40 if day > 40 else day, month, year) == (born.day, born.month, born.year % 100)


def swapped(nik: str, kk: str, today: date) -> bool:
    """Whether a NIK and a KK number look exchanged, or are one number given twice.

    Certain: equal numbers, and a 'KK' with a woman's day (41–71).  Otherwise a
    guess, used only to ask again: the 'KK' is dated before such numbers existed,
    so it fits a birth date only, while the 'NIK' could be a recording date.
    Two people born since 1996 cannot be told apart this way; nor can two NIKs of
    older men.  We then say False.
    """
    nik, kk = find_digits(nik, LENGTH), find_digits(kk, LENGTH)
    if nik == kk:
        return True
    if len(nik) != LENGTH or len(kk) != LENGTH:
        return False
    if 41 <= _day_month_year(kk)[0] <= 71:
        return True
    born_or_recorded = _dated(*_day_month_year(nik), today)
    family = _dated(*_day_month_year(kk), today)
    if born_or_recorded is None or family is None:
        return False
    return born_or_recorded.year >= FIRST_KK_YEAR > family.year


def check_phone(text: str, today: date) -> Checked:
    """An Indonesian mobile number as E.164; '+62', '62', '08' and a bare '8' all begin one."""
    runs = list(digit_runs(text))
    if not runs:
        raise Refused("phone_empty")
    if _NOT_OURS.search(straighten(plain(text))):
        raise Refused("phone_wrong")
    for digits in ["".join(run) for run in runs] + [group for run in runs for group in run]:
        if number := _mobile(digits.lstrip("0")):
            return Checked(number)
    raise Refused("phone_wrong")


def _mobile(digits: str) -> str | None:
    national = digits.removeprefix("62").lstrip("0")
    if not national.startswith("8"):
        return None
    try:
        number = phonenumbers.parse("0" + national, "ID")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number_for_region(number, "ID"):
        return None
    if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _read(text: str, kind: str) -> str:
    digits = find_digits(text, LENGTH)
    if not digits:
        raise Refused(f"{kind}_later" if puts_off(text, by_day=True) else f"{kind}_empty")
    if len(digits) != LENGTH:
        which = "short" if len(digits) < LENGTH else "long"
        raise Refused(f"{kind}_{which}", digits=len(digits))
    return digits


@lru_cache(maxsize=1024)
def _registers(area: str) -> bool:
    """Whether a regency has these four digits; most people who come have the same ones."""
    return bool(stdnum_nik.is_valid(f"{area}010101700001"))


def _birth(digits: str, today: date) -> tuple[date, Sex]:
    if len(digits) != LENGTH:
        raise Refused("nik_date")
    day, month, year = _day_month_year(digits)
    born = _dated(day - 40 if day > 40 else day, month, year, today)
    if born is None:
        raise Refused("nik_date")
    return born, "female" if day > 40 else "male"


def _day_month_year(digits: str) -> tuple[int, int, int]:
    if len(digits) != LENGTH:
        return 0, 0, 0
    return int(digits[6:8]), int(digits[8:10]), int(digits[10:12])


def _dated(day: int, month: int, year: int, today: date) -> date | None:
    """The latest date with this two-digit year that is not in the future."""
    century = today.year // 100 * 100
    for full_year in (century + year, century - 100 + year):
        try:
            found = date(full_year, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    return None
