"""The language of flows/*.toml: steps, options and standards as they are written.

One text at a time; what only the whole flow can show to be wrong is `flows/rules.py`'s.
The language never grows expressions.
"""

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.asides import HEARD, Aside, Asides
from flows.checks import CHECKS
from flows.mistakes import File, typed
from flows.model import KINDS, Flow, Kind, Option, Source, Standard, Step
from flows.rules import ITEM, check_flow, check_service

ASIDE_KEYS: Mapping[str, type] = {
    "ask": str, "words": list, "has": list, "heard": str, "buttons": list, "instead": str,
}  # fmt: skip
ASIDE_PLACEHOLDERS = frozenset({"office", "address", "hours", "title", "cases", "sla"})
"""What {…} may stand in an aside; the last two make it speak of the service that is meant."""
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
STANDARDS = ("sla", "fee", "validity", "pickup")
VALID = re.compile(r"(\d{1,3}) (hari|bulan|tahun)")
"""How long a result is good for, once it is collected."""
_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns files into flows; `parts` are the talks whose steps others may include."""

    parts: Mapping[str, list[dict[str, Any]]]
    own: Mapping[str, Option]

    def flow(self, file: File, office: str) -> Flow:
        """One text as an office offers it.  What is wrong is noted in the file."""
        data = file.data
        for key in data.keys() - FLOW_KEYS.keys():
            file.wrong(f"unknown key {key!r}; known are {', '.join(sorted(FLOW_KEYS))}", key)
        override = data.get("offices", {}).get(office, {})
        override = typed(file, override, OFFICE_KEYS, f"offices.{office}.")
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
        check_flow(file, flow)
        if file.name.startswith("services/"):
            check_service(file, flow)
        if flow.practice and any(step.record for step in flow.steps):
            file.wrong("a practice run records nothing", "practice")
        return flow

    def _steps(
        self, file: File, raws: list[dict[str, Any]], overrides: Mapping[str, Any]
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
            changed = typed(file, overrides.get(str(raw[kinds[0]]), {}), STEP_KEYS, of)
            if changed.get("drop"):
                continue
            yield _step(file, kinds[0], {**typed(file, raw, STEP_KEYS, of), **changed})


def _step(file: File, kind: Kind, raw: Mapping[str, Any]) -> Step:
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
        options=tuple(option(file, key, each) for key, each in raw.get("options", {}).items()),
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


def option(file: File, name: str, raw: Any) -> Option:
    """One option or command, written as a label or as a table."""
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


def _standard(file: File, raw: Mapping[str, Any]) -> Mapping[str, Standard]:
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


def short_answers(file: File, commands: Mapping[str, Option], slang: Mapping[str, str]) -> Asides:
    """The short answers of talks/asides.toml."""
    found = {}
    for name, raw in file.data.items():
        if name == "title":
            continue
        each = typed(file, raw, ASIDE_KEYS, f"{name}.")
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
