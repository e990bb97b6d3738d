"""config.toml and the environment -> Settings, or every mistake at once with key and line.

What there is to set is in settings.py.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_type_hints

from bot.config_check import check
from bot.settings import SECRETS, SECTIONS, OfficeSettings, Settings

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = ROOT / "config.toml"
PREFIX = "LOKET_"


class WrongSettings(Exception):
    """The settings cannot be used; `mistakes` names each with its place."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def read(path: Path, environment: Mapping[str, str]) -> Settings:
    """Settings from a TOML file and LOKET_SECTION__KEY variables.  Raises WrongSettings."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings([f"{path}: cannot be read: {error}"]) from None
    return _Reading(str(path), text, environment).settings()


class _Reading:
    """One reading of one file: where things stand in it, and what is wrong with them."""

    def __init__(self, name: str, text: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self.text = text
        self.environment = environment
        self.mistakes: list[str] = []
        self.from_environment: dict[str, str] = {}
        self.places: dict[str, list[str]] = {}
        """Where each of a list of sections stands; those that cannot be read are not counted."""

    def settings(self) -> Settings:
        try:
            data: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise WrongSettings([f"{self.name}: not TOML: {error}"]) from None
        if "offices" not in data:
            data["offices"] = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))["offices"]
        self._override(data)
        for section in data.keys() - SECTIONS.keys() - {"offices"}:
            self.wrong(section, f"unknown section; known are {', '.join((*SECTIONS, 'offices'))}")
        sections = {
            name: self._section(name, kind, data.get(name, {})) for name, kind in SECTIONS.items()
        }
        offices = {}
        if not isinstance(data["offices"], dict):
            self.wrong("offices", "is no section")
            data["offices"] = {}
        for office, raw in data["offices"].items():
            read_office = self._section(f"offices.{office}", OfficeSettings, raw)
            if read_office is not None:
                offices[office] = read_office
        settings = Settings(offices=offices, **sections)
        check(settings, self.wrong, self.places)
        if self.mistakes:
            raise WrongSettings(self.mistakes)
        return settings

    def wrong(self, key: str, what: str) -> None:
        """Note a mistake at a key ("web.port")."""
        variable = self.from_environment.get(key) or next(
            (name for path, name in self.from_environment.items() if path.startswith(f"{key}.")),
            None,
        )
        place = f"environment {variable}" if variable else f"{self.name}:{self._line(key)}"
        self.mistakes.append(f"{place}: {key}: {what}")

    def _line(self, key: str) -> int:
        """Where a key stands, or else the section or list that should hold it."""
        section, _, name = key.rpartition(".")
        here, counted, line_of_section = "", Counter[str](), 0
        for number, line in enumerate(self.text.splitlines(), 1):
            bare = line.split("#")[0].strip()
            if bare.startswith("["):
                here = bare.strip("[] ")
                if bare.startswith("[["):
                    counted[here] += 1
                    here = f"{here}.{counted[here] - 1}"
                if here in (section, key):
                    line_of_section = number
            elif here == section and re.match(rf"{re.escape(name)}\s*=", bare):
                return number
        return line_of_section or (self._line(section) if section else 1)

    def _override(self, data: dict[str, Any]) -> None:
        for variable, value in self.environment.items():
            if not variable.startswith(PREFIX) or "__" not in variable:
                continue
            path = [part.lower() for part in variable.removeprefix(PREFIX).split("__")]
            place = data
            for part in path[:-1]:
                place = place.setdefault(part, {})
            place[path[-1]] = value
            self.from_environment[".".join(path)] = variable

    def _section(self, name: str, kind: type, raw: Any) -> Any:
        """The section with its wrong values left at their defaults; None if that cannot be."""
        if not isinstance(raw, dict):
            self.wrong(name, "is no section")
            raw = {}
        types = get_type_hints(kind)
        known = {each.name.rstrip("_"): each for each in fields(kind)}  # "from" is Python's
        for key in raw.keys() - known.keys():
            self.wrong(f"{name}.{key}", f"unknown key; known are {', '.join(known)}")
        values = {}
        for key in known.keys() & raw.keys():
            value = self._value(f"{name}.{key}", types[known[key].name], raw[key])
            if value is not MISSING:
                values[known[key].name] = value
        required = {
            key
            for key, each in known.items()
            if each.default is MISSING and each.default_factory is MISSING
        }
        for key in required - raw.keys():
            self.wrong(f"{name}.{key}", "is missing")
        return kind(**values) if {known[key].name for key in required} <= values.keys() else None

    def _value(self, key: str, wanted: Any, value: Any) -> Any:
        """The value in its type, or MISSING after noting that it has another."""
        if key in self.from_environment and wanted is not str:
            value = self._from_text(key, wanted, value)
        if (kind := next(filter(is_dataclass, get_args(wanted)), None)) is not None:
            return self._tables(key, kind, value)
        good = {
            date: type(value) is date,
            str: isinstance(value, str),
            bool: isinstance(value, bool),
            int: isinstance(value, int) and not isinstance(value, bool),
            dict[str, str]: isinstance(value, dict)
            and all(isinstance(each, str) for each in value.values()),
            list[int]: isinstance(value, list) and all(type(each) is int for each in value),
            list[str]: isinstance(value, list) and all(isinstance(each, str) for each in value),
            list[date]: isinstance(value, list) and all(type(each) is date for each in value),
        }
        names = {
            date: "a date (2026-12-31)",
            str: "a text",
            bool: "true or false",
            int: "a whole number",
            dict[str, str]: "a section of texts",
            list[int]: "a list of whole numbers",
            list[str]: "a list of texts",
            list[date]: "a list of dates (2026-12-31)",
        }
        if good[wanted]:
            return value
        shown = "" if key in SECRETS else f", not {value!r}"
        self.wrong(key, f"must be {names[wanted]}{shown}")
        return MISSING

    def _tables(self, key: str, kind: Any, value: Any) -> Any:
        """A list of sections ([[…]]), without those that cannot be read."""
        if not isinstance(value, list):
            self.wrong(key, f"must be a list of sections: [[{key}]]")
            return MISSING
        read = [(at, self._section(f"{key}.{at}", kind, raw)) for at, raw in enumerate(value)]
        good = [(f"{key}.{at}", each) for at, each in read if each is not None]
        self.places[key] = [place for place, _ in good]
        return [each for _, each in good]

    def _from_text(self, key: str, wanted: Any, value: Any) -> Any:
        try:
            return tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            return value
