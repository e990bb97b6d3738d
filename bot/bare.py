"""Errors told without their values: which kind, and where in the program it happened.

A message of an exception may quote what a person wrote, so none goes to the log or to a row.
"""

from collections.abc import Iterator
from types import TracebackType


def without_values(error: BaseException) -> BaseException:
    """The same error for a log: its kind and its way through the program, without its message."""
    return RuntimeError(type(error).__name__).with_traceback(error.__traceback__)


def reason(error: BaseException) -> str:
    """The same in one line, for a row: "KeyError in take:51"."""
    *_, last = (None, *_way(error.__traceback__))
    place = f"{last.tb_frame.f_code.co_name}:{last.tb_lineno}" if last else "?"
    return f"{type(error).__name__} in {place}"


def _way(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next
