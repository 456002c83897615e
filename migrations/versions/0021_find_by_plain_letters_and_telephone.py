"""Find bookings by names in plain letters, and by the telephone number of whoever made them."""

import sqlalchemy as sa
from alembic import op

# Names must be filed as they are looked for, so by the code that looks for them.
from webapp.spelling import on_file

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

PASSENGERS = sa.table(
    "passengers",
    sa.column("id"),
    sa.column("family_name"),
    sa.column("given_name"),
    sa.column("filed_name"),
)
AT_ONCE = 1_000


def upgrade():
    _file_names(op.get_bind())
    op.create_index(op.f("ix_bookings_contact_phone"), "bookings", ["contact_phone"])


def downgrade():
    """Leave the names as they are filed: the step before files by the same code."""
    op.drop_index(op.f("ix_bookings_contact_phone"), table_name="bookings")


def _file_names(connection):
    of = PASSENGERS.c
    named = sa.select(of.id, of.family_name, of.given_name).where(of.family_name.is_not(None))
    file = sa.update(PASSENGERS).where(of.id == sa.bindparam("of")).values(
        filed_name=sa.bindparam("name")
    )
    last = 0
    while rows := connection.execute(
        named.where(of.id > last).order_by(of.id).limit(AT_ONCE)
    ).all():
        names = [
            {"of": each.id, "name": on_file(each.family_name, each.given_name or "")[:120]}
            for each in rows
        ]
        connection.execute(file, names)
        last = rows[-1].id
