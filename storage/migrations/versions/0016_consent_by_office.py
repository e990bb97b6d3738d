"""A consent names the office that it was given to"""

from collections.abc import Sequence

from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("""
        UPDATE people SET consent = COALESCE((
            SELECT consents.version || '/' || consents.office_id FROM consents
            WHERE consents.person_id = people.id AND consents.given
            ORDER BY consents.at DESC, consents.id DESC LIMIT 1
        ), '') WHERE consent <> ''
    """)


def downgrade() -> None:
    op.execute("""
        UPDATE people SET consent = COALESCE((
            SELECT consents.version FROM consents
            WHERE consents.person_id = people.id AND consents.given
            ORDER BY consents.at DESC, consents.id DESC LIMIT 1
        ), '') WHERE consent <> ''
    """)
