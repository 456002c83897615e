"""Keep the times that a party agreed to, so that a significant change can be told from a small one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade():
    with op.batch_alter_table("segments") as table:
        table.add_column(sa.Column("agreed_departs_at", INSTANT, nullable=True))
        table.add_column(sa.Column("agreed_arrives_at", INSTANT, nullable=True))
    op.execute(
        "UPDATE segments SET agreed_departs_at = told_departs_at,"
        " agreed_arrives_at = told_arrives_at"
    )
    with op.batch_alter_table("segments") as table:
        table.alter_column("agreed_departs_at", existing_type=INSTANT, nullable=False)
        table.alter_column("agreed_arrives_at", existing_type=INSTANT, nullable=False)


def downgrade():
    with op.batch_alter_table("segments") as table:
        table.drop_column("agreed_arrives_at")
        table.drop_column("agreed_departs_at")
