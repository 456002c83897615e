"""Let staff close a cabin, so that a seat that comes back is not sold again."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("flight_cabins") as table:
        table.add_column(
            sa.Column("is_closed", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.create_check_constraint(
            op.f("ck_flight_cabins_stays_closed"), "NOT is_closed OR sold + held = sellable"
        )


def downgrade():
    with op.batch_alter_table("flight_cabins") as table:
        table.drop_constraint(op.f("ck_flight_cabins_stays_closed"), type_="check")
        table.drop_column("is_closed")
