"""Keep who let a schedule end, and find the flights that are to be cancelled for it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("schedules", sa.Column("ended_by", sa.String(254), nullable=True))
    op.create_index(op.f("ix_flight_events_what"), "flight_events", ["what"])


def downgrade():
    op.drop_index(op.f("ix_flight_events_what"), table_name="flight_events")
    op.drop_column("schedules", "ended_by")
