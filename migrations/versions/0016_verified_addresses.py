"""Keep since when it is known that an account's owner reads the mail of its address."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade():
    op.add_column("users", sa.Column("email_verified_at", INSTANT, nullable=True))


def downgrade():
    op.drop_column("users", "email_verified_at")
