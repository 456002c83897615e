"""Remember why a flight is late, moved or cancelled."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

REASON = sa.String(20).with_variant(
    mysql.VARCHAR(20, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)


def upgrade():
    op.add_column("flights", sa.Column("reason", REASON, nullable=True))


def downgrade():
    op.drop_column("flights", "reason")
