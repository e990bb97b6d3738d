"""Aware datetimes, stored in UTC."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime, Dialect, TypeDecorator


class Utc(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(NAIVE)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Any:
        """On SQLite straight to its text: a turn writes many times, and this is half the cost."""
        return _write if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """On SQLite straight from its text."""
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


NAIVE = "a naive datetime has no place in the database"
SHOWN = 26
"""Characters of "2026-11-23 01:00:00.000000"."""


@lru_cache(maxsize=64)
def _write(value: datetime | None) -> str | None:
    """SQLite's text of an aware datetime, in UTC, as SQLAlchemy writes it.

    Remembered, because one turn writes its own time into every row.
    """
    if value is None:
        return None
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise ValueError(NAIVE)
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:SHOWN]


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
