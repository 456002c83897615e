"""Remember the times that a mail showed before the news of them was told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade():
    with op.batch_alter_table("segments") as table:
        table.add_column(sa.Column("seen_departs_at", INSTANT, nullable=True))
        table.add_column(sa.Column("seen_arrives_at", INSTANT, nullable=True))


def downgrade():
    with op.batch_alter_table("segments") as table:
        table.drop_column("seen_arrives_at")
        table.drop_column("seen_departs_at")
