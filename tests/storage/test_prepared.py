"""Prepared statements give back what they were given, on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel.sql.sqltypes import AutoString

from storage.db import Database
from storage.prepared import Prepared
from storage.tables import CONSENTS, INVITES, METADATA, OUTBOX, PEOPLE, SEQUENCES, TICKETS, Utc
from talk import MONDAY

WIB = timezone(timedelta(hours=7))
WORDS = "Ünïcødé \u202eمرحبا 桃 👨‍👩‍👧‍👦🏽 'quoted' \"twice\" 100% %s %(name)s :name {} \\ \n\t;--"
NESTED: dict[str, Any] = {
    "text": WORDS,
    "none": None,
    "yes": True,
    "list": [1, 2.5, "", {}],
    "": {"a": {"b": []}},
}
MOMENT = datetime(2026, 11, 23, 8, 30, 15, 123456, tzinfo=WIB)
TABLES = METADATA.sorted_tables


def value(column: sa.Column[Any], row: int) -> Any:
    """Something demanding for this column; a row that is there where it refers to a table."""
    kind = column.type
    if isinstance(kind, sa.Integer):
        return row if column.primary_key or column.foreign_keys else 1
    if isinstance(kind, sa.Boolean):
        return row % 2 == 0
    if isinstance(kind, sa.JSON):
        return NESTED if row % 2 else [NESTED, None, []]
    if isinstance(kind, Utc):
        return MOMENT + timedelta(days=row)
    if isinstance(kind, sa.Date):
        return (MOMENT + timedelta(days=row)).date()
    assert isinstance(kind, AutoString)
    return f"{WORDS}{row}"


def rows_of(table: sa.Table) -> list[dict[str, Any]]:
    """Two full rows, and one in which everything is NULL that may be."""
    full = [{column.name: value(column, row) for column in table.columns} for row in (1, 2, 3)]
    full[2] |= {column.name: None for column in table.columns if column.nullable}
    return full


def insert(table: sa.Table) -> Prepared:
    return Prepared(sa.insert(table), [column.name for column in table.columns])


def fill(database: Database, tables: Sequence[sa.Table]) -> None:
    for table in tables:
        database.write(lambda tx, table=table: tx.many(insert(table), rows_of(table)))


@pytest.fixture
def people(database: Database) -> Database:
    """A database in which three people are known."""
    fill(database, [PEOPLE])
    return database


# --- all tables -----------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_comes_back_as_it_was_given(database: Database, table: sa.Table) -> None:
    fill(database, TABLES[: TABLES.index(table) + 1])
    wanted = Prepared(sa.select(table).order_by(*table.primary_key.columns))
    found = database.read(lambda tx: tx.all(wanted))
    assert [row._asdict() for row in found] == rows_of(table)
    for row in found:
        times = [each for each in row if isinstance(each, datetime)]
        assert all(each.tzinfo is UTC for each in times)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_prepared_and_plain_core_read_the_same(database: Database, table: sa.Table) -> None:
    fill(database, TABLES[: TABLES.index(table) + 1])
    wanted = sa.select(table).order_by(*table.primary_key.columns)
    prepared = database.read(lambda tx: tx.all(Prepared(wanted)))
    plain = database.read(lambda tx: list(tx.execute(wanted)))
    assert [tuple(row) for row in prepared] == [tuple(row) for row in plain]


def test_what_plain_core_wrote_is_read_by_prepared_statements(database: Database) -> None:
    for table in TABLES:
        database.write(lambda tx, table=table: tx.execute(sa.insert(table), rows_of(table)))
        found = database.read(lambda tx, table=table: tx.all(Prepared(sa.select(table))))
        assert sorted(map(str, found)) == sorted(
            str(type(found[0])(**{**row, **moments(row)})) for row in rows_of(table)
        )


def moments(row: dict[str, Any]) -> dict[str, datetime]:
    return {k: v.astimezone(UTC) for k, v in row.items() if isinstance(v, datetime)}


# --- single statements ----------------------------------------------------------------


def test_an_insert_returns_what_was_asked_for(people: Database) -> None:
    new = Prepared(
        sa.insert(CONSENTS).returning(CONSENTS.c.id, CONSENTS.c.given, CONSENTS.c.at),
        ["office_id", "person_id", "version", "given", "at"],
    )
    row = people.write(
        lambda tx: tx.one(new, office_id="pu", person_id=1, version="1", given=True, at=MOMENT)
    )
    assert row is not None
    assert (row.id, row.given, row.at) == (1, True, MOMENT)
    assert row.given is True
    assert row.at.tzinfo is UTC


def test_an_update_changes_what_it_names_and_counts_its_rows(people: Database) -> None:
    rename = Prepared(sa.update(PEOPLE).where(PEOPLE.c.id <= sa.bindparam("most")), ["name"])
    assert people.write(lambda tx: tx.run(rename, most=2, name=WORDS[::-1])) == 2
    assert people.write(lambda tx: tx.run(rename, most=0, name="nobody")) == 0
    found = people.read(lambda tx: tx.all(Prepared(sa.select(PEOPLE).order_by(PEOPLE.c.id))))
    assert [row.name for row in found] == [WORDS[::-1], WORDS[::-1], f"{WORDS}3"]
    assert [row.phone for row in found] == [f"{WORDS}{n}" for n in (1, 2, 3)]


def test_an_update_may_set_null(database: Database) -> None:
    fill(database, [INVITES])
    unused = Prepared(
        sa.update(INVITES).where(INVITES.c.id == sa.bindparam("which")), ["used_at", "role"]
    )
    which = f"{WORDS}1"
    database.write(lambda tx: tx.run(unused, which=which, used_at=None, role="officer"))
    found = Prepared(sa.select(INVITES).where(INVITES.c.id == sa.bindparam("which")))
    row = database.read(lambda tx: tx.one(found, which=which))
    assert row is not None
    assert row.used_at is None
    assert (row.role, row.expires_at) == ("officer", MOMENT + timedelta(days=1))


def test_values_fixed_in_the_statement_need_not_be_given(database: Database) -> None:
    new = Prepared(sa.insert(SEQUENCES).values(office_id="pu", series=sa.bindparam("of"), last=7))
    database.write(lambda tx: tx.run(new, of="2026"))
    sevens = Prepared(sa.select(SEQUENCES).where(SEQUENCES.c.last == 7, SEQUENCES.c.series != ""))
    assert database.read(lambda tx: tx.all(sevens)) == [("pu", "2026", 7)]


def test_text_takes_and_gives_typed_values(database: Database) -> None:
    new = Prepared(
        sa.text(
            "INSERT INTO people (office_id, name, phone, consent, created_at)"
            " VALUES ('pu', :name, '', '100%', :at)"
        ).bindparams(sa.bindparam("at", type_=Utc()))
    )
    assert database.write(lambda tx: tx.run(new, name=WORDS, at=MOMENT)) == 1
    found = Prepared(
        sa.text("SELECT name, consent, created_at FROM people WHERE name = :name").columns(
            PEOPLE.c.name, PEOPLE.c.consent, PEOPLE.c.created_at
        )
    )
    row = database.read(lambda tx: tx.one(found, name=WORDS))
    assert row == (WORDS, "100%", MOMENT)
    assert row.created_at.tzinfo is UTC


def test_a_label_names_the_column(people: Database) -> None:
    counted = Prepared(sa.select(sa.func.count().label("amount")).select_from(PEOPLE))
    row = people.read(lambda tx: tx.one(counted))
    assert row is not None
    assert row.amount == 3


def test_two_columns_of_one_name_do_not_hide_the_others(people: Database) -> None:
    double = Prepared(sa.select(PEOPLE.c.id, PEOPLE.c.id.label("again"), PEOPLE.c.office_id))
    row = people.read(lambda tx: tx.all(double))[0]
    assert (row.id, row.again, row.office_id) == (1, 1, f"{WORDS}1")


def test_one_statement_serves_both_databases(sqlite: Database, postgresql: Database) -> None:
    new, found = insert(PEOPLE), Prepared(sa.select(PEOPLE).order_by(PEOPLE.c.id))
    for database in (sqlite, postgresql, sqlite, postgresql):
        database.write(lambda tx: tx.execute(sa.delete(PEOPLE)))
        database.write(lambda tx: tx.many(new, rows_of(PEOPLE)))
        rows = database.read(lambda tx: tx.all(found))
        assert [row._asdict() for row in rows] == rows_of(PEOPLE)


# --- none, one, many ------------------------------------------------------------------


def test_no_row_is_none(people: Database) -> None:
    nobody = Prepared(sa.select(PEOPLE).where(PEOPLE.c.id == 404))
    assert people.read(lambda tx: tx.one(nobody)) is None
    assert people.read(lambda tx: tx.all(nobody)) == []


def test_one_gives_the_first_of_several(people: Database) -> None:
    everyone = Prepared(sa.select(PEOPLE.c.id).order_by(PEOPLE.c.id.desc()))
    row = people.read(lambda tx: tx.one(everyone))
    assert row is not None
    assert row.id == 3


@pytest.mark.parametrize("amount", [0, 1, 2, 300])
def test_many_executes_once_per_row(database: Database, amount: int) -> None:
    rows = [{"office_id": "pu", "series": f"{n:03}", "last": n} for n in range(amount)]
    database.write(lambda tx: tx.many(insert(SEQUENCES), rows))
    found = Prepared(sa.select(SEQUENCES).order_by(SEQUENCES.c.series))
    assert [row._asdict() for row in database.read(lambda tx: tx.all(found))] == rows


# --- mistakes -------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["office_id", "name", "created_at", "id"])
def test_a_missing_value_is_an_error(database: Database, missing: str) -> None:
    row = rows_of(PEOPLE)[0]
    del row[missing]
    with pytest.raises(KeyError, match=missing):
        database.write(lambda tx: tx.run(insert(PEOPLE), **row))
    with pytest.raises(KeyError, match=missing):
        database.write(lambda tx: tx.many(insert(PEOPLE), [rows_of(PEOPLE)[0], row]))
    assert database.read(lambda tx: tx.all(Prepared(sa.select(PEOPLE)))) == []


def test_a_missing_condition_is_an_error(people: Database) -> None:
    found = Prepared(sa.select(PEOPLE).where(PEOPLE.c.id == sa.bindparam("person")))
    with pytest.raises(KeyError, match="person"):
        people.read(lambda tx: tx.one(found))
    rename = Prepared(sa.update(PEOPLE).where(PEOPLE.c.id == sa.bindparam("person")), ["name"])
    with pytest.raises(KeyError, match="person"):
        people.write(lambda tx: tx.run(rename, name="everybody"))


def test_a_naive_datetime_is_refused_everywhere(people: Database) -> None:
    naive = MONDAY.replace(tzinfo=None)
    moved = Prepared(sa.update(PEOPLE), ["created_at"])
    with pytest.raises(ValueError, match="naive"):
        people.write(lambda tx: tx.run(moved, created_at=naive))
    before = Prepared(sa.select(PEOPLE).where(PEOPLE.c.created_at < sa.bindparam("moment")))
    with pytest.raises(ValueError, match="naive"):
        people.read(lambda tx: tx.all(before, moment=naive))


def test_null_where_none_is_allowed_is_refused(database: Database) -> None:
    row = {**rows_of(PEOPLE)[0], "name": None}
    with pytest.raises(Exception, match=r"(?i)not.null"):
        database.write(lambda tx: tx.run(insert(PEOPLE), **row))


def test_words_are_never_part_of_the_statement(people: Database) -> None:
    evil = "'; DROP TABLE people; --"
    rename = Prepared(sa.update(PEOPLE).where(PEOPLE.c.name == sa.bindparam("was")), ["name"])
    assert people.write(lambda tx: tx.run(rename, was=evil, name="")) == 0
    assert people.write(lambda tx: tx.run(rename, was=f"{WORDS}1", name=evil)) == 1
    names = people.read(lambda tx: tx.all(Prepared(sa.select(PEOPLE.c.name))))
    assert (evil,) in names


# --- anything -------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
DOCUMENT = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
ANY_TIME = st.datetimes(
    datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=st.timezones() | st.just(WIB)
)
NEW_TICKET = insert(TICKETS)
ALL_TICKETS = Prepared(sa.select(TICKETS))
NEW_MESSAGE = insert(OUTBOX)
ALL_MESSAGES = Prepared(sa.select(OUTBOX))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.dictionaries(TEXT, DOCUMENT, max_size=4), warnings=st.lists(TEXT, max_size=4))
def test_any_document_survives(
    database: Database, answers: dict[str, Any], warnings: list[str]
) -> None:
    if not database.read(lambda tx: tx.all(Prepared(sa.select(PEOPLE)))):
        fill(database, [table for table in TABLES if table.name in ("people", "conversations")])
    ticket = {**rows_of(TICKETS)[0], "answers": answers, "warnings": warnings}
    database.write(lambda tx: tx.execute(sa.delete(TICKETS)))
    database.write(lambda tx: tx.run(NEW_TICKET, **ticket))
    (row,) = database.read(lambda tx: tx.all(ALL_TICKETS))
    assert (row.answers, row.warnings) == (answers, warnings)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=TEXT, due_at=ANY_TIME, lease_until=st.none() | ANY_TIME)
def test_any_text_and_any_moment_survive(
    database: Database, payload: str, due_at: datetime, lease_until: datetime | None
) -> None:
    message = {
        **rows_of(OUTBOX)[0], "payload": payload, "due_at": due_at, "lease_until": lease_until
    }  # fmt: skip
    database.write(lambda tx: tx.execute(sa.delete(OUTBOX)))
    database.write(lambda tx: tx.run(NEW_MESSAGE, **message))
    (row,) = database.read(lambda tx: tx.all(ALL_MESSAGES))
    assert row.payload == payload
    assert row.due_at == due_at.astimezone(UTC)
    assert row.lease_until == (lease_until and lease_until.astimezone(UTC))
