"""What goes with a broadcast, what it is expected to cost, and in which language people read"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "enclosures",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", storage.tables.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    empty = sa.text("''")
    op.add_column(
        "broadcasts", sa.Column("enclosure", sa.String(), nullable=False, server_default=empty)
    )
    op.add_column("broadcasts", sa.Column("estimate", sa.Integer(), nullable=True))
    op.add_column(
        "conversations", sa.Column("language", sa.String(), nullable=False, server_default=empty)
    )


def downgrade() -> None:
    op.drop_column("conversations", "language")
    op.drop_column("broadcasts", "estimate")
    op.drop_column("broadcasts", "enclosure")
    op.drop_table("enclosures")
