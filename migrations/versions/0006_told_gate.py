"""Remember the terminal and the gate that a party was told."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("segments") as table:
        table.add_column(sa.Column("told_terminal", sa.String(length=4), nullable=True))
        table.add_column(sa.Column("told_gate", sa.String(length=6), nullable=True))


def downgrade():
    with op.batch_alter_table("segments") as table:
        table.drop_column("told_gate")
        table.drop_column("told_terminal")
