"""Core statements compiled once per database, for the hot path.

SQLAlchemy compiles the statement and converts the values; the driver's cursor
executes it.  That leaves about a quarter of the cost of executing Core for each turn.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

Convert = Callable[[Any], Any] | None


class Prepared:
    """One statement with bindparams.  `tx.run(STATEMENT, id=1)` executes it.

    columns  for an INSERT or UPDATE without explicit values: the columns given at each run
    """

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        self.statement = statement
        self.columns = columns
        self._forms: dict[str, _Form] = {}

    def run(self, cursor: Any, dialect: sa.Dialect, values: Mapping[str, Any]) -> int:
        """Execute; returns the number of rows touched."""
        form = self._form(dialect)
        cursor.execute(form.sql, form.bind(values))
        count: int = cursor.rowcount
        return count

    def many(self, cursor: Any, dialect: sa.Dialect, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute once per row."""
        form = self._form(dialect)
        if len(rows) == 1:
            cursor.execute(form.sql, form.bind(rows[0]))
        elif rows:
            cursor.executemany(form.sql, [form.bind(row) for row in rows])

    def one(self, cursor: Any, dialect: sa.Dialect, values: Mapping[str, Any]) -> Any | None:
        """The first row as a named tuple, or None."""
        form = self._form(dialect)
        cursor.execute(form.sql, form.bind(values))
        row = cursor.fetchone()
        return None if row is None else form.read(row)

    def all(self, cursor: Any, dialect: sa.Dialect, values: Mapping[str, Any]) -> list[Any]:
        """All rows as named tuples."""
        form = self._form(dialect)
        cursor.execute(form.sql, form.bind(values))
        return [form.read(row) for row in cursor.fetchall()]

    def bare(self, cursor: Any, dialect: sa.Dialect, values: Mapping[str, Any]) -> list[Any]:
        """All rows as the database gives them: tuples without names, nothing converted."""
        form = self._form(dialect)
        cursor.execute(form.sql, form.bind(values))
        rows: list[Any] = cursor.fetchall()
        return rows

    def _form(self, dialect: sa.Dialect) -> "_Form":
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self.statement, self.columns, dialect)
        return form


class _Form:
    """A statement as one database wants it: its SQL, and how values go in and come out."""

    def __init__(self, statement: Any, columns: Sequence[str] | None, dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self.sql = str(compiled)
        self.positional = compiled.positiontup is not None
        self.fixed = {k: b.value for k, b in compiled.binds.items() if not b.required}
        self.inward: list[tuple[str, Convert]] = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or compiled.binds
        ]
        selected: Any = getattr(statement, "selected_columns", None)
        if selected is None:
            selected = getattr(statement, "exported_columns", ())
        outward = [c.type.dialect_impl(dialect).result_processor(dialect, None) for c in selected]
        self.outward = outward if any(outward) else None
        names = [column.name for column in selected]
        self.make: Callable[[Any], Any] = _row_type(names)._make

    def bind(self, values: Mapping[str, Any]) -> Any:
        given = {**self.fixed, **values} if self.fixed else values
        if self.positional:
            return [
                given[name] if convert is None else convert(given[name])
                for name, convert in self.inward
            ]
        return {
            name: given[name] if convert is None else convert(given[name])
            for name, convert in self.inward
        }

    def read(self, row: Any) -> Any:
        if self.outward is None:
            return self.make(row)
        return self.make(
            value if convert is None else convert(value)
            for value, convert in zip(row, self.outward, strict=True)
        )


def _row_type(names: Sequence[str]) -> Any:
    make: Any = namedtuple  # its names are known only here
    return make("Row", names, rename=True)
