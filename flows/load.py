"""From the TOML texts to the catalogues of the offices, or all their mistakes at once.

Knows the language of flows/*.toml and nothing of files: texts come in by name
("services/kk.toml").  The language never grows expressions.
"""

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.asides import HEARD, Aside, Asides
from flows.calendar import Sla
from flows.catalog import Catalog, Suggestion
from flows.checks import CHECKS
from flows.facts import FACTS
from flows.intents import Hint, Intents
from flows.keywords import Keywords
from flows.model import KINDS, Flow, Kind, Option, Source, Standard, Step

ASIDE_KEYS: Mapping[str, type] = {
    "ask": str, "words": list, "has": list, "heard": str, "buttons": list, "instead": str,
}  # fmt: skip
ASIDE_PLACEHOLDERS = frozenset({"office", "address", "hours", "title", "requirements"})
"""What {…} may stand in an aside; the last two make it speak of the service that is meant."""

TOKEN_BYTES = 64
"""Telegram's limit on the data of a button (Bot API, InlineKeyboardButton.callback_data)."""
BUTTON = 18
"""WhatsApp's 20 for a quick reply, of which there are at most three, less its number "1 "."""
ITEM = 22
"""WhatsApp's 24 for a list item, less its number."""

GIVEN: Mapping[str, tuple[str, ...]] = {
    "office": (), "area": ("rt_rw", "lingkungan"), "suggested": ("one", "several"),
    "visit": ("new",),
}  # fmt: skip
"""Values that the handlers give to every flow, for guards."""

PLACEHOLDERS = frozenset(
    (
        "title requirements sla fee validity pickup office address hours area_letter "
        "area_head summary greeting draft missing since suggestion opening count stands "
        "come lesson most_news"
    ).split()
)
"""What {…} may stand in an `ask`; handlers/wording.py fills them."""

STEP_KEYS: Mapping[str, type] = {
    "ask": str, "label": str, "name": str, "options": dict, "offers": str, "when": dict,
    "check": str, "many": bool, "original": bool, "accepts": list, "record": bool,
    "adult": bool, "source": dict, "include": str, "drop": bool,
}  # fmt: skip
FLOW_KEYS: Mapping[str, type] = {
    "title": str, "order": int, "words": list, "facts": list, "legal": list,
    "standard": dict, "steps": list, "offices": dict, "appointment": str, "valid": str,
    "practice": bool,
}  # fmt: skip
OFFICE_KEYS: Mapping[str, type] = {"title": str, "standard": dict, "steps": dict}
TYPES = {str: "a text", int: "a number", bool: "true or false", list: "a list", dict: "a table"}
STANDARDS = ("sla", "fee", "validity", "pickup")
VALID = re.compile(r"(\d{1,3}) (hari|bulan|tahun)")
"""How long a result is good for, once it is collected."""
_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where: file, line and the thing named."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class Mistakes(Exception):
    """The texts cannot be used; `all` holds every mistake found."""

    def __init__(self, found: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.all = found


@dataclass(slots=True)
class _File:
    """One TOML text being read, and the mistakes found on the way."""

    name: str
    text: str
    mistakes: list[Mistake]
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.name.rpartition("/")[2].removesuffix(".toml")

    def wrong(self, what: str, near: str = "") -> None:
        line = self.text[: self.text.find(near)].count("\n") + 1 if near in self.text else 1
        self.mistakes.append(Mistake(f"{self.name}:{line}", what))


def _typed(file: _File, raw: Any, types: Mapping[str, type], of: str = "") -> dict[str, Any]:
    """The same without values of a wrong type, which are reported."""
    if not isinstance(raw, dict):
        file.wrong(f"{of.rstrip('.: ')} must be a table", of)
        return {}
    bad = {key for key in raw.keys() & types.keys() if not isinstance(raw[key], types[key])}
    for key in sorted(bad):
        file.wrong(f"{of}{key} must be {TYPES[types[key]]}", key)
    return {key: value for key, value in raw.items() if key not in bad}


def load(texts: Mapping[str, str], areas: Mapping[str, str]) -> Mapping[str, Catalog]:
    """The catalogue of every office, and under "" the one before an office is chosen.

    texts  TOML by name; "talks/words.toml" holds the words understood everywhere
    areas  per office how addresses are divided: "rt_rw" or "lingkungan"
    Raises Mistakes.
    """
    mistakes: list[Mistake] = []
    files = [_File(name, text, mistakes) for name, text in sorted(texts.items())]
    for file in files:
        try:
            file.data = _typed(file, tomllib.loads(file.text), FLOW_KEYS)
        except tomllib.TOMLDecodeError as error:
            file.wrong(f"not TOML: {error}")
    words = next((file for file in files if file.id == "words"), None)
    if words is None or not {"commands", "own"} <= words.data.keys():
        where = "is missing" if words is None else "needs [commands] and [own]"
        raise Mistakes([*mistakes, Mistake("talks/words.toml", where)])
    commands = {name: _option(words, name, raw) for name, raw in words.data["commands"].items()}
    own = {name: _option(words, name, raw) for name, raw in words.data["own"].items()}
    own["officer"] = commands["officer"]
    short = next((file for file in files if file.id == "asides"), None)
    flows = [file for file in files if file not in (words, short) and file.data]
    asides = _asides(short, commands, words.data.get("slang", {})) if short else Asides()
    parts = {
        file.id: file.data.get("steps", []) for file in flows if file.name.startswith("talks/")
    }
    read = _Reader(parts, own)
    catalogs = {
        office: _catalog(
            words, commands, asides, [(file, read.flow(file, office)) for file in flows]
        )
        for office in ("", *areas)
    }
    for file in flows:
        for office in file.data.get("offices", {}):
            if office not in areas:
                file.wrong(f"offices.{office}: config.toml has no such office", f"offices.{office}")
    if mistakes:
        raise Mistakes(list(dict.fromkeys(mistakes)))
    return catalogs


def _catalog(
    words: _File,
    commands: Mapping[str, Option],
    asides: Asides,
    flows: list[tuple[_File, Flow]],
) -> Catalog:
    services = [(file, flow) for file, flow in flows if file.name.startswith("services/")]
    slang = words.data.get("slang", {})
    services.sort(key=lambda pair: pair[0].data.get("order", 0))
    suggestions = {
        suggestion.hint.flow
        + "".join(f".{v}" for v in suggestion.hint.answers.values()): suggestion
        for _, flow in services
        for suggestion in _suggestions(flow)
    }
    return Catalog(
        services={flow.id: flow for _, flow in services},
        talks={flow.id: flow for file, flow in flows if file.name.startswith("talks/")},
        commands=commands,
        keywords=_keywords(words, commands, asides),
        intents=Intents([each.hint for each in suggestions.values()], slang),
        suggestions=suggestions,
        asides=asides,
    )


def _keywords(words: _File, commands: Mapping[str, Option], asides: Asides) -> Keywords:
    spelled = {name: (option.label, *option.words) for name, option in commands.items()}
    spelled |= {name: aside.words for name, aside in asides.all.items()}
    raw = words.data["commands"].items()
    careful = {name for name, each in raw if isinstance(each, dict) and each.get("careful")}
    return Keywords(spelled, words.data.get("slang", {}), frozenset({*careful, *asides.all}))


def _asides(file: _File, commands: Mapping[str, Option], slang: Mapping[str, str]) -> Asides:
    """The short answers of talks/asides.toml."""
    found = {}
    for name, raw in file.data.items():
        if name == "title":
            continue
        each = _typed(file, raw, ASIDE_KEYS, f"{name}.")
        for key in each.keys() - ASIDE_KEYS.keys():
            file.wrong(f"{name}: unknown key {key!r}", f"[{name}]")
        ask, heard = each.get("ask", "").strip(), each.get("heard", HEARD[0])
        if not (ask or "instead" in each):
            file.wrong(f"{name}: says nothing; add ask", f"[{name}]")
        if heard not in HEARD:
            file.wrong(f"{name}: heard = {heard!r}; known are {', '.join(HEARD)}", f"[{name}]")
        buttons, instead = _tuple(each.get("buttons", ())), each.get("instead", "")
        for button in {*buttons, *filter(None, [instead])} - commands.keys():
            file.wrong(f"{name}: no command {button!r}", f"[{name}]")
        for place in {*_placeholders(ask)} - ASIDE_PLACEHOLDERS:
            file.wrong(f"{name}: {{{place}}} is unknown", f"[{name}]")
        if name in commands:
            file.wrong(f"{name}: a command has that name", f"[{name}]")
        words, has = _tuple(each.get("words", ())), _tuple(each.get("has", ()))
        step = Step(name, "info", ask, "")
        found[name] = Aside(step, words, has, heard, buttons, instead)
    return Asides(found, slang)


def _suggestions(flow: Flow) -> Iterator[Suggestion]:
    yield Suggestion(Hint(flow.id, {}, (flow.title, *flow.words)), flow.title, "")
    for step in flow.steps:
        implied = {key: values[0] for key, values in step.when.items()}
        if step.kind != "choice" or any(len(values) > 1 for values in step.when.values()):
            continue
        for option in step.options:
            if option.words and option.opening:
                answers = {**implied, step.id: option.id}
                hint = Hint(flow.id, answers, (option.label, *option.words))
                yield Suggestion(hint, option.label, option.opening)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns files into flows; `parts` are the talks whose steps others may include."""

    parts: Mapping[str, list[dict[str, Any]]]
    own: Mapping[str, Option]

    def flow(self, file: _File, office: str) -> Flow:
        data = file.data
        for key in data.keys() - FLOW_KEYS.keys():
            file.wrong(f"unknown key {key!r}; known are {', '.join(sorted(FLOW_KEYS))}", key)
        override = data.get("offices", {}).get(office, {})
        override = _typed(file, override, OFFICE_KEYS, f"offices.{office}.")
        steps = tuple(self._steps(file, data.get("steps", []), override.get("steps", {})))
        flow = Flow(
            id=file.id,
            title=override.get("title", data.get("title", file.id)),
            steps=steps,
            words=tuple(data.get("words", ())),
            standard=_standard(file, {**data.get("standard", {}), **override.get("standard", {})}),
            legal=tuple(data.get("legal", ())),
            facts=tuple(data.get("facts", ())),
            own=self.own,
            practice=data.get("practice", False) is True,
            appointment=data.get("appointment", "pickup"),
            valid=data.get("valid", ""),
        )
        if flow.appointment not in ("pickup", "before"):
            file.wrong(f"appointment = {flow.appointment!r}: pickup or before", "appointment")
        if flow.valid and not VALID.fullmatch(flow.valid):
            file.wrong(f"valid = {flow.valid!r}: say it like '6 bulan' or '1 tahun'", "valid")
        if len(flow.title) > ITEM:
            file.wrong(f"title has {len(flow.title)} characters, {ITEM} fit in a list", "title")
        _check_flow(file, flow)
        if file.name.startswith("services/"):
            _check_service(file, flow)
        if flow.practice and any(step.record for step in flow.steps):
            file.wrong("a practice run records nothing", "practice")
        return flow

    def _steps(
        self, file: _File, raws: list[dict[str, Any]], overrides: Mapping[str, Any]
    ) -> Iterator[Step]:
        for number, raw in enumerate(raws, 1):
            if not isinstance(raw, dict):
                file.wrong(f"step {number} must be a table", "steps")
                continue
            if "include" in raw:
                if raw["include"] not in self.parts:
                    file.wrong(f"include = {raw['include']!r}: no talk of that name", "include")
                yield from self._steps(file, self.parts.get(raw["include"], []), overrides)
                continue
            kinds = [kind for kind in KINDS if kind in raw]
            if len(kinds) != 1:
                file.wrong(
                    f"step {number} must have exactly one of {', '.join(KINDS)}", "[[steps]]"
                )
                continue
            of = f"step {raw[kinds[0]]!r}: "
            changed = _typed(file, overrides.get(str(raw[kinds[0]]), {}), STEP_KEYS, of)
            if changed.get("drop"):
                continue
            yield _step(file, kinds[0], {**_typed(file, raw, STEP_KEYS, of), **changed})


def _step(file: _File, kind: Kind, raw: Mapping[str, Any]) -> Step:
    name = str(raw[kind])
    near = f'{kind} = "{name}"'
    for key in raw.keys() - STEP_KEYS.keys() - {kind}:
        file.wrong(f"step {name!r}: unknown key {key!r}", near)
    if not _ID.fullmatch(name):
        file.wrong(f"step {name!r}: names are lower-case letters, digits and _", near)
    if not raw.get("ask"):
        file.wrong(f"step {name!r}: says nothing; add ask", near)
    label = raw.get("label", name)
    if len(label) > ITEM:
        file.wrong(f"step {name!r}: label has {len(label)} characters, {ITEM} fit in a list", near)
    default_check = {"text": "text", "date": "date"}.get(kind, "")
    checked = raw.get("check", default_check)
    if checked and (checked not in CHECKS or not default_check):
        file.wrong(f"step {name!r}: no check {checked!r}; known are {', '.join(CHECKS)}", near)
    for place in _placeholders(raw.get("ask", "")):
        if place not in PLACEHOLDERS:
            file.wrong(f"step {name!r}: {{{place}}} is unknown", near)
    if kind == "document" and "source" not in raw:
        file.wrong(f"step {name!r}: a required document needs its source", near)
    return Step(
        id=name,
        kind=kind,
        ask=raw.get("ask", "").strip(),
        label=label,
        name=raw.get("name", label),
        options=tuple(_option(file, key, each) for key, each in raw.get("options", {}).items()),
        offers=raw.get("offers", ""),
        when={key: _tuple(value) for key, value in raw.get("when", {}).items()},
        check=checked,
        many=raw.get("many", False),
        original=raw.get("original", False),
        accepts=_tuple(raw.get("accepts", ("photo", "pdf"))),
        record=raw.get("record", False),
        adult=raw.get("adult", False),
        source=_source(raw["source"]) if "source" in raw else None,
    )


def _placeholders(text: str) -> Iterator[str]:
    try:
        for _, name, _, _ in string.Formatter().parse(text):
            if name is not None:
                yield name
    except ValueError:
        yield "unbalanced braces"


def _option(file: _File, name: str, raw: Any) -> Option:
    raw = raw if isinstance(raw, dict) else {"label": raw}
    label = raw.get("label")
    if not (isinstance(label, str) and label):
        file.wrong(f"option {name!r} has no label", name)
    return Option(
        name, str(label), _tuple(raw.get("words", ())), str(raw.get("opening", "")),
        str(raw.get("case", "")),
    )  # fmt: skip


def _tuple(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _source(raw: Mapping[str, Any]) -> Source:
    return Source(raw.get("url", ""), str(raw.get("read", "")), bool(raw.get("confirmed", False)))


def _standard(file: _File, raw: Mapping[str, Any]) -> Mapping[str, Standard]:
    standard = {}
    for name, value in raw.items():
        if name not in STANDARDS:
            file.wrong(f"standard.{name} is unknown; known are {', '.join(STANDARDS)}", name)
        elif not isinstance(value, dict) or {"value", "source"} - value.keys():
            file.wrong(f"standard.{name} needs value and source", name)
        else:
            url = {"url": value["source"], **value}
            standard[name] = Standard(str(value["value"]), _source(url))
    return standard


def _check_flow(file: _File, flow: Flow) -> None:
    """Names, guards and limits that only the whole flow can show to be wrong."""
    if flow.practice and file.name.startswith("services/"):
        file.wrong("a practice run is a talk: services become tickets", "practice")
    values: dict[str, tuple[str, ...]] = dict(GIVEN)
    for name in flow.facts:
        if name not in FACTS:
            file.wrong(f"fact {name!r} is unknown; known are {', '.join(FACTS)}", name)
            continue
        values[name] = FACTS[name].values
        for need in FACTS[name].needs:
            if flow.step(need) is None:
                file.wrong(f"fact {name!r} needs a step {need!r}", name)
    seen: set[str] = set()
    for step in flow.steps:
        near = f'{step.kind} = "{step.id}"'
        if step.id in seen:
            file.wrong(f"step {step.id!r} stands twice", near)
        seen.add(step.id)
        for key, allowed in step.when.items():
            if key not in values:
                file.wrong(f"step {step.id!r}: when asks for {key!r}, not answered before it", near)
            for value in allowed:
                if values.get(key) and value not in values[key]:
                    file.wrong(f"step {step.id!r}: {key!r} can never be {value!r}", near)
        _check_options(file, flow, step, near)
        if step.kind in ("choice", "choices", "review"):
            chosen = (option.id for option in step.options)
            values[step.id] = (*GIVEN.get(step.id, ()), *chosen)


def _check_options(file: _File, flow: Flow, step: Step, near: str) -> None:
    limit = BUTTON if len(step.options) <= 3 and not step.offers else ITEM
    for option in step.options:
        if len(option.label) > limit:
            long = f"{len(option.label)} characters, {limit} fit on its button"
            file.wrong(f"step {step.id!r}: {option.label!r} has {long}", near)
        if len(f"{flow.id}/{step.id}:{option.id}".encode()) > TOKEN_BYTES:
            file.wrong(f"step {step.id!r}: names longer than {TOKEN_BYTES} bytes together", near)
    if step.kind in ("choice", "choices") and not step.offers and len(step.options) < 2:
        file.wrong(f"step {step.id!r}: a choice needs two options or more", near)
    if step.kind == "review" and {option.id for option in step.options} != {"send", "change"}:
        file.wrong(f"step {step.id!r}: a review has the options send and change", near)
    if step.kind not in ("choice", "choices", "review") and step.options:
        file.wrong(f"step {step.id!r}: a {step.kind} has no options", near)


def _check_service(file: _File, flow: Flow) -> None:
    if not flow.steps or flow.steps[-1].kind != "review":
        file.wrong("a service ends with a review")
    for name in ("sla", "fee"):
        if name not in flow.standard:
            file.wrong(f"standard.{name} is missing")
    if "sla" in flow.standard:
        try:
            Sla.read(flow.standard["sla"].value)
        except ValueError as error:
            file.wrong(f"standard.sla: {error}", "sla")
