"""Brings a database to the newest schema.

An empty database gets today's tables at once; one that has tables is moved on by Alembic.
A test holds both ways against each other.
"""

from pathlib import Path

import sqlalchemy as sa

from storage.db import Database
from storage.tables import METADATA

FOLDER = Path(__file__).parent / "migrations"
HEAD = "0016"
"""The newest migration; a test holds it against the scripts."""

_VERSION = sa.Table(
    "alembic_version",
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), primary_key=True),
)


def version(database: Database) -> str | None:
    """The migration at which this database stands; None for an empty one."""
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table(_VERSION.name):
            return None
        return connection.execute(sa.select(_VERSION.c.version_num)).scalar()


def upgrade(database: Database) -> bool:
    """Bring the database to HEAD; returns whether anything had to be done."""
    stands_at = version(database)
    if stands_at == HEAD:
        return False
    if stands_at is None:
        with database.engine.begin() as connection:
            METADATA.create_all(connection)
            _VERSION.create(connection, checkfirst=True)
            connection.execute(_VERSION.insert().values(version_num=HEAD))
    else:
        migrate(database)
    return True


def migrate(database: Database, to: str = "head") -> None:
    """Run Alembic's scripts from wherever the database stands."""
    from alembic import command  # slow to import and seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()
