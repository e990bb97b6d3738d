"""From the TOML texts to the catalogues of the offices, or all their mistakes at once.

Knows nothing of files: texts come in by name ("services/kk.toml").
"""

import tomllib
from collections.abc import Iterator, Mapping

from flows.asides import Asides
from flows.catalog import Catalog, Suggestion
from flows.intents import Hint, Intents
from flows.keywords import Keywords
from flows.language import FLOW_KEYS, Reader, option, short_answers
from flows.mistakes import File, Mistake, Mistakes, typed
from flows.model import Flow, Option


def load(texts: Mapping[str, str], areas: Mapping[str, str]) -> Mapping[str, Catalog]:
    """The catalogue of every office, and under "" the one before an office is chosen.

    texts  TOML by name; "talks/words.toml" holds the words understood everywhere
    areas  per office how addresses are divided: "rt_rw" or "lingkungan"
    Raises Mistakes.
    """
    mistakes: list[Mistake] = []
    files = [File(name, text, mistakes) for name, text in sorted(texts.items())]
    for file in files:
        try:
            file.data = typed(file, tomllib.loads(file.text), FLOW_KEYS)
        except tomllib.TOMLDecodeError as error:
            file.wrong(f"not TOML: {error}")
    words = next((file for file in files if file.id == "words"), None)
    if words is None or not {"commands", "own"} <= words.data.keys():
        where = "is missing" if words is None else "needs [commands] and [own]"
        raise Mistakes([*mistakes, Mistake("talks/words.toml", where)])
    commands = {name: option(words, name, raw) for name, raw in words.data["commands"].items()}
    own = {name: option(words, name, raw) for name, raw in words.data["own"].items()}
    own["officer"] = commands["officer"]
    short = next((file for file in files if file.id == "asides"), None)
    flows = [file for file in files if file not in (words, short) and file.data]
    asides = short_answers(short, commands, words.data.get("slang", {})) if short else Asides()
    parts = {
        file.id: file.data.get("steps", []) for file in flows if file.name.startswith("talks/")
    }
    read = Reader(parts, own)
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
    words: File,
    commands: Mapping[str, Option],
    asides: Asides,
    flows: list[tuple[File, Flow]],
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


def _keywords(words: File, commands: Mapping[str, Option], asides: Asides) -> Keywords:
    spelled = {name: (option.label, *option.words) for name, option in commands.items()}
    spelled |= {name: aside.words for name, aside in asides.all.items()}
    raw = words.data["commands"].items()
    careful = {name for name, each in raw if isinstance(each, dict) and each.get("careful")}
    return Keywords(spelled, words.data.get("slang", {}), frozenset({*careful, *asides.all}))


def _suggestions(flow: Flow) -> Iterator[Suggestion]:
    yield Suggestion(Hint(flow.id, {}, (flow.title, *flow.words)), flow.title, "")
    for step in flow.steps:
        implied = {key: values[0] for key, values in step.when.items()}
        if step.kind != "choice" or any(len(values) > 1 for values in step.when.values()):
            continue
        for each in step.options:
            if each.words and each.opening:
                answers = {**implied, step.id: each.id}
                hint = Hint(flow.id, answers, (each.label, *each.words))
                yield Suggestion(hint, each.label, each.opening)
