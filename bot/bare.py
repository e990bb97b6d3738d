"""Errors told without their values: which kind, and where in the program it happened.

A message of an exception may quote what a person wrote, so none goes to the log or to a row.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)


def without_values(error: BaseException) -> BaseException:
    """The same error for a log: its kind and its way through the program, without its message."""
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)


def reason(error: BaseException) -> str:
    """The same in one line, for a row: "KeyError in take:51"."""
    *_, last = (None, *_way(error.__traceback__))
    place = f"{last.tb_frame.f_code.co_name}:{last.tb_lineno}" if last else "?"
    return f"{type(error).__name__} in {place}"


def unawaited(_: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """What an event loop reports when nobody asks how a task ended.

    asyncio's own report quotes the error, and the arguments of what was called.
    """
    error = context.get("exception")
    if error is None:
        log.error("the event loop: %s", context["message"])
        return
    bare = without_values(error)
    log.error("nobody waited for an error: %s", reason(error), exc_info=bare)


def strip(record: logging.LogRecord) -> bool:
    """A filter for the loggers of libraries that log whole errors."""
    if record.exc_info and record.exc_info[1] is not None:
        bare = without_values(record.exc_info[1])
        record.exc_info = (type(bare), bare, bare.__traceback__)
    return True


def _way(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next
