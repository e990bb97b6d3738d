"""Where a turn's time goes: timers around the doors between the layers.

The functions at the doors are replaced by timed ones while a round runs; what happens inside
runs as ever.  A timer costs well under a microsecond, a profiler much more.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import handlers.effects
import handlers.inbound
import storage.db
from handlers.message import Message
from storage.prepared import Prepared

DOORS: tuple[tuple[str, Any, str], ...] = (
    ("engine", handlers.inbound, "converse"),
    ("wording", handlers.effects, "speak"),
    ("session and payload", handlers.inbound, "decode"),
    ("session and payload", handlers.inbound, "encode"),
    ("session and payload", Message, "payload"),
    ("storage: statements", Prepared, "run"),
    ("storage: statements", Prepared, "many"),
    ("storage: statements", Prepared, "one"),
    ("storage: statements", Prepared, "all"),
    ("turns", storage.db, "_in_savepoint"),
    ("groups", storage.db.Database, "_commit_group"),
)
"""(whose time it is, where the function is looked up, its name)"""


@contextmanager
def timed() -> Iterator[dict[str, float]]:
    """The seconds spent behind each door while the block runs."""
    spent: dict[str, float] = defaultdict(float)
    kept = [(place, name, getattr(place, name)) for _, place, name in DOORS]
    for (share, place, name), (_, _, function) in zip(DOORS, kept, strict=True):
        setattr(place, name, _timed(function, share, spent))
    try:
        yield spent
    finally:
        for place, name, function in kept:
            setattr(place, name, function)


def shares(spent: dict[str, float], wall: float) -> dict[str, float]:
    """The parts of `wall` seconds, adding up to 1."""
    inner = sum(spent[name] for name in spent if name not in ("turns", "groups"))
    parts = {name: spent[name] for name in spent if name not in ("turns", "groups")}
    parts["other handlers, savepoint"] = spent["turns"] - inner
    parts["commit"] = spent["groups"] - spent["turns"]
    parts["waiting between groups"] = wall - spent["groups"]
    return {name: seconds / wall for name, seconds in parts.items()}


def _timed(function: Callable[..., Any], share: str, spent: dict[str, float]) -> Any:
    def run(*arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[share] += time.perf_counter() - started

    return run
