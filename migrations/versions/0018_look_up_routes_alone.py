"""Let the fares of a route be looked up without its flights' own rows."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ROUTE = ["origin_iata", "destination_iata", "departs_on"]


def upgrade():
    # The new one first: MariaDB keeps the last index that a foreign key needs.
    op.create_index("ix_flights_route_status", "flights", [*ROUTE, "status"])
    op.drop_index("ix_flights_route", table_name="flights")


def downgrade():
    op.create_index("ix_flights_route", "flights", ROUTE)
    op.drop_index("ix_flights_route_status", table_name="flights")
