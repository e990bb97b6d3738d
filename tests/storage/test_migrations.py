"""Both ways to the newest schema, at once and by the scripts, lead to the tables of the code."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import attachments, conversations, schema, search, tickets, views
from storage.db import Database, Tx
from storage.tables import CONSENTS, CONVERSATIONS, METADATA, PEOPLE, STAFF, TICKETS

KINDS = ("sqlite", "postgresql")
SCRIPTS = sorted((schema.FOLDER / "versions").glob("[0-9]*.py"))
CATALOGUE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name <> 'alembic_version'",
    "postgresql": (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " AND tablename <> 'alembic_version'"
    ),
}
INDEXES = {
    "sqlite": f"{CATALOGUE['sqlite']} AND type = 'index' AND sql IS NOT NULL",
    "postgresql": CATALOGUE["postgresql"],
}


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, once of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url = request.getfixturevalue("empty_postgresql_url")
    opened = Database(url)
    yield opened
    opened.close()


def differences(database: Database) -> list[object]:
    """What autogenerate would put into the next migration."""
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
    return list(found)


def catalogue(database: Database, queries: dict[str, str] = CATALOGUE) -> dict[str, str]:
    """What the database itself says of its tables and indexes, or of its indexes only."""
    with database.engine.connect() as connection:
        rows = connection.execute(sa.text(queries[connection.dialect.name])).all()
    return {row[0]: row[1] for row in rows}


def shape(database: Database) -> dict[str, object]:
    """Columns, keys and promises of each table, as the database reports them."""
    seen = sa.inspect(database.engine)
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in columns],
            seen.get_pk_constraint(name)["constrained_columns"],
            sorted(tuple(u["column_names"]) for u in seen.get_unique_constraints(name)),
            sorted(
                (tuple(f["constrained_columns"]), f["referred_table"], tuple(f["referred_columns"]))
                for f in seen.get_foreign_keys(name)
            ),
        )
        for name in METADATA.tables
        for columns in [seen.get_columns(name)]
    }


def table_names(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names())


def downgrade(database: Database, target: str = "base") -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.FOLDER))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, target)
        connection.commit()


# --- both ways lead to the same tables ------------------------------------------------

BOTH_WAYS = pytest.mark.parametrize("bring", [schema.upgrade, schema.migrate])
Bring = Callable[[Database], object]


@BOTH_WAYS
def test_an_empty_database_is_brought_to_the_tables_of_the_code(
    empty: Database, bring: Bring
) -> None:
    bring(empty)
    assert differences(empty) == []
    assert table_names(empty) == {*METADATA.tables, "alembic_version"}
    assert schema.version(empty) == schema.HEAD


def test_the_scripts_and_the_short_way_differ_in_nothing(empty: Database) -> None:
    schema.upgrade(empty)
    at_once, indexes = shape(empty), catalogue(empty, INDEXES)
    METADATA.drop_all(empty.engine)
    empty.write(lambda tx: tx.cursor.execute("DROP TABLE alembic_version"))
    assert not table_names(empty)
    schema.migrate(empty)
    assert shape(empty) == at_once
    assert catalogue(empty, INDEXES).keys() >= indexes.keys() - {"alembic_version_pkey"}
    for name, sql in catalogue(empty, INDEXES).items():
        assert indexes[name] == sql
    assert "pending" in indexes["outbox_due"]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE people DROP COLUMN name",
        "ALTER TABLE people ADD COLUMN nik VARCHAR",
        "DROP INDEX outbox_due",
        "DROP TABLE ticket_events",
        "CREATE TABLE more (id INTEGER)",
    ],
)
def test_a_difference_would_be_noticed(empty: Database, sql: str) -> None:
    schema.migrate(empty)
    empty.write(lambda tx: tx.cursor.execute(sql))
    assert differences(empty) != []


# --- the scripts ----------------------------------------------------------------------


def test_head_is_the_newest_script() -> None:
    assert ScriptDirectory(str(schema.FOLDER)).get_heads() == [schema.HEAD]


def test_the_scripts_stand_in_one_row() -> None:
    chain = [*reversed([*ScriptDirectory(str(schema.FOLDER)).walk_revisions()])]
    assert [each.revision for each in chain] == [path.name.partition("_")[0] for path in SCRIPTS]
    assert not any(each.is_branch_point or each.is_merge_point for each in chain)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_does_not_need_sqlmodel(script: Path) -> None:
    text = script.read_text()
    assert "sqlmodel" not in text
    assert "AutoString" not in text


# --- up and down ----------------------------------------------------------------------


def test_the_version_is_told(empty: Database) -> None:
    assert schema.version(empty) is None
    assert schema.upgrade(empty)
    assert schema.version(empty) == schema.HEAD


@BOTH_WAYS
def test_upgrading_again_changes_nothing(empty: Database, bring: Bring) -> None:
    bring(empty)
    empty.write(lambda tx: tickets.next_number(tx, "pu", "2026"))
    before = catalogue(empty)
    assert not schema.upgrade(empty)
    schema.migrate(empty)
    assert catalogue(empty) == before
    assert schema.version(empty) == schema.HEAD
    assert empty.write(lambda tx: tickets.next_number(tx, "pu", "2026")) == 2


@BOTH_WAYS
def test_downgrading_leaves_nothing_behind(empty: Database, bring: Bring) -> None:
    bring(empty)
    downgrade(empty)
    assert table_names(empty) == {"alembic_version"}
    assert schema.version(empty) is None


@BOTH_WAYS
def test_after_a_downgrade_one_can_upgrade_again(empty: Database, bring: Bring) -> None:
    schema.migrate(empty)
    before = shape(empty)
    downgrade(empty)
    bring(empty)
    assert schema.version(empty) == schema.HEAD
    assert shape(empty) == before
    assert differences(empty) == []


def test_every_step_can_be_taken_down_and_up_again(empty: Database) -> None:
    schema.migrate(empty)
    for script in reversed(SCRIPTS):
        above = script.name.partition("_")[0]
        assert schema.version(empty) == above
        downgrade(empty, "-1")
        schema.migrate(empty, above)
        assert schema.version(empty) == above
        downgrade(empty, "-1")
    assert schema.version(empty) is None


@BOTH_WAYS
def test_the_database_is_ready_to_write(empty: Database, bring: Bring) -> None:
    bring(empty)
    numbers = [empty.write(lambda tx: tickets.next_number(tx, "pu", "2026")) for _ in range(3)]
    assert numbers == [1, 2, 3]


NOW = datetime(2026, 11, 23, tzinfo=UTC)
OLD = {
    "office_id": "pu", "number": "PU-2611-00001-4", "service": "ktp_ganti", "status": "ready",
    "channel": "web", "warnings": [], "officer": "", "promise_at": NOW, "created_at": NOW,
    "updated_at": NOW, "answers": {
        "name": "Slamet Riyadi", "nik": "3302271708900003", "police": ["file-000001"],
        "kelurahan": "grendeng",
    },
}  # fmt: skip
"""A ticket as it was kept when the table had fewer columns."""


def keep_old(tx: Tx, table: sa.Table, row: dict[str, object]) -> None:
    """Insert with these columns only: later ones are not there yet."""
    columns = (sa.column(name, table.c[name].type) for name in row)
    tx.execute(sa.insert(sa.table(table.name, *columns)).values(row))


def a_chat(tx: Tx) -> dict[str, object]:
    """Somebody and their chat, as columns of a ticket of theirs."""
    keep_old(tx, PEOPLE, {"id": 1, "office_id": "pu", "name": "Slamet", "phone": "+6281299994432",
                          "consent": "", "created_at": NOW})  # fmt: skip
    keep_old(tx, CONVERSATIONS, {
        "id": 1, "office_id": "pu", "channel": "sms", "address": "1", "person_id": 1,
        "session": "", "seen_at": NOW, "created_at": NOW,
    })  # fmt: skip
    return {"person_id": 1, "conversation_id": 1}


def test_tickets_of_before_the_search_are_found(empty: Database) -> None:
    schema.migrate(empty, "0003")

    def submit(tx: Tx) -> None:
        keep_old(tx, TICKETS, {**OLD, **a_chat(tx)})

    empty.write(submit)
    schema.migrate(empty)
    for wanted in (["slam", "riyadi"], ["#3000"], ["+2344"]):
        found = empty.read(lambda tx, wanted=wanted: search.find(tx, "pu", wanted, 5))
        assert [each.number for each in found] == ["PU-2611-00001-4"], wanted
    kept = empty.read(lambda tx: tickets.look(tx, "PU-2611-00001-4"))
    assert kept.kelurahan == "grendeng"


def test_looks_of_before_are_moved_to_their_own_table(empty: Database) -> None:
    schema.migrate(empty, "0005")
    now = NOW

    def look(tx: Tx) -> None:
        keep_old(tx, STAFF, {
            "office_id": "pu", "login": "sari", "name": "Bu Sari", "role": "officer",
            "password_hash": "x", "created_at": now,
        })  # fmt: skip
        keep_old(tx, TICKETS, {**OLD, **a_chat(tx)})
        attachments.create(tx, "file-000001", office_id="pu", conversation_id=1, remote={},
                           caption="", message_id="", due_at=now, now=now)  # fmt: skip
        ticket = tx.execute(sa.text("SELECT id, office_id FROM tickets")).one()
        for actor in ("sari", "nobody-any-more"):
            tickets.record(tx, ticket, actor=actor, move="viewed", before="ready", after="ready",
                           now=now, documents=["file-000001"])  # fmt: skip

    empty.write(look)
    schema.migrate(empty)
    seen = empty.read(lambda tx: views.of_ticket(tx, 1))
    assert [(row.login, row.attachment_id, row.at) for row in seen] == [
        ("sari", "file-000001", now)
    ]
    assert empty.read(lambda tx: tickets.events(tx, 1)) == []


def test_a_consent_of_before_holds_for_the_office_that_it_was_given_to(empty: Database) -> None:
    schema.migrate(empty, "0015")

    def agree(tx: Tx) -> None:
        a_chat(tx)
        tx.execute(sa.update(PEOPLE).values(consent="2026-11"))
        for office, given in (("ma", True), ("pu", True), ("ma", False)):
            keep_old(tx, CONSENTS, {"office_id": office, "person_id": 1, "version": "2026-11",
                                    "given": given, "at": NOW})  # fmt: skip

    def agreed(tx: Tx) -> list[str]:
        chat = conversations.get(tx, 1)
        return [o for o in ("pu", "ma") if conversations.agreed(chat, "2026-11", o)]

    empty.write(agree)
    schema.migrate(empty)
    assert empty.write(agreed) == ["pu"]
