"""Brings a database to the newest schema with Alembic."""

from pathlib import Path

import sqlalchemy as sa

from storage.db import Database

FOLDER = Path(__file__).parent / "migrations"
HEAD = "0001"
"""The newest migration; a test holds it against the scripts."""


def version(database: Database) -> str | None:
    """The migration at which this database stands; None for an empty one."""
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        row = connection.execute(sa.text("SELECT version_num FROM alembic_version")).first()
        return None if row is None else str(row[0])


def upgrade(database: Database) -> bool:
    """Run the migrations that are missing; returns whether there were any."""
    if version(database) == HEAD:
        return False
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    return True
