"""Settings: every mistake at once, with its key and line, and no traceback."""

from datetime import date, time
from pathlib import Path
from typing import get_type_hints

import pytest

from bot.config import DEFAULT, WrongSettings, read
from bot.config_check import NO_END, RANGES
from bot.settings import SECTIONS, Settings


def reads(folder: Path, text: str, **environment: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(text)
    return read(file, environment)


def mistakes(folder: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(WrongSettings) as wrong:
        reads(folder, text, **environment)
    return [each.replace(f"{folder}/", "") for each in wrong.value.mistakes]


def test_the_shipped_file_says_what_the_defaults_are(tmp_path: Path) -> None:
    assert read(DEFAULT, {}) == reads(tmp_path, "")


def test_the_shipped_file_names_every_key() -> None:
    text = DEFAULT.read_text()
    for section in (
        "database",
        "files",
        "web",
        "telegram",
        "clock",
        "talk",
        "desk",
        "appointments",
    ):
        for key in getattr(read(DEFAULT, {}), section).__dataclass_fields__:
            assert f"\n{key} = " in text.split(f"[{section}]")[1], f"{section}.{key}"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    settings = reads(
        tmp_path, "[web]\nport = 1\n", LOKET_WEB__PORT="8123", LOKET_OFFICES__PU__CODE="PW"
    )
    assert settings.web.port == 8123
    assert settings.offices["pu"].code == "PW"


def test_one_office_in_the_file_is_the_only_one(tmp_path: Path) -> None:
    text = '[offices.xx]\nname = "X"\ncode = "XX"\n[offices.xx.hours]\nmon = "08.00-12.00"\n'
    assert list(reads(tmp_path, text).offices) == ["xx"]


def test_all_mistakes_are_told_at_once_with_key_and_line(tmp_path: Path) -> None:
    text = """[web]
port = "eighty"
colour = "red"
[telegram]
mode = "pigeon"
[nonsense]
a = 1
[clock]
now = "tomorrow"
"""
    found = mistakes(tmp_path, text, LOKET_DESK__IDLE_MINUTES="0", LOKET_WEB__PUBLIC_URL="ftp://x")
    assert any(each.startswith("config.toml:2: web.port: must be a whole number") for each in found)
    assert any(each.startswith("config.toml:3: web.colour: unknown key") for each in found)
    assert any(each.startswith("config.toml:5: telegram.mode: must be polling") for each in found)
    assert any(each.startswith("config.toml:6: nonsense: unknown section") for each in found)
    assert any(each.startswith("config.toml:9: clock.now: is no time") for each in found)
    assert any(
        each.startswith("environment LOKET_DESK__IDLE_MINUTES: desk.idle_minutes") for each in found
    )
    assert any(
        each.startswith("environment LOKET_WEB__PUBLIC_URL: web.public_url") for each in found
    )
    assert len(found) == 7


def test_webhook_mode_needs_its_secret_and_a_public_address(tmp_path: Path) -> None:
    found = mistakes(tmp_path, '[telegram]\nmode = "webhook"\ntoken = "1:abc"\n')
    assert [each.split(": ")[1] for each in found] == ["telegram.webhook_secret", "web.public_url"]


def test_a_secret_of_the_wrong_type_is_not_shown(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "[telegram]\ntoken = 8675309\n[files]\nkey = 1234567\n")
    assert len(found) == 2
    assert "8675309" not in "".join(found)
    assert "1234567" not in "".join(found)


def test_two_offices_may_not_be_mistaken_for_each_other(tmp_path: Path) -> None:
    office = '[offices.{0}]\nname = "X"\ncode = "{1}"\n[offices.{0}.hours]\nmon = "08.00-12.00"\n'
    assert mistakes(tmp_path, office.format("a", "PU") + office.format("b", "PU"))
    # P and Z enter the check digit as the same figure.
    assert mistakes(tmp_path, office.format("a", "PU") + office.format("b", "ZU"))
    assert reads(tmp_path, office.format("a", "PU") + office.format("b", "QU"))


def test_an_office_without_what_it_needs_is_told_with_its_place(tmp_path: Path) -> None:
    found = mistakes(tmp_path, '[offices.pu]\narea = "village"\n')
    keys = {each.split(": ")[1] for each in found}
    assert {"offices.pu.name", "offices.pu.code", "offices.pu.hours"} <= keys


@pytest.mark.parametrize(
    "text", ["[web", "offices = 3", "[offices]\npu = 1", "web = 1", "[database]\nurl = 'mysql:'"]
)
def test_broken_files_are_refused_in_words(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text)


def test_appointments_fit_a_list_and_a_day(tmp_path: Path) -> None:
    text = "[appointments]\ndays_ahead = 11\nlead_minutes = -1\n[reminders]\nvisit_hours = 0\n"
    pu = {"LOKET_OFFICES__PU__COUNTERS": "-1", "LOKET_OFFICES__PU__SLOT_MINUTES": "1"}
    keys = [each.split(": ")[1] for each in mistakes(tmp_path, text, **pu)]
    assert keys == [
        "reminders.visit_hours", "appointments.days_ahead", "appointments.lead_minutes",
        "offices.pu.counters", "offices.pu.slot_minutes",
    ]  # fmt: skip
    assert mistakes(tmp_path, '[reminders]\nvisit_day = "noon"\n')


OFFICE = """[offices.pu]
name = "X"
code = "PU"
[offices.pu.hours]
mon = "08.00-15.00"
fri = "08.00-11.00"
"""


def test_seasons_and_outings_are_read(tmp_path: Path) -> None:
    text = f"""{OFFICE}
[[offices.pu.seasons]]
from = 2027-02-08
until = 2027-03-09
name = "Ramadan"
hours = {{ mon = "09.00-13.00", fri = "" }}
[[offices.pu.seasons]]
from = 2027-04-01
until = 2027-04-30
hours = {{ sat = "09.00-12.00" }}
[[offices.pu.mobile]]
date = 2026-12-05
hours = "08.00-11.00"
place = "Balai RW 4"
location = "-7.40, 109.25"
"""
    office = reads(tmp_path, text).offices["pu"]
    calendar = office.calendar()
    assert calendar.spans(date(2027, 2, 8)) == ((time(9), time(13)),)
    assert not calendar.is_working(date(2027, 2, 12)), "closed on Fridays of Ramadan"
    assert calendar.is_working(date(2027, 4, 3)), "open on Saturdays of April"
    assert calendar.spans(date(2027, 4, 5)) == ((time(8), time(15)),), "Mondays stay as they are"
    (outing,) = (each.outing() for each in office.mobile)
    assert (outing.day, outing.place) == (date(2026, 12, 5), "Balai RW 4")
    assert outing.location == (-7.40, 109.25)


def test_all_mistakes_of_a_calendar_are_told_with_their_lines(tmp_path: Path) -> None:
    text = f"""{OFFICE}
[[offices.pu.seasons]]
from = 2027-03-09
until = 2027-02-08
hours = {{ mon = "09.00-13.00" }}
[[offices.pu.seasons]]
from = 2027-04-01
until = 2027-04-30
hours = {{ noday = "09.00-13.00" }}
[[offices.pu.seasons]]
from = 2027-05-01
until = 2027-05-30
hours = {{ sat = "09.00-13.00" }}
[[offices.pu.seasons]]
from = 2027-05-30
until = "June"
hours = {{ sat = "09.00-13.00" }}
[[offices.pu.seasons]]
from = 2027-05-30
until = 2027-06-30
hours = {{ sun = "09.00-13.00" }}
[[offices.pu.mobile]]
date = 2026-12-05
hours = "8-11"
place = "Balai RW 4"
[[offices.pu.mobile]]
date = 2026-12-05
hours = "08.00-11.00"
place = "Balai RW 4"
location = "north"
[[offices.pu.mobile]]
hours = "08.00-11.00"
place = "Balai RW 5"
"""
    found = mistakes(tmp_path, text)
    told = sorted(each.split(": ", 2)[:2] for each in found)
    assert told == [
        ["config.toml:12", "offices.pu.seasons.1"],
        ["config.toml:22", "offices.pu.seasons.3.until"],
        ["config.toml:24", "offices.pu.seasons.4"],
        ["config.toml:28", "offices.pu.mobile.0"],
        ["config.toml:32", "offices.pu.mobile.1"],
        ["config.toml:37", "offices.pu.mobile.2.date"],
        ["config.toml:8", "offices.pu.seasons.0"],
    ]


def test_sections_have_names_of_their_own_and_share_no_service(tmp_path: Path) -> None:
    text = f"""{OFFICE}
[[offices.pu.sections]]
id = "pelayanan"
label = "Seksi Pelayanan Umum"
services = ["ktp_ganti", "kk"]
"""
    (section,) = reads(tmp_path, text).offices["pu"].sections
    assert (section.id, section.services) == ("pelayanan", ["ktp_ganti", "kk"])
    more = """
[[offices.pu.sections]]
id = "pelayanan"
label = "Lain"
services = ["kk"]
[[offices.pu.sections]]
id = "All"
label = "x"
services = []
"""
    found = "\n".join(mistakes(tmp_path, text + more))
    for told in ("'pelayanan' stands twice", "two sections have 'kk'", "'All' is no id",
                 "the label of 'All' must have"):  # fmt: skip
        assert told in found


def test_every_number_has_a_least_and_a_most() -> None:
    numbers = {
        f"{name}.{each}"
        for name, kind in SECTIONS.items()
        for each, wanted in get_type_hints(kind).items()
        if wanted is int
    }
    assert numbers == RANGES.keys()


@pytest.mark.parametrize("key", RANGES)
def test_a_number_beyond_its_range_is_told_with_the_range(tmp_path: Path, key: str) -> None:
    section, _, name = key.partition(".")
    low, high = RANGES[key]
    for number in {low - 1, min(high + 1, NO_END + 1)}:
        found = mistakes(tmp_path, f"[{section}]\n{name} = {number}\n{OFFICE}")
        assert any(f"{key}: must be " in each and str(low) in each for each in found), found


def test_a_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="cannot be read"):
        read(tmp_path / "nowhere.toml", {})
