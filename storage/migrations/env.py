"""Alembic's entry: runs on the connection that storage/schema.py hands over."""

from typing import Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from storage import tables

assert tables.METADATA is SQLModel.metadata

connection = context.config.attributes["connection"]


def render(kind: str, item: object, _: object) -> str | Literal[False]:
    """SQLModel's own string type is a plain string to the database."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=True,
    render_item=render,
)
with context.begin_transaction():
    context.run_migrations()
