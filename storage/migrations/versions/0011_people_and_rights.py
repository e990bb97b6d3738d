"""The audit log"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import storage.tables

revision: str = "0011"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("office_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", storage.tables.Utc(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("office_id", "seq"),
    )
    op.add_column(
        "staff", sa.Column("section", sa.String(), server_default=sa.text("''"), nullable=False)
    )
    op.add_column(
        "staff", sa.Column("signed_in_at", storage.tables.Utc(timezone=True), nullable=True)
    )
    op.create_index("audit_actor", "audit", ["office_id", "actor", "seq"])
    op.create_index("audit_action", "audit", ["office_id", "action", "seq"])
    op.create_index("audit_subject", "audit", ["office_id", "subject", "seq"])


def downgrade() -> None:
    op.drop_column("staff", "signed_in_at")
    op.drop_column("staff", "section")
    op.drop_table("audit")
